package wire

import (
	"bytes"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ValueError is the reason why a value of a stored document does not fit its
// schema.
type ValueError struct {
	// Path is dotted, with positions in arrays: role.permission.0. It is empty
	// for the document itself.
	Path string
	// Reason is a predicate, such as "must be a string, is a document". It quotes
	// at most the start of the value.
	Reason string
}

func (e *ValueError) Error() string {
	if e.Path == "" {
		return "the document " + e.Reason
	}
	return e.Path + " " + e.Reason
}

// pathOf returns the dotted path of the element at offset in doc. A Reader only
// records the offset of a failure: the walk that finds its path is needed once per
// failure, not once per field.
func pathOf(doc []byte, offset int) string {
	var path []byte
	r := NewReader(doc)
	end := r.EnterDocument()
	array, i := false, 0
	for ; offset > 0; i++ {
		if !r.NextElement(end) && (r.cur.elem != offset || r.keyEnd == 0) {
			break
		}
		if offset >= r.cur.end {
			continue
		}
		if len(path) > 0 {
			path = append(path, '.')
		}
		if array {
			path = strconv.AppendInt(path, int64(i), 10)
		} else {
			path = append(path, r.Key()...)
		}
		if offset == r.cur.elem {
			break
		}
		array, i = r.cur.kind == bson.TypeArray, -1
		if array {
			end = r.EnterArray()
		} else {
			end = r.EnterDocument()
		}
	}
	return string(bytes.ToValidUTF8(path, []byte("\uFFFD")))
}

// quote quotes a stored string, shortened: reasons are for people and logs, not for
// copying documents.
func quote(b []byte) string {
	const longest = 40
	if len(b) <= longest {
		return strconv.Quote(string(b))
	}
	return strconv.Quote(string(b[:longest])) + "…"
}

// TypeName returns a type for people, with its article.
func TypeName(t bson.Type) string {
	switch t {
	case bson.TypeDouble, bson.TypeInt32, bson.TypeInt64:
		return "a number"
	case bson.TypeDecimal128:
		return "a Decimal128"
	case bson.TypeString:
		return "a string"
	case bson.TypeEmbeddedDocument:
		return "a document"
	case bson.TypeArray:
		return "an array"
	case bson.TypeBinary:
		return "binary data"
	case bson.TypeObjectID:
		return "an ObjectID"
	case bson.TypeBoolean:
		return "a boolean"
	case bson.TypeDateTime:
		return "a date"
	}
	return "of BSON type " + t.String()
}
