package store

// Change says what becomes of one member. The zero Change leaves it alone.
type Change[T any] struct {
	value T
	kind  ChangeKind
}

// ChangeKind tells what a Change does.
type ChangeKind byte

// The kinds of changes.
const (
	ChangeNone ChangeKind = iota
	ChangeSet
	ChangeUnset
	ChangeInc
	ChangeAdd
	ChangePull
	// ChangeOverflow is an Inc that its number's type does not hold.
	ChangeOverflow
)

// Set makes the member v. What stands for nothing, such as the zero time, it is not:
// Unset removes a member.
func Set[T any](v T) Change[T] { return Change[T]{value: v, kind: ChangeSet} }

// Unset removes the member, which then reads as its default.
func Unset[T any]() Change[T] { return Change[T]{kind: ChangeUnset} }

// Value returns what the member becomes; ok is false where it is not set.
func (c Change[T]) Value() (v T, ok bool) { return c.value, c.kind == ChangeSet }

// NewChange returns a Change of the given kind, as Inc and the others do of theirs.
func NewChange[T any](kind ChangeKind, v T) Change[T] { return Change[T]{value: v, kind: kind} }

// Kind tells what the Change does.
func (c Change[T]) Kind() ChangeKind { return c.kind }

// Operand returns what Set, Inc, AddToSet or Pull was called with.
func (c Change[T]) Operand() T { return c.value }

// Given returns what the caller gave to be stored, in whichever way.
func (c Change[T]) Given() (v T, ok bool) {
	return c.value, c.kind == ChangeSet || c.kind == ChangeInc || c.kind == ChangeAdd
}

// IsUnset reports whether the member goes.
func (c Change[T]) IsUnset() bool { return c.kind == ChangeUnset }
