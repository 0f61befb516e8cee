package store

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// Field is a path of documents of type D, holding values of type T. A value that is compared
// with them may be finer than they are, such as a time with nanoseconds: it is not rounded,
// so that nothing equals it.
type Field[D, T any] struct {
	path    string
	operand func(T) meta.Operand
}

// NewField returns the field at path, whose values are compared as operand says.
func NewField[D, T any](path string, operand func(T) meta.Operand) Field[D, T] {
	return Field[D, T]{path, operand}
}

// Eq matches documents whose field is v; where the field is an array, those
// with an element that is v.
func (f Field[D, T]) Eq(v T) Filter[D] { return f.is(meta.Eq, v) }

// Lt matches documents whose field is less than v.
func (f Field[D, T]) Lt(v T) Filter[D] { return f.is(meta.Lt, v) }

// Lte matches documents whose field is v or less.
func (f Field[D, T]) Lte(v T) Filter[D] { return f.is(meta.Lte, v) }

// Gt matches documents whose field is greater than v.
func (f Field[D, T]) Gt(v T) Filter[D] { return f.is(meta.Gt, v) }

// Gte matches documents whose field is v or greater.
func (f Field[D, T]) Gte(v T) Filter[D] { return f.is(meta.Gte, v) }

// In matches documents whose field is one of vs; where the field is an array,
// those with an element that is. An index serves it as it does a range; without
// any vs nothing matches, and nothing is asked.
func (f Field[D, T]) In(vs ...T) Filter[D] {
	operands := make([]meta.Operand, len(vs))
	for i, v := range vs {
		operands[i] = f.operand(v)
	}
	return condition[D](meta.CompareOneOf(f.path, operands))
}

// Ne matches documents whose field is not v, those that lack it among them; where
// the field is an array, those without an element that is v. It is for Unindexed.
func (f Field[D, T]) Ne(v T) Filter[D] { return f.is(meta.Ne, v) }

// Exists matches documents that have the field or, if not exists, those that lack it; one
// that is stored as null is missing. An index serves the first as it does a range, unless
// the field is an array, and the second as it does Eq.
func (f Field[D, T]) Exists(exists bool) Filter[D] {
	return condition[D](meta.Existing(f.path, exists))
}

func (f Field[D, T]) is(op meta.Op, v T) Filter[D] {
	return condition[D](meta.Compare(f.path, op, f.operand(v)))
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

// NewTextField returns the field at path, whose texts value turns into BSON, and
// beginning the texts that Prefix is asked for.
func NewTextField[D any](path string, value, beginning func(string) bson.RawValue) TextField[D] {
	return TextField[D]{NewField[D](path, func(v string) meta.Operand { return meta.Exactly(value(v)) }), beginning}
}

// Prefix matches documents whose field begins with v, letter by letter; where the
// field is an array, those with an element that does. An index serves it as it does
// a range.
func (f TextField[D]) Prefix(v string) Filter[D] {
	return condition[D](meta.Condition{Path: f.path, Op: meta.Prefix, Value: f.beginning(v)})
}
