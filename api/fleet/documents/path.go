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

// declared returns a path as it is declared: without positions in lists, and with * for the
// names of a map's entries.
func declared(fields []meta.Field, names []string) string {
	var path []string
	var f *meta.Field
	for _, name := range names {
		switch {
		case f != nil && f.IsMap:
			path, f = append(path, "*"), f.Elem
		case f != nil && f.Elem != nil:
			f = f.Elem
		default:
			if f != nil {
				fields = f.Fields
			}
			path, f = append(path, name), member(fields, name)
		}
	}
	return strings.Join(path, ".")
}

// member returns the field of that name, nil if there is none.
func member(fields []meta.Field, name string) *meta.Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}
