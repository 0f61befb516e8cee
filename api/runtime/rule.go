package runtime

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// CheckBy returns the check of a field by the app's function of that name, for values that read
// decodes.
func CheckBy[T any](name string, read func(*wire.Reader) T) *meta.Check {
	return &meta.Check{
		Name:  name,
		Takes: fmt.Sprintf("%T", (func(T) error)(nil)),
		Fits: func(f any) bool {
			check, ok := f.(func(T) error)
			return ok && check != nil
		},
		Call: func(f any, v bson.RawValue) error {
			value, err := raw.Decode(v, read)
			if err != nil {
				return nil //nolint:nilerr // what does not fit is an error where it is read
			}
			return f.(func(T) error)(value)
		},
	}
}

// CheckRequired adds what doc lacks of fields that are required by what is beside them.
func CheckRequired(errs *check.FieldErrors, fields []meta.Field, doc bson.Raw) {
	raw.CheckRequired(errs, fields, doc)
}
