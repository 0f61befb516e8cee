// Package path follows dotted paths into documents, and through the arrays on the
// way, as MongoDB's queries and indexes do.
package path

import (
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Leaf says what a query does with an array that its path ends at.
type Leaf int

const (
	// Within looks at each element, then at the array itself.
	Within Leaf = iota
	// Whole looks at the array alone.
	Whole
)

// Each calls visit with all that a query's path leads to, until visit says true.
// A value that is not there is visited as one of type value.Missing, though not
// one for each array element that is no document.
func Each(doc bson.Raw, path string, leaf Leaf, visit func(bson.RawValue) bool) bool {
	w := walk{leaf, visit}
	return w.document(doc, strings.Split(path, "."))
}

type walk struct {
	leaf  Leaf
	visit func(bson.RawValue) bool
}

func (w walk) document(doc bson.Raw, parts []string) bool {
	v, rest := follow(doc, parts)
	switch {
	case v.Type != bson.TypeArray:
		return w.visit(v)
	case len(rest) > 0:
		return w.elements(v, rest)
	case w.leaf == Whole:
		return w.visit(v)
	}
	for _, e := range value.Elements(v) {
		if w.visit(e) {
			return true
		}
	}
	return w.visit(v)
}

// elements goes on below an array: into each document, and into the element whose
// number the path says next.
func (w walk) elements(array bson.RawValue, parts []string) bool {
	for i, e := range value.Elements(array) {
		if e.Type == bson.TypeEmbeddedDocument && w.document(e.Value, parts) {
			return true
		}
		if parts[0] != strconv.Itoa(i) {
			continue
		}
		rest, found := parts[1:], false
		switch {
		case len(rest) == 0:
			found = w.visit(e)
		case e.Type == bson.TypeEmbeddedDocument:
			found = w.document(e.Value, rest)
		case e.Type == bson.TypeArray:
			found = w.elements(e, rest)
		}
		if found {
			return true
		}
	}
	return false
}

// follow goes down documents to the path's end, or to the first array on its way,
// and returns what is left of the path there.
func follow(doc bson.Raw, parts []string) (bson.RawValue, []string) {
	for {
		v := value.Get(doc, parts[0])
		parts = parts[1:]
		switch {
		case len(parts) == 0 || v.Type == bson.TypeArray:
			return v, parts
		case v.Type != bson.TypeEmbeddedDocument:
			return bson.RawValue{}, nil
		}
		doc = v.Value
	}
}

// Lookup is the value at a path that leads through documents only.
func Lookup(doc bson.Raw, path string) bson.RawValue {
	v, rest := follow(doc, strings.Split(path, "."))
	if len(rest) > 0 {
		return bson.RawValue{}
	}
	return v
}

// Replace is a document with another value at a path that Lookup found one at; one of
// type value.Missing takes it away.
func Replace(doc bson.Raw, path string, v bson.RawValue) bson.Raw {
	return replace(doc, strings.Split(path, "."), v)
}

func replace(doc bson.Raw, parts []string, v bson.RawValue) bson.Raw {
	var fields []value.Field
	for _, f := range value.Fields(doc) {
		if f.Name == parts[0] {
			if len(parts) > 1 {
				f.Value = value.Document(replace(f.Value.Value, parts[1:], v))
			} else {
				f.Value = v
			}
		}
		if f.Value.Type != value.Missing {
			fields = append(fields, f)
		}
	}
	return value.Encode(fields)
}
