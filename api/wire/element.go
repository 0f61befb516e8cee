package wire

import (
	"bytes"

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

// JSONMember returns the value of a member of an object, nil if it has none. The object is what
// a codec has rendered.
func JSONMember(object []byte, name string) []byte {
	members, _ := membersOf(object)
	return members[name]
}

// JSONElement returns the first element of a list with the given _id, nil if there is none. The
// list is what a codec has rendered.
func JSONElement(list []byte, id bson.ObjectID) []byte {
	text := AppendJSONObjectID(nil, id)
	for _, element := range elementsOf(list) {
		if bytes.Equal(JSONMember(element, "_id"), text) {
			return element
		}
	}
	return nil
}
