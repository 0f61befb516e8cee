package runtime

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

// CheckStored returns a Codec's Check: it decodes a document, and checks it as a new one.
func CheckStored[D any, P decodable[D]](checks func(*D, *check.FieldErrors)) func(bson.Raw, *check.FieldErrors) error {
	return func(doc bson.Raw, errs *check.FieldErrors) error {
		d := new(D)
		if err := P(d).UnmarshalBSON(doc); err != nil {
			return err
		}
		checks(d, errs)
		return nil
	}
}
