package runtime

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// ReadChange reads a member of a JSON merge patch: null removes it, and what the
// document has already is no change.
func ReadChange[T any](r *wire.JSONReader, read func(*wire.JSONReader) T) store.Change[T] {
	if r.Null() {
		return store.Unset[T]()
	}
	v := read(r)
	if r.Unchanged() {
		return store.Change[T]{}
	}
	return store.Set(v)
}

// ReadListChange is ReadChange of a list, each element by read.
func ReadListChange[T any](r *wire.JSONReader, read func(*wire.JSONReader) T) store.Change[[]T] {
	return ReadChange(r, func(r *wire.JSONReader) []T { return wire.ReadJSONList(r, read) })
}

// ReadSetChange is ReadListChange without duplicates.
func ReadSetChange[T comparable](r *wire.JSONReader, read func(*wire.JSONReader) T) store.Change[[]T] {
	return ReadChange(r, func(r *wire.JSONReader) []T { return wire.ReadJSONSet(r, read) })
}

// ReadKeptChange is ReadChange of an object that has immutable members: null would
// remove them, and is refused.
func ReadKeptChange[T any](r *wire.JSONReader, read func(*wire.JSONReader) T) store.Change[T] {
	if r.RefuseNull() {
		return store.Change[T]{}
	}
	return ReadChange(r, read)
}

// Apply adds change for the member at path. A value that appendTo leaves out, such as a nil
// list, removes the member.
func Apply[T any](c *Changes, path string, change store.Change[T], appendTo func([]byte, string, T) []byte) {
	before := len(c.Set)
	switch change.Kind() {
	case store.ChangeNone:
		return
	case store.ChangeInc, store.ChangeAdd, store.ChangePull, store.ChangeOverflow:
		c.Unresolved = true
		return
	case store.ChangeSet, store.ChangeMerge:
		c.Set = appendTo(c.Set, path, change.Operand())
	}
	if len(c.Set) == before {
		c.Unset = append(c.Unset, path)
	}
}

// ApplyNumber adds change for the number at path, whose sums have no rule but to be
// numbers.
func ApplyNumber[T any](c *Changes, path string, change store.Change[T], appendTo func([]byte, string, T) []byte) {
	if change.Kind() != store.ChangeInc {
		Apply(c, path, change, appendTo)
		return
	}
	c.Inc = appendTo(c.Inc, path, change.Operand())
	c.Relative = append(c.Relative, path)
	c.LimitBy(path, change.Operand())
}

// ApplyList adds change for the list at path, whose length is not checked, each
// element by each.
func ApplyList[T any](c *Changes, path string, change store.Change[[]T], each func([]byte, string, T) []byte) {
	applyList(c, path, change, func(dst []byte, key string, v []T) []byte { return wire.AppendOptionalList(dst, key, v, each) })
}

// ApplySet is ApplyList for a list without duplicates.
func ApplySet[T comparable](c *Changes, path string, change store.Change[[]T], each func([]byte, string, T) []byte) {
	applyList(c, path, change, func(dst []byte, key string, v []T) []byte { return wire.AppendOptionalSet(dst, key, v, each) })
}

func applyList[T any](c *Changes, path string, change store.Change[[]T], appendTo func([]byte, string, []T) []byte) {
	switch change.Kind() {
	case store.ChangeAdd:
		dst, start := wire.BeginDocument(wire.AppendHeader(c.Add, bson.TypeEmbeddedDocument, path))
		c.Add = wire.EndDocument(appendTo(dst, "$each", change.Operand()), start)
	case store.ChangePull:
		c.Pull = appendTo(c.Pull, path, change.Operand())
	default:
		Apply(c, path, change, appendTo)
		return
	}
	c.Relative = append(c.Relative, path)
}

// Require makes the changes of an object depend on it: without its required member called name
// they cannot create it. prefix is the object's path with a dot.
func Require(c *Changes, prefix, name string, given bool) {
	if !given {
		c.Required = append(c.Required, raw.RequiredMember{Object: strings.TrimSuffix(prefix, "."), Name: name})
	}
}

// ApplyObject adds the changes within the document at path.
func ApplyObject[P any](c *Changes, path string, change store.Change[P], apply func(P, *Changes, string)) {
	patch, ok := change.Value()
	if !ok {
		if change.IsUnset() {
			c.Unset = append(c.Unset, path)
		}
		return
	}
	c.Objects = append(c.Objects, path)
	apply(patch, c, path+".")
}
