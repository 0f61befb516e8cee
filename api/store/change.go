package store

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// Change says what becomes of one member. The zero Change leaves it alone.
type Change[T any] struct {
	value T
	kind  changeKind
}

type changeKind byte

const (
	changeNone changeKind = iota
	changeSet
	changeUnset
)

// Set makes the member v.
func Set[T any](v T) Change[T] { return Change[T]{value: v, kind: changeSet} }

// Unset removes the member, which then reads as its default.
func Unset[T any]() Change[T] { return Change[T]{kind: changeUnset} }

// Value is what the member becomes; ok is false where it is not set.
func (c Change[T]) Value() (v T, ok bool) { return c.value, c.kind == changeSet }

// IsUnset says that the member goes.
func (c Change[T]) IsUnset() bool { return c.kind == changeUnset }

// ReadChange reads a member of a JSON merge patch: null removes it.
func ReadChange[T any](r *wire.Request, read func(*wire.Request) T) Change[T] {
	if r.Null() {
		return Unset[T]()
	}
	return Set(read(r))
}

// Changes are the members of a stored document that a write sets and removes.
// Everything else in the document stays as it is, known to the schema or not.
type Changes struct {
	// set are BSON elements, their keys dotted paths.
	set   []byte
	unset []string
	// objects are the paths of documents within the document that set reaches
	// into. One that is stored as null has to become a document first.
	objects []string
	// inserted are further elements of a document that is not there yet.
	inserted []byte
}

// IsEmpty says that nothing would change.
func (c *Changes) IsEmpty() bool { return len(c.set) == 0 && len(c.unset) == 0 }

// Apply adds change for the member at path. A value that appendTo leaves out,
// such as a zero time, removes the member.
func Apply[T any](c *Changes, path string, change Change[T], appendTo func([]byte, string, T) []byte) {
	before := len(c.set)
	if v, ok := change.Value(); ok {
		c.set = appendTo(c.set, path, v)
	}
	if len(c.set) == before && change.kind != changeNone {
		c.unset = append(c.unset, path)
	}
}

// ApplyObject adds the changes within the document at path.
func ApplyObject[P any](c *Changes, path string, change Change[P], apply func(P, *Changes, string)) {
	patch, ok := change.Value()
	if !ok {
		if change.IsUnset() {
			c.unset = append(c.unset, path)
		}
		return
	}
	c.objects = append(c.objects, path)
	apply(patch, c, path+".")
}

// Lookup is what the value at path becomes, null if it goes; touched is false
// if it stays as it is.
func (c *Changes) Lookup(path string) (value bson.RawValue, touched bool) {
	null := bson.RawValue{Type: bson.TypeNull}
	gone := func(p string) bool { return p == path || strings.HasPrefix(path, p+".") }
	if slices.ContainsFunc(c.unset, gone) {
		return null, true
	}
	doc, start := wire.BeginDocument(nil)
	elements, _ := bson.Raw(wire.EndDocument(append(doc, c.set...), start)).Elements()
	for _, e := range elements {
		if e.Key() == path {
			return e.Value(), true
		}
	}
	return null, false
}

// command is the update document.
func (c *Changes) command(timestamps bool) bson.Raw {
	set := c.set
	if timestamps {
		set = wire.AppendTime(slices.Clip(set), updatedField, Now())
	}
	var unset []byte
	for _, path := range c.unset {
		unset = wire.AppendString(unset, path, "")
	}
	dst, start := wire.BeginDocument(make([]byte, 0, len(set)+128))
	dst = appendOperator(dst, "$set", set)
	dst = appendOperator(dst, "$unset", unset)
	dst = appendOperator(dst, "$setOnInsert", c.inserted)
	dst = appendOperator(dst, "$inc", wire.AppendInt(nil, revField, 1))
	return wire.EndDocument(dst, start)
}

// appendOperator appends an operator with its elements, or nothing without any.
func appendOperator(dst []byte, name string, elements []byte) []byte {
	if len(elements) == 0 {
		return dst
	}
	dst, start := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, name))
	return wire.EndDocument(append(dst, elements...), start)
}
