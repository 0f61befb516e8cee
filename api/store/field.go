package store

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// Field is an indexed path of documents of type D, holding values of type T. What
// is compared with them may be finer than what they hold, as a time of nanoseconds
// is: it is not rounded, so that nothing is equal to it.
type Field[D, T any] struct {
	path    string
	operand func(T) Operand
}

// NewField is the field at path, whose values value turns into BSON.
func NewField[D, T any](path string, value func(T) bson.RawValue) Field[D, T] {
	return Field[D, T]{path, func(v T) Operand { return exactly(value(v)) }}
}

// NewZeroField is the field at path, whose values become BSON by value. The zero value
// equals one that is missing.
func NewZeroField[D any, T interface{ IsZero() bool }](path string, value func(T) bson.RawValue) Field[D, T] {
	return Field[D, T]{path, func(v T) Operand { return orMissing(v, value) }}
}

// NewTimeField is the field at path, which holds dates. The zero time equals a date
// that is missing.
func NewTimeField[D any](path string) Field[D, time.Time] {
	return Field[D, time.Time]{path, timeOperand}
}

// NewObjectIDField is the field at path, which holds ObjectIDs. The zero ObjectID
// equals one that is missing.
func NewObjectIDField[D any](path string) Field[D, bson.ObjectID] {
	return Field[D, bson.ObjectID]{path, objectIDOperand}
}

// NewEnumField is the field at path, which holds values of an enum. The zero value
// equals one that is missing.
func NewEnumField[D any, E ~string](path string) Field[D, E] {
	return Field[D, E]{path, enumOperand[E]}
}

// Eq matches documents whose field is v; where the field is an array, those
// with an element that is v.
func (f Field[D, T]) Eq(v T) Filter[D] { return f.is(Eq, v) }

// Lt matches documents whose field is less than v.
func (f Field[D, T]) Lt(v T) Filter[D] { return f.is(Lt, v) }

// Lte matches documents whose field is v or less.
func (f Field[D, T]) Lte(v T) Filter[D] { return f.is(Lte, v) }

// Gt matches documents whose field is greater than v.
func (f Field[D, T]) Gt(v T) Filter[D] { return f.is(Gt, v) }

// Gte matches documents whose field is v or greater.
func (f Field[D, T]) Gte(v T) Filter[D] { return f.is(Gte, v) }

// In matches documents whose field is one of vs; where the field is an array,
// those with an element that is. An index serves it as it does a range; without
// any vs nothing matches, and nothing is asked.
func (f Field[D, T]) In(vs ...T) Filter[D] {
	operands := make([]Operand, len(vs))
	for i, v := range vs {
		operands[i] = f.operand(v)
	}
	return condition[D](compareOneOf(f.path, operands))
}

// Ne matches documents whose field is not v, those that lack it among them; where
// the field is an array, those without an element that is v. It is for Unindexed.
func (f Field[D, T]) Ne(v T) Filter[D] { return f.is(Ne, v) }

// Exists matches documents that store the field, be it as null; or, if not exists,
// those that do not. It is for Unindexed.
func (f Field[D, T]) Exists(exists bool) Filter[D] {
	return condition[D](Condition{Path: f.path, Op: Exists, Value: wire.BoolValue(exists)})
}

func (f Field[D, T]) is(op Op, v T) Filter[D] {
	return condition[D](compare(f.path, op, f.operand(v)))
}

// Asc sorts by the field, the least first.
func (f Field[D, T]) Asc() Order[D] { return Order[D]{sort: f.path} }

// Desc sorts by the field, the greatest first.
func (f Field[D, T]) Desc() Order[D] { return Order[D]{sort: "-" + f.path} }

// TextField is a Field of text.
type TextField[D any] struct {
	Field[D, string]
	// beginning turns the beginning of a text into BSON.
	beginning func(string) bson.RawValue
}

// NewTextField is the field at path, whose texts value turns into BSON.
func NewTextField[D any](path string, value func(string) bson.RawValue) TextField[D] {
	return TextField[D]{NewField[D](path, value), value}
}

// NewEmailField is the field at path, which holds email addresses: what is compared
// with them is folded as they are.
func NewEmailField[D any](path string) TextField[D] {
	return TextField[D]{NewField[D](path, wire.EmailValue), wire.EmailBeginning}
}

// Prefix matches documents whose field begins with v, letter by letter; where the
// field is an array, those with an element that does. An index serves it as it does
// a range.
func (f TextField[D]) Prefix(v string) Filter[D] {
	return condition[D](Condition{Path: f.path, Op: Prefix, Value: f.beginning(v)})
}
