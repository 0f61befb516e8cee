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
	changeInc
	changeAdd
	changePull
	// changeOverflow is an Inc that its number's type does not hold.
	changeOverflow
)

// Set makes the member v. What stands for nothing, such as the zero time, it is not:
// Unset removes a member.
func Set[T any](v T) Change[T] { return Change[T]{value: v, kind: changeSet} }

// Unset removes the member, which then reads as its default.
func Unset[T any]() Change[T] { return Change[T]{kind: changeUnset} }

// Value is what the member becomes; ok is false where it is not set.
func (c Change[T]) Value() (v T, ok bool) { return c.value, c.kind == changeSet }

// given is what the caller gave to be stored, in whichever way.
func (c Change[T]) given() (v T, ok bool) {
	return c.value, c.kind == changeSet || c.kind == changeInc || c.kind == changeAdd
}

// IsUnset says that the member goes.
func (c Change[T]) IsUnset() bool { return c.kind == changeUnset }

// ReadChange reads a member of a JSON merge patch: null removes it, and what the
// document has already is no change.
func ReadChange[T any](r *wire.Request, read func(*wire.Request) T) Change[T] {
	if r.Null() {
		return Unset[T]()
	}
	v := read(r)
	if r.Unchanged() {
		return Change[T]{}
	}
	return Set(v)
}

// ReadKeptChange is ReadChange of an object that has immutable members: null would
// remove them, and is refused.
func ReadKeptChange[T any](r *wire.Request, read func(*wire.Request) T) Change[T] {
	if r.KeptNull() {
		return Change[T]{}
	}
	return ReadChange(r, read)
}

// Changes are what a write does to the members of a stored document. Everything
// else in the document stays as it is, known to the schema or not.
type Changes struct {
	// set are BSON elements, their keys dotted paths; inc, add and pull are so too,
	// as $inc, $addToSet and $pullAll take them.
	set, inc, add, pull []byte
	unset               []string
	// relative are the paths in inc, add and pull. What is stored there as null is
	// in the way of them.
	relative []string
	// objects are the paths of documents within the document that the others reach
	// into. One that is stored as null has to become a document first.
	objects []string
	// limits are what the numbers that inc adds to must not be beyond.
	limits []limit
	// sizes are the maps whose number of entries has bounds.
	sizes []size
	// inserted are further elements of a document that is not there yet.
	inserted []byte
	// unresolved says that there are others, which depend on the document.
	unresolved bool
	// recount starts the document's revisions anew: those that are stored are none
	// that could be counted up.
	recount bool
}

// IsEmpty says that nothing would change.
func (c *Changes) IsEmpty() bool {
	return len(c.set) == 0 && len(c.unset) == 0 && len(c.relative) == 0 && !c.unresolved
}

// Apply adds change for the member at path. A value that appendTo leaves out, such
// as a zero time that nobody checked, removes the member.
func Apply[T any](c *Changes, path string, change Change[T], appendTo func([]byte, string, T) []byte) {
	before := len(c.set)
	switch change.kind {
	case changeNone:
		return
	case changeInc, changeAdd, changePull, changeOverflow:
		c.unresolved = true
		return
	case changeSet:
		c.set = appendTo(c.set, path, change.value)
	}
	if len(c.set) == before {
		c.unset = append(c.unset, path)
	}
}

// ApplyNumber adds change for the number at path, whose sums have no rule but to be
// numbers.
func ApplyNumber[T any](c *Changes, path string, change Change[T], appendTo func([]byte, string, T) []byte) {
	if change.kind != changeInc {
		Apply(c, path, change, appendTo)
		return
	}
	c.inc = appendTo(c.inc, path, change.value)
	c.relative = append(c.relative, path)
	c.limitBy(path, change.value)
}

// ApplyList adds change for the list at path, whose length is not checked.
func ApplyList[T any](c *Changes, path string, change Change[T], appendTo func([]byte, string, T) []byte) {
	switch change.kind {
	case changeAdd:
		dst, start := wire.BeginDocument(wire.AppendHeader(c.add, bson.TypeEmbeddedDocument, path))
		c.add = wire.EndDocument(appendTo(dst, "$each", change.value), start)
	case changePull:
		c.pull = appendTo(c.pull, path, change.value)
	default:
		Apply(c, path, change, appendTo)
		return
	}
	c.relative = append(c.relative, path)
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

// Lookup is what the value at path becomes: null if it goes, and zero, of no type,
// where that is for the database to work out. touched is false if it stays as it is.
func (c *Changes) Lookup(path string) (value bson.RawValue, touched bool) {
	within := func(p string) bool { return p == path || strings.HasPrefix(path, p+".") }
	switch {
	case slices.ContainsFunc(c.relative, within):
		return bson.RawValue{}, true
	case slices.ContainsFunc(c.unset, within):
		return bson.RawValue{Type: bson.TypeNull}, true
	}
	for _, e := range elements(c.set) {
		if e.Key() == path {
			return e.Value(), true
		}
		rest, ok := strings.CutPrefix(path, e.Key()+".")
		if within, is := e.Value().DocumentOK(); ok && is {
			return orNull(lookup(within, rest)), true
		}
	}
	return bson.RawValue{}, false
}

// orNull is v, or null where there is nothing.
func orNull(v bson.RawValue) bson.RawValue {
	if v.IsZero() {
		return bson.RawValue{Type: bson.TypeNull}
	}
	return v
}

// Undo gives back what a document had before changes of it, doc.
func (c *Changes) Undo(doc bson.Raw) Changes {
	var undo Changes
	for _, name := range c.members() {
		value, err := doc.LookupErr(name)
		if err != nil {
			undo.unset = append(undo.unset, name)
			continue
		}
		undo.set = append(wire.AppendHeader(undo.set, value.Type, name), value.Value...)
	}
	return undo
}

// members are the names of the document's own members that the changes reach.
func (c *Changes) members() []string {
	paths := slices.Concat(c.unset, c.relative, c.objects)
	for _, e := range elements(c.set) {
		paths = append(paths, e.Key())
	}
	for i, path := range paths {
		paths[i], _, _ = strings.Cut(path, ".")
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// elements are those that were appended to appended.
func elements(appended []byte) []bson.RawElement {
	doc, start := wire.BeginDocument(nil)
	list, _ := bson.Raw(wire.EndDocument(append(doc, appended...), start)).Elements()
	return list
}

// command is the update document.
func (c *Changes) command(timestamps bool) bson.Raw {
	set, inc := slices.Clip(c.set), slices.Clip(c.inc)
	if timestamps {
		set = wire.AppendTime(set, updatedField, Now())
	}
	if c.recount {
		set = wire.AppendInt(set, revField, 1)
	} else {
		inc = wire.AppendInt(inc, revField, 1)
	}
	var unset []byte
	for _, path := range c.unset {
		unset = wire.AppendString(unset, path, "")
	}
	dst, start := wire.BeginDocument(make([]byte, 0, len(set)+128))
	dst = appendOperator(dst, "$set", set)
	dst = appendOperator(dst, "$unset", unset)
	dst = appendOperator(dst, "$setOnInsert", c.inserted)
	dst = appendOperator(dst, "$addToSet", c.add)
	dst = appendOperator(dst, "$pullAll", c.pull)
	dst = appendOperator(dst, "$inc", inc)
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
