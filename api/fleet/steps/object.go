package steps

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// member is a member of an object with its new value, the zero value if it is removed.
type member struct {
	name  string
	value bson.RawValue
}

// editor returns the members of an object that change. prefix is what their paths begin
// with, and e is for values that stay as they are.
type editor func(object bson.Raw, prefix string, e *Edit) []member

// edit edits each object in doc that may hold the last member of path.
func (p Path) edit(doc bson.Raw, edit editor) Edit {
	var e Edit
	e.within(doc, p, "", edit)
	return e
}

// within goes into object along path, and edits what is there. As long as it meets objects
// only, it changes single members; a list or a map is set as a whole, because its elements
// may be moved by somebody else.
func (e *Edit) within(object bson.Raw, path Path, prefix string, edit editor) {
	if len(path) == 1 {
		for _, m := range edit(object, prefix, e) {
			e.change(prefix+m.name, object.Lookup(m.name), m.value)
		}
		return
	}
	name, value := path[0], object.Lookup(path[0])
	if inner, ok := value.DocumentOK(); ok && path[1] != everyEntry {
		e.within(inner, path[1:], prefix+name+".", edit)
		return
	}
	if after, changed := e.rebuild(value, path[1:], prefix+name+".", edit); changed {
		e.change(prefix+name, value, after)
	}
}

// change changes the value at path, if it is as it was before.
func (e *Edit) change(path string, before, after bson.RawValue) {
	when := bson.E{Key: "$eq", Value: before}
	if before.IsZero() {
		when = bson.E{Key: "$exists", Value: false}
	}
	e.When = append(e.When, bson.E{Key: path, Value: bson.D{when}})
	if after.IsZero() {
		e.Unset = append(e.Unset, path)
		return
	}
	e.Set = append(e.Set, bson.E{Key: path, Value: after})
}

// rebuild returns value with the objects along path edited.
func (e *Edit) rebuild(value bson.RawValue, path Path, prefix string, edit editor) (after bson.RawValue, changed bool) {
	if object, ok := value.DocumentOK(); ok && len(path) == 1 {
		members := edit(object, prefix, e)
		return withMembers(object, members), len(members) > 0
	}
	inner := path
	if value.Type == bson.TypeEmbeddedDocument {
		inner = path[1:]
	}
	return withValues(value, func(name string, v bson.RawValue) (bson.RawValue, bool) {
		if value.Type == bson.TypeEmbeddedDocument && path[0] != everyEntry && path[0] != name {
			return v, false
		}
		return e.rebuild(v, inner, prefix+name+".", edit)
	})
}

// withValues returns a list or an object with the values that become makes of its elements,
// and whether any changed. Other values stay.
func withValues(value bson.RawValue, become func(name string, v bson.RawValue) (bson.RawValue, bool)) (after bson.RawValue, changed bool) {
	if value.Type != bson.TypeArray && value.Type != bson.TypeEmbeddedDocument {
		return value, false
	}
	elements, _ := bson.Raw(value.Value).Elements()
	dst, start := wire.BeginDocument(nil)
	for i, element := range elements {
		name := element.Key()
		if value.Type == bson.TypeArray {
			name = strconv.Itoa(i)
		}
		v, other := become(name, element.Value())
		dst = appendValue(dst, name, v)
		changed = changed || other
	}
	return bson.RawValue{Type: value.Type, Value: wire.EndDocument(dst, start)}, changed
}

// withMembers returns object with other values for members. New ones come last.
func withMembers(object bson.Raw, members []member) bson.RawValue {
	elements, _ := object.Elements()
	dst, start := wire.BeginDocument(nil)
	placed := make([]bool, len(members))
	for _, element := range elements {
		value := element.Value()
		for i, m := range members {
			if m.name == element.Key() {
				value, placed[i] = m.value, true
			}
		}
		dst = appendValue(dst, element.Key(), value)
	}
	for i, m := range members {
		if !placed[i] {
			dst = appendValue(dst, m.name, m.value)
		}
	}
	return bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: wire.EndDocument(dst, start)}
}

// appendValue appends a member, or nothing for the zero value.
func appendValue(dst []byte, name string, v bson.RawValue) []byte {
	if v.IsZero() {
		return dst
	}
	return append(wire.AppendHeader(dst, v.Type, name), v.Value...)
}
