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
var ListParameters = []string{"limit", "after", "sort", "tenant", "expand", FieldsParameter, CountParameter, SearchParameter}

// FieldsParameter names what a response has of documents, CountParameter asks how many there are.
const (
	FieldsParameter = "fields"
	CountParameter  = "count"
)

// MaxCount is the highest number that a list counts to: more than people page through, and keys that a
// server goes through in some milliseconds.
const MaxCount = 10_000

// DeletedParameter asks for the deleted documents, where a collection keeps them.
const DeletedParameter = "deleted"

// SearchParameter asks for documents by words, where a collection has an index for them.
const SearchParameter = "search"

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
	// Present holds for documents that have the path, null excluded. An index serves it
	// as it does a range, unless the Path is Many. It is the one that is no operator of
	// MongoDB's.
	Present Op = "present"
)

// The operators that no index serves: Ne is for Unindexed, and Exists for what an Index
// is limited to.
const (
	// Ne holds for documents that do not have the value, those that lack the path
	// among them.
	Ne Op = "$ne"
	// Exists holds for documents that have the path, null included.
	Exists Op = "$exists"
)

// Condition is what a document must fulfil at one path.
type Condition struct {
	Path string
	Op   Op
	// Value is what Op compares with. The zero RawValue is equal to nothing.
	Value bson.RawValue
}

// Existing is the Condition that a document has path or, if not exists, lacks it. What is
// null is missing.
func Existing(path string, exists bool) Condition {
	if exists {
		return Condition{Path: path, Op: Present, Value: wire.BoolValue(true)}
	}
	return Condition{Path: path, Op: Eq, Value: bson.RawValue{Type: bson.TypeNull}}
}

// NewOneOf is the Condition that the value at path is one of values.
func NewOneOf(path string, values ...bson.RawValue) Condition {
	dst, start := wire.BeginDocument(nil)
	for i, v := range values {
		dst = append(wire.AppendHeader(dst, v.Type, strconv.Itoa(i)), v.Value...)
	}
	return Condition{Path: path, Op: OneOf, Value: bson.RawValue{Type: bson.TypeArray, Value: wire.EndDocument(dst, start)}}
}
