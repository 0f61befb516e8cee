package wire

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// References visits the ObjectIDs at path in doc, and the offsets of their
// elements. The path is dotted; it passes through arrays as if they were their
// elements, and * stands for every name. Values of other types are skipped.
func References(doc []byte, path string, visit func(at int, id bson.ObjectID)) {
	r := NewReader(doc)
	defer r.Release()
	r.references(path, visit)
}

func (r *Reader) references(path string, visit func(at int, id bson.ObjectID)) {
	switch {
	case r.cur.kind == bson.TypeArray:
		for end := r.EnterArray(); r.NextElement(end); {
			r.references(path, visit)
		}
	case r.cur.kind == bson.TypeEmbeddedDocument && path != "":
		name, rest, _ := strings.Cut(path, ".")
		for end := r.EnterDocument(); r.Next(end); {
			if name == "*" || name == string(r.Key()) {
				r.references(rest, visit)
			}
		}
	case r.cur.kind == bson.TypeObjectID && path == "":
		visit(r.cur.elem, r.ObjectID())
	}
}

// Expand makes JSONRef append other documents instead of references: json has them
// by the offset of the reference's element, as returned by References. It is in
// effect until Reset.
func (r *Reader) Expand(json map[int][]byte) { r.expanded = json }

// JSONRef appends the current reference: the document that it was expanded to, else
// the ObjectID.
func (r *Reader) JSONRef(dst []byte) []byte {
	if json, ok := r.expanded[r.cur.elem]; ok {
		return append(dst, json...)
	}
	return r.JSONObjectID(dst)
}
