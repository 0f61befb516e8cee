package raw

import (
	"math"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ID is the _id of a document, of the type that its collection declares: a bson.ObjectID, a
// wire.UUID, a string or an int64; or one of these as a bson.RawValue.
type ID any

// IDKey tells _ids apart in maps. As in the database, equal numbers of any type are the same.
func IDKey(id bson.RawValue) string {
	if n, ok := wholeNumber(id); ok {
		id = bson.RawValue{Type: bson.TypeInt64, Value: strconv.AppendInt(nil, n, 10)}
	}
	return string(byte(id.Type)) + string(id.Value)
}

// wholeNumber returns the value of a number that an int64 holds.
func wholeNumber(v bson.RawValue) (n int64, ok bool) {
	switch v.Type {
	case bson.TypeInt32, bson.TypeInt64:
		return v.AsInt64(), true
	case bson.TypeDouble:
		f := v.Double()
		return int64(f), f == math.Trunc(f) && f >= -1<<63 && f < 1<<63
	}
	return 0, false
}
