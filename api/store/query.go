package store

import (
	"go.mongodb.org/mongo-driver/v2/bson"
)

// MaxLimit is the longest page, DefaultLimit the one that a query asks for by
// saying nothing.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Op compares a path with a value.
type Op string

// The operators that an index serves. As their text they are MongoDB's.
const (
	Eq  Op = "$eq"
	Lt  Op = "$lt"
	Lte Op = "$lte"
	Gt  Op = "$gt"
	Gte Op = "$gte"
)

// Exists holds for documents that have the path, whatever is there. No index
// serves it; it limits what an Index holds.
const Exists Op = "$exists"

// Condition is what a document must fulfil at one path.
type Condition struct {
	Path  string
	Op    Op
	Value bson.RawValue
}

// Selection is a query in terms of paths. Repositories have typed ones; code that
// serves every collection alike, such as the HTTP API, uses this.
type Selection struct {
	// Where is a conjunction.
	Where []Condition
	// Sort is a path, with a leading "-" for descending; empty means in the order
	// of the index that serves the query.
	Sort string
	// Limit is how many documents a page has at most: 0 for DefaultLimit.
	Limit int
	// After is the page before's Next.
	After Cursor
}

// Filter is a conjunction of conditions on documents of type D. The zero Filter
// matches all.
type Filter[D any] struct{ conditions []Condition }

// And matches what every one of filters matches.
func And[D any](filters ...Filter[D]) Filter[D] {
	var all Filter[D]
	for _, f := range filters {
		all.conditions = append(all.conditions, f.conditions...)
	}
	return all
}

// Order is the order of a page's documents. The zero Order is that of the index
// that serves the query.
type Order[D any] struct{ sort string }

// Query asks for documents of type D. It must be served by one index: equality
// on a prefix of its keys, then at most one range or sort on the key behind it.
// Any other is an *InvalidError.
type Query[D any] struct {
	Where Filter[D]
	Sort  Order[D]
	// Limit is how many documents a page has at most, up to MaxLimit: 0 for
	// DefaultLimit.
	Limit int
	// After is the page before's Next.
	After Cursor
}

func (q Query[D]) selection() Selection {
	return Selection{Where: q.Where.conditions, Sort: q.Sort.sort, Limit: q.Limit, After: q.After}
}

// Field is an indexed path of documents of type D, holding values of type T.
type Field[D, T any] struct {
	path  string
	value func(T) bson.RawValue
}

// NewField is the field at path, whose values value turns into BSON.
func NewField[D, T any](path string, value func(T) bson.RawValue) Field[D, T] {
	return Field[D, T]{path: path, value: value}
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

func (f Field[D, T]) is(op Op, v T) Filter[D] {
	return Filter[D]{conditions: []Condition{{Path: f.path, Op: op, Value: f.value(v)}}}
}

// Asc sorts by the field, the least first.
func (f Field[D, T]) Asc() Order[D] { return Order[D]{sort: f.path} }

// Desc sorts by the field, the greatest first.
func (f Field[D, T]) Desc() Order[D] { return Order[D]{sort: "-" + f.path} }
