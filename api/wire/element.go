package wire

import (
	"go.mongodb.org/mongo-driver/v2/bson"
)

// AppendElementID appends the _id of an element of a list, a new one if it is zero.
func AppendElementID(dst []byte, key string, id bson.ObjectID) []byte {
	if id.IsZero() {
		id = bson.NewObjectID()
	}
	return AppendObjectID(dst, key, id)
}

// SizeElementID returns AppendElementID's size.
func SizeElementID(key string, id bson.ObjectID) int { return SizeObjectID(key, id) }

// ElementID reads the _id of an element of a list. That of zeros stands for none in Go, and is
// refused.
func (r *JSONReader) ElementID() bson.ObjectID {
	before := len(r.Errors)
	given := r.buf[r.pos] == '"'
	id := r.ObjectID()
	if given && id.IsZero() && len(r.Errors) == before {
		r.Fail("format", "must not consist of zeros")
	}
	return id
}
