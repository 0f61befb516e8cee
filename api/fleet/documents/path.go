package documents

import (
	"iter"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// locate returns the names along a dotted path in doc, whose names may have dots themselves;
// none if nothing is there.
func locate(doc bson.Raw, path string) []string {
	return locateIn(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}, path)
}

func locateIn(v bson.RawValue, path string) []string {
	for name, element := range elementsOf(v) {
		shown := strings.ToValidUTF8(name, "\uFFFD")
		if shown == path {
			return []string{name}
		}
		if rest, within := strings.CutPrefix(path, shown+"."); within {
			if inner := locateIn(element, rest); inner != nil {
				return append([]string{name}, inner...)
			}
		}
	}
	return nil
}

// without returns doc with null for every value at the path.
func without(doc bson.Raw, names []string) bson.Raw {
	return withoutIn(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}, names).Value
}

func withoutIn(v bson.RawValue, names []string) bson.RawValue {
	if len(names) == 0 {
		return bson.RawValue{Type: bson.TypeNull}
	}
	if v.Type != bson.TypeEmbeddedDocument && v.Type != bson.TypeArray {
		return v
	}
	dst, start := wire.BeginDocument(nil)
	for name, element := range elementsOf(v) {
		if name == names[0] {
			element = withoutIn(element, names[1:])
		}
		dst = append(wire.AppendHeader(dst, element.Type, name), element.Value...)
	}
	return bson.RawValue{Type: v.Type, Value: wire.EndDocument(dst, start)}
}

// elementsOf returns the elements of a document or an array, with positions for names in an
// array, however they are stored.
func elementsOf(v bson.RawValue) iter.Seq2[string, bson.RawValue] {
	return func(yield func(string, bson.RawValue) bool) {
		if v.Type != bson.TypeEmbeddedDocument && v.Type != bson.TypeArray {
			return
		}
		elements, _ := bson.Raw(v.Value).Elements()
		for i, e := range elements {
			name := e.Key()
			if v.Type == bson.TypeArray {
				name = strconv.Itoa(i)
			}
			if !yield(name, e.Value()) {
				return
			}
		}
	}
}

// naming is which of a field's two names a path is made of.
type naming func(*meta.Field) string

func inJSON(f *meta.Field) string { return f.Name }

func asStored(f *meta.Field) string { return f.StoredName() }

// declared returns a path as it is declared, in the names that are stored: without positions in
// lists, and with * for the names of a map's entries.
func declared(fields []meta.Field, names []string, in naming) string {
	var path []string
	walk(fields, names, in, func(name string, f *meta.Field, entry bool) {
		switch {
		case entry:
			path = append(path, "*")
		case f != nil:
			path = append(path, f.StoredName())
		case name != "":
			path = append(path, name)
		}
	})
	return strings.Join(path, ".")
}

// jsonNames returns a path that is made of stored names in those of JSON.
func jsonNames(fields []meta.Field, names []string) []string {
	list := make([]string, 0, len(names))
	position := 0
	walk(fields, names, asStored, func(_ string, f *meta.Field, _ bool) {
		if name := names[position]; f == nil {
			list = append(list, name)
		} else {
			list = append(list, f.Name)
		}
		position++
	})
	return list
}

// walk calls visit for each of the names along a path: with the field of that name, nil if none is
// declared; with entry for the name of a map's entry, and without a name for a position in a list.
func walk(fields []meta.Field, names []string, in naming, visit func(name string, f *meta.Field, entry bool)) {
	var f *meta.Field
	for _, name := range names {
		switch {
		case f != nil && f.IsMap:
			f = f.Elem
			visit(name, nil, true)
		case f != nil && f.Elem != nil:
			f = f.Elem
			visit("", nil, false)
		default:
			if f != nil {
				fields = f.Fields
			}
			f = member(fields, name, in)
			visit(name, f, false)
		}
	}
}

// member returns the field of that name, nil if there is none.
func member(fields []meta.Field, name string, in naming) *meta.Field {
	for i := range fields {
		if in(&fields[i]) == name {
			return &fields[i]
		}
	}
	return nil
}
