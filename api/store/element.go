package store

import (
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Identified is an element of a list that has an _id: the Go type of a def.Struct with ID.
type Identified interface {
	// ElementID returns the _id, zero if it is missing.
	ElementID() bson.ObjectID
}

// ErrElementNotFound is returned if no element of a list has the _id. It is an ErrNotFound as
// well.
var ErrElementNotFound error = elementNotFoundError{}

type elementNotFoundError struct{}

func (elementNotFoundError) Error() string { return "no such element" }

func (elementNotFoundError) Is(target error) bool { return target == ErrNotFound }

// LossError is returned for a write that would replace a list whose stored elements have
// members that the schema does not know, and no _id by which they could be kept. Nothing was
// written.
type LossError struct {
	Collection string
	// Paths are the dotted paths of the first of these members, with positions in lists.
	Paths []string
}

func (e *LossError) Error() string {
	return fmt.Sprintf("%s: the write would lose what is stored at %s, which the schema does not know", e.Collection, strings.Join(e.Paths, ", "))
}

// A change of elements is carried out on the list as it is stored when it is written: the
// document is read, and written if it is still as it was read, else read again. Where others
// keep coming first the error is ErrStale.

// Push appends elements to a list. One without an _id is given one, and one with the _id of an
// element that is stored already is an *InvalidError.
func Push[E Identified](elements ...E) Change[[]E] {
	return Change[[]E]{value: elements, kind: ChangePush}
}

// PullID removes the elements with the given _ids from a list. E is the type of its elements,
// as in PullID[invoices.Item](id). The error is ErrElementNotFound if one is not there.
func PullID[E Identified](ids ...bson.ObjectID) Change[[]E] {
	return Change[[]E]{kind: ChangePullID, elements: &elementChange{ids: ids}}
}

// Element changes members of the element with the given _id, as patch says: it is the patch of
// the elements' type, such as invoices.ItemPatch. The error is ErrElementNotFound if there is no
// such element.
func Element[P interface{ ElementPatch(E) any }, E Identified](id bson.ObjectID, patch P) Change[[]E] {
	var none E
	return Change[[]E]{kind: ChangeElement, elements: &elementChange{[]bson.ObjectID{id}, patch.ElementPatch(none)}}
}

// elementChange says which elements a change is about, and what patch is made of them.
type elementChange struct {
	ids   []bson.ObjectID
	patch any
}

// Elements returns the _ids of the elements that PullID or Element was called with, and the
// patch of the latter.
func (c Change[T]) Elements() (ids []bson.ObjectID, patch any) {
	if c.elements == nil {
		return nil, nil
	}
	return c.elements.ids, c.elements.patch
}

// WithPatch returns the change of an element with another patch.
func (c Change[T]) WithPatch(patch any) Change[T] {
	c.elements = &elementChange{c.elements.ids, patch}
	return c
}
