package runtime

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// NewField returns the field at path, whose values value turns into BSON.
func NewField[D, T any](path string, value func(T) bson.RawValue) store.Field[D, T] {
	return store.NewField[D](path, func(v T) meta.Operand { return meta.Exactly(value(v)) })
}

// NewTimeField returns the field at path, which holds dates.
func NewTimeField[D any](path string) store.Field[D, time.Time] {
	return store.NewField[D](path, timeOperand)
}

// NewObjectIDField returns the field at path, which holds ObjectIDs.
func NewObjectIDField[D any](path string) store.Field[D, bson.ObjectID] {
	return NewField[D](path, wire.ObjectIDValue)
}

// NewEnumField returns the field at path, which holds values of an enum.
func NewEnumField[D any, E ~string](path string) store.Field[D, E] {
	return NewField[D](path, wire.StringValue[E])
}

// NewTextField returns the field at path, which holds text.
func NewTextField[D any](path string) store.TextField[D] {
	return store.NewTextField[D](path, wire.StringValue[string], wire.StringValue[string])
}

// NewFoldedField returns the field at path, which holds text in one form: what is compared with
// it is brought to that form, too.
func NewFoldedField[D any](path string, text *wire.Text) store.TextField[D] {
	return store.NewTextField[D](path, text.Value, text.Prefix)
}
