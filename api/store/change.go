package store

// Change is the change of one member. The zero Change leaves it alone.
type Change[T any] struct {
	value T
	kind  ChangeKind
	// elements is set for PullID and Element.
	elements *elementChange
}

// ChangeKind is the kind of a Change.
type ChangeKind byte

// The kinds of changes.
const (
	ChangeNone ChangeKind = iota
	ChangeSet
	ChangeUnset
	ChangeInc
	ChangeAdd
	ChangePull
	// ChangeMerge is a Merge.
	ChangeMerge
	// ChangeOverflow is an Inc by more than its number's type holds.
	ChangeOverflow
	// ChangePush, ChangePullID and ChangeElement are Push, PullID and Element.
	ChangePush
	ChangePullID
	ChangeElement
)

// Set sets the member to v. A nil list, map or binary data is missing, so that it removes
// the member.
func Set[T any](v T) Change[T] { return Change[T]{value: v, kind: ChangeSet} }

// Unset removes the member, which then reads as its default or, without one, is missing.
func Unset[T any]() Change[T] { return Change[T]{kind: ChangeUnset} }

// Value returns what the member becomes; ok is false where it is not set.
func (c Change[T]) Value() (v T, ok bool) { return c.value, c.kind == ChangeSet }

// NewChange returns a Change of the given kind, for Inc and the others.
func NewChange[T any](kind ChangeKind, v T) Change[T] { return Change[T]{value: v, kind: kind} }

// Kind returns the kind of the Change.
func (c Change[T]) Kind() ChangeKind { return c.kind }

// Operand returns what Set, Merge, Inc, AddToSet, Pull or Push was called with.
func (c Change[T]) Operand() T { return c.value }

// Given returns the value that the caller gave, whatever the kind.
func (c Change[T]) Given() (v T, ok bool) {
	return c.value, c.kind == ChangeSet || c.kind == ChangeMerge || c.kind == ChangeInc || c.kind == ChangeAdd
}

// IsUnset reports whether the member is removed.
func (c Change[T]) IsUnset() bool { return c.kind == ChangeUnset }
