package raw

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// A list is written as a whole, also by those who have not read all that its stored elements
// hold. What the schema does not know of them is kept: an element is found again by its _id, an
// object within it by its name. Where nothing tells which element was which, the write is
// refused if something would be lost. Known members that an element leaves out, elements that
// are left out and whole members that are removed are meant to go.

// replacesElements reports whether the changes set a list whose stored elements may have
// members that the schema does not know.
func (c *Collection) replacesElements(changes *Changes) bool {
	return slices.ContainsFunc(wire.Elements(changes.Set), func(e bson.RawElement) bool {
		f := c.At(e.Key())
		return f != nil && f.HoldsObjects()
	})
}

// keep puts into what the changes set what the schema does not know of current. The error is a
// *store.LossError; errs gets changes of what cannot be changed.
func (c *Collection) keep(errs *check.FieldErrors, changes *Changes, current bson.Raw) error {
	k := keeper{c: c, errs: errs}
	var set []byte
	for _, e := range wire.Elements(changes.Set) {
		value := e.Value()
		if f, at := c.placeOf(e.Key()); f != nil && f.HoldsObjects() {
			value = k.value(f, at, lookup(current, e.Key()), value)
		}
		set = append(wire.AppendHeader(set, value.Type, e.Key()), value.Value...)
	}
	if len(k.lost) > 0 {
		for i, path := range k.lost {
			k.lost[i] = c.JSONPath(path)
		}
		return &store.LossError{Collection: c.Name, Paths: k.lost}
	}
	changes.Set = set
	return nil
}

// keeper puts what the schema does not know of stored values into those that replace them.
type keeper struct {
	c    *Collection
	errs *check.FieldErrors
	// lost are the paths of what could not be kept.
	lost []string
}

// maxLost is how many paths an error names.
const maxLost = 20

// value returns v, which replaces was as a value of f, with what has to be kept.
func (k *keeper) value(f *meta.Field, at nesting, was, v bson.RawValue) bson.RawValue {
	switch {
	case !f.HoldsObjects():
		return v
	case f.Elem == nil || f.IsMap:
		return k.members(f, at, was, v)
	}
	if was.Type != bson.TypeArray || v.Type != bson.TypeArray {
		return v
	}
	return k.list(f, at, valuesOf(was), valuesOf(v))
}

// members returns an object or a map with the members of the stored one that are not known, or
// cannot be changed.
func (k *keeper) members(f *meta.Field, at nesting, was, v bson.RawValue) bson.RawValue {
	stored, wasDocument := was.DocumentOK()
	doc, isDocument := v.DocumentOK()
	if !wasDocument || !isDocument {
		return v
	}
	before, after := membersOf(stored), membersOf(doc)
	dst, start := wire.BeginDocument(nil)
	for _, e := range elements(doc) {
		member := e.Value()
		if inner, at := at.within(f, e.Key()); inner != nil {
			was := before[e.Key()]
			if inner.Immutable && !wire.IsMissing(was) && !k.reads(at, was, member) {
				k.errs.Add(check.Pointer(at.path), "read_only", "cannot be changed")
			}
			member = k.value(inner, at, was, member)
		}
		dst = append(wire.AppendHeader(dst, member.Type, e.Key()), member.Value...)
	}
	for _, e := range elements(stored) {
		known := f.Member(e.Key())
		if _, set := after[e.Key()]; !set && !f.IsMap && (known == nil || known.Immutable) {
			dst = append(dst, e...)
		}
	}
	return bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: wire.EndDocument(dst, start)}
}

// list returns the elements of a list with what has to be kept of the stored ones.
func (k *keeper) list(f *meta.Field, at nesting, stored, list []bson.RawValue) bson.RawValue {
	if f.Elem.HasID {
		return listOf(k.identified(f, at, stored, list))
	}
	if whole := listOf(stored); !k.reads(at, whole, listOf(list)) {
		k.lose(f, at, whole)
		return listOf(list)
	}
	kept := slices.Clone(list)
	for i := range min(len(stored), len(list)) {
		elem, at := at.within(f, strconv.Itoa(i))
		kept[i] = k.value(elem, at, stored[i], list[i])
	}
	return listOf(kept)
}

// identified is list for elements that have an _id. A stored one without an _id is found again
// in its turn, if it is written as it reads.
func (k *keeper) identified(f *meta.Field, at nesting, stored, list []bson.RawValue) []bson.RawValue {
	known := map[bson.ObjectID]bson.RawValue{}
	var nameless []int
	for i, v := range slices.Backward(stored) {
		if id := idOf(v); !id.IsZero() {
			known[id] = v
		} else {
			nameless = append(nameless, i)
		}
	}
	kept := slices.Clone(list)
	for i, v := range list {
		elem, at := at.within(f, strconv.Itoa(i))
		was, ok := known[idOf(v)]
		if last := len(nameless) - 1; !ok && last >= 0 && k.reads(at, stored[nameless[last]], withoutID(v)) {
			was, nameless = stored[nameless[last]], nameless[:last]
		}
		kept[i] = k.value(elem, at, was, v)
	}
	for _, i := range slices.Backward(nameless) {
		elem, at := at.within(f, strconv.Itoa(i))
		k.lose(elem, at, stored[i])
	}
	return kept
}

// reads reports whether responses show the same for two values.
func (k *keeper) reads(at nesting, a, b bson.RawValue) bool {
	if at.unshown || k.c.Codec.JSON == nil {
		return a.Equal(b)
	}
	first, misfit := k.c.Render(at.whole(a))
	if misfit != nil {
		return false
	}
	second, misfit := k.c.Render(at.whole(b))
	return misfit == nil && bytes.Equal(first, second)
}

// lose notes the members of a stored value of f that the schema does not know.
func (k *keeper) lose(f *meta.Field, at nesting, was bson.RawValue) {
	for _, e := range elements(was.Value) {
		inner, at := at.within(f, e.Key())
		switch {
		case len(k.lost) == maxLost:
			return
		case inner == nil:
			k.lost = append(k.lost, at.path)
		case inner.HoldsObjects():
			k.lose(inner, at, e.Value())
		}
	}
}

// nesting is the place of a value in documents.
type nesting struct {
	path string
	// whole returns a document that has nothing but a value in this place.
	whole func(v bson.RawValue) bson.Raw
	// unshown reports whether responses leave the value out.
	unshown bool
}

// placeOf returns the field and the place of what is stored at path; the field is nil if none is
// declared.
func (c *Collection) placeOf(path string) (*meta.Field, nesting) {
	f, at := &meta.Field{Fields: c.Fields}, nesting{whole: func(v bson.RawValue) bson.Raw { return v.Value }}
	for name := range strings.SplitSeq(path, ".") {
		if f, at = at.within(f, name); f == nil {
			break
		}
	}
	return f, at
}

// within returns the field and the place of what is called name in values of f; the field is
// nil if none is declared.
func (p nesting) within(f *meta.Field, name string) (*meta.Field, nesting) {
	inner, kind, key := f.Elem, bson.TypeEmbeddedDocument, name
	if inner == nil {
		inner = f.Member(name)
	} else if !f.IsMap {
		kind, key = bson.TypeArray, "0"
	}
	at := nesting{path: strings.TrimPrefix(p.path+"."+name, "."), unshown: p.unshown || inner != nil && inner.Unshown}
	at.whole = func(v bson.RawValue) bson.Raw {
		dst, start := wire.BeginDocument(nil)
		dst = append(wire.AppendHeader(dst, v.Type, key), v.Value...)
		return p.whole(bson.RawValue{Type: kind, Value: wire.EndDocument(dst, start)})
	}
	return inner, at
}

// listOf returns an array of the elements.
func listOf(values []bson.RawValue) bson.RawValue {
	list := appendList(nil, "", values)
	return bson.RawValue{Type: bson.TypeArray, Value: list[len(wire.AppendHeader(nil, bson.TypeArray, "")):]}
}

// withoutID returns an element without its _id.
func withoutID(element bson.RawValue) bson.RawValue {
	dst, start := wire.BeginDocument(nil)
	for _, e := range elements(element.Value) {
		if e.Key() != "_id" {
			dst = append(dst, e...)
		}
	}
	return bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: wire.EndDocument(dst, start)}
}
