package runtime

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// GetMany is Documents.GetMany, decoded. Documents that do not fit their schema are
// missing from the answer too, and the error joins a *DocumentError for each: the
// answer is good beside it.
func GetMany[D any, P decodable[D]](ctx context.Context, d Documents, ids ...bson.ObjectID) (map[bson.ObjectID]*D, error) {
	found := make(map[bson.ObjectID]*D, len(ids))
	var misfits []error
	err := d.Among(ctx, ids, func(id bson.ObjectID, doc bson.Raw) {
		v, err := decode[D, P](d, doc, nil)
		if err != nil {
			misfits = append(misfits, err)
			return
		}
		found[id] = v
	})
	if err != nil {
		return nil, err
	}
	return found, errors.Join(misfits...)
}
