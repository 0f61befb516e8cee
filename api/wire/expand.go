package wire

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// References visits the values at path in doc that can be _ids of type t, and the offsets of
// their elements. The path is dotted; it passes through arrays as if they were their
// elements, and * stands for every name. Int64 stands for all numbers. Values of other types
// are skipped.
func References(doc []byte, path string, t bson.Type, visit func(at int, id bson.RawValue)) {
	r := NewReader(doc)
	defer r.Release()
	r.references(path, t, visit)
}

func (r *Reader) references(path string, t bson.Type, visit func(at int, id bson.RawValue)) {
	switch {
	case r.cur.kind == bson.TypeArray:
		for end := r.EnterArray(); r.NextElement(end); {
			r.references(path, t, visit)
		}
	case r.cur.kind == bson.TypeEmbeddedDocument && path != "":
		name, rest, _ := strings.Cut(path, ".")
		for end := r.EnterDocument(); r.Next(end); {
			if name == "*" || name == string(r.Key()) {
				r.references(rest, t, visit)
			}
		}
	case path == "" && (r.cur.kind == t || t == bson.TypeInt64 && isNumeric(r.cur.kind)):
		visit(r.cur.elem, bson.RawValue{Type: r.cur.kind, Value: r.buf[r.cur.start:r.cur.end]})
	}
}

func isNumeric(t bson.Type) bool { return t == bson.TypeInt32 || t == bson.TypeDouble }

// Expand makes JSONRef append other documents instead of references: json has them
// by the offset of the reference's element, as returned by References. It is in
// effect until Reset.
func (r *Reader) Expand(json map[int][]byte) { r.expanded = json }

// JSONRef appends the current reference: the document that it was expanded to, else
// the ObjectID.
func (r *Reader) JSONRef(dst []byte) []byte { return r.jsonRef(dst, (*Reader).JSONObjectID) }

// JSONStringRef is JSONRef for a reference that is text.
func (r *Reader) JSONStringRef(dst []byte) []byte { return r.jsonRef(dst, (*Reader).JSONString) }

// JSONIntRef is JSONRef for a reference that is a whole number.
func (r *Reader) JSONIntRef(dst []byte) []byte { return r.jsonRef(dst, (*Reader).JSONInt) }

// JSONUUIDRef is JSONRef for a reference that is a UUID.
func (r *Reader) JSONUUIDRef(dst []byte) []byte { return r.jsonRef(dst, (*Reader).JSONUUID) }

func (r *Reader) jsonRef(dst []byte, id func(*Reader, []byte) []byte) []byte {
	if json, ok := r.expanded[r.cur.elem]; ok {
		return append(dst, json...)
	}
	return id(r, dst)
}
