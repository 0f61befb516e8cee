package meta

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

// ListParameters have a meaning of their own in requests for lists, so that no filter
// can use their names.
var ListParameters = []string{"limit", "after", "sort", "tenant", "expand"}

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
