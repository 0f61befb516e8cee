package store

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
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
	// OneOf holds for documents that have one of the values, an array; NewOneOf makes
	// the Condition.
	OneOf Op = "$in"
	// Prefix holds for documents whose text begins with the value. An index serves
	// it at a Path that is Text.
	Prefix Op = "$regex"
)

// The operators that no index serves: they are for Unindexed, and Exists for what
// an Index is limited to.
const (
	// Ne holds for documents that do not have the value, those that lack the path
	// among them.
	Ne Op = "$ne"
	// Exists holds for documents that have the path, null included, or lack it, as
	// the value says.
	Exists Op = "$exists"
)

// Condition is what a document must fulfil at one path.
type Condition struct {
	Path string
	Op   Op
	// Value is what Op compares with. The zero RawValue is equal to nothing.
	Value bson.RawValue
}

// NewOneOf is the Condition that the value at path is one of values.
func NewOneOf(path string, values ...bson.RawValue) Condition {
	dst, start := wire.BeginDocument(nil)
	for i, v := range values {
		dst = append(wire.AppendHeader(dst, v.Type, strconv.Itoa(i)), v.Value...)
	}
	return Condition{Path: path, Op: OneOf, Value: bson.RawValue{Type: bson.TypeArray, Value: wire.EndDocument(dst, start)}}
}

// Selection is a query in terms of paths. Repositories have typed ones; code that
// serves every collection alike, such as the HTTP API, uses this.
type Selection struct {
	// Where is a conjunction.
	Where []Condition
	// others are what a Filter has besides conditions: one says Unindexed, or the
	// Selection is not served.
	others []clause
	// Sort is a path, with a leading "-" for descending; empty means in the order
	// of the index that serves the query.
	Sort string
	// Limit is how many documents a page has at most: 0 for DefaultLimit.
	Limit int
	// After is the page before's Next.
	After Cursor
	// unordered says that it does not matter in which order documents come.
	unordered bool
}

// Order is the order of a page's documents. The zero Order is that of the index
// that serves the query.
type Order[D any] struct{ sort string }

// Query asks for documents of type D. It must be served by one index: equality
// on a prefix of its keys, then at most one range, In or Prefix, or a sort, on the
// key behind it. Any other is an *InvalidError, unless Unindexed says that the rest
// of it is meant to be looked for without an index.
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
	s := q.Where.selection()
	s.Sort, s.Limit, s.After = q.Sort.sort, q.Limit, q.After
	return s
}
