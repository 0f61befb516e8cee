package meta

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Clause is a condition, or what a combinator makes of several clauses.
type Clause struct {
	Kind      ClauseKind
	Condition Condition
	Parts     []Clause
}

// ClauseKind tells how a Clause is fulfilled.
type ClauseKind byte

// The kinds of clauses.
const (
	// ClauseCondition is fulfilled as its condition is.
	ClauseCondition ClauseKind = iota
	// ClauseAll, ClauseAny and ClauseNone are fulfilled as their parts are.
	ClauseAll
	ClauseAny
	ClauseNone
	// ClauseUnindexed is ClauseAll, said to be meant.
	ClauseUnindexed
	// ClauseSearch is fulfilled by what has a word of the condition's value in the text index.
	ClauseSearch
)

// Filter returns the clause for find.
func (c Clause) Filter() bson.D {
	switch c.Kind {
	case ClauseCondition:
		return bson.D{{Key: c.Condition.Path, Value: c.Condition.Operators()}}
	case ClauseAny:
		if len(c.Parts) == 0 {
			return MatchNothing
		}
		return bson.D{{Key: "$or", Value: Filters(c.Parts)}}
	case ClauseSearch:
		return bson.D{{Key: "$text", Value: bson.D{{Key: "$search", Value: c.Condition.Value}}}}
	case ClauseNone:
		return bson.D{{Key: "$nor", Value: bson.A{All(c.Parts)}}}
	}
	return All(c.Parts)
}

// MatchNothing is a filter that no document fulfils: an empty $or is an error.
var MatchNothing = bson.D{{Key: "$nor", Value: bson.A{bson.D{}}}}

// All returns the filter of what fulfils every one of parts.
func All(parts []Clause) bson.D {
	switch len(parts) {
	case 0:
		return bson.D{}
	case 1:
		return parts[0].Filter()
	}
	return bson.D{{Key: "$and", Value: Filters(parts)}}
}

// Filters returns the filter of each of clauses.
func Filters(clauses []Clause) bson.A {
	list := make(bson.A, len(clauses))
	for i, c := range clauses {
		list[i] = c.Filter()
	}
	return list
}

// Operators returns the condition without its path.
func (c Condition) Operators() bson.D {
	switch {
	case c.Op == Prefix:
		text, _ := c.Value.StringValueOK()
		return bson.D{{Key: string(Prefix), Value: bson.Regex{Pattern: beginning(text)}}}
	case c.Op == Present: // the first uses sparse and partial indexes
		return bson.D{{Key: string(Exists), Value: true}, {Key: string(Ne), Value: nil}}
	case c.Value.IsZero() && c.Op == Ne:
		return bson.D{{Key: "$nin", Value: bson.A{}}}
	case c.Value.IsZero():
		return bson.D{{Key: string(OneOf), Value: bson.A{}}}
	}
	return bson.D{{Key: string(c.Op), Value: c.Value}}
}

// beginning is the regular expression for text that begins with prefix. MongoDB
// makes the bounds of an index of one that is anchored and has nothing but quoted
// characters. The bar, quoted or not, it takes for an alternative, which has none.
func beginning(prefix string) string {
	return "^" + strings.ReplaceAll(regexp.QuoteMeta(prefix), `\|`, `\x7c`)
}

// Problem says what is wrong with the condition's value, empty if nothing is.
func (c Condition) Problem() string {
	if c.Op != Prefix {
		return ""
	}
	text, ok := c.Value.StringValueOK()
	if !ok || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "must begin with UTF-8 text without a zero byte"
	}
	return ""
}

// MatchesMissing reports whether a document may fulfil the condition that lacks its
// path.
func (c Condition) MatchesMissing() bool {
	if c.Op != OneOf {
		return c.Value.Type == bson.TypeNull
	}
	values, _ := c.Value.Array().Values()
	for _, v := range values {
		if v.Type == bson.TypeNull {
			return true
		}
	}
	return false
}

// MatchesNothing reports whether no document fulfils the condition.
func (c Condition) MatchesNothing() bool {
	if c.Op != OneOf {
		return c.Value.IsZero() // no index serves Ne, which would match everything
	}
	values, _ := c.Value.Array().Values()
	return len(values) == 0
}

// Equals reports whether the condition and o are the same.
func (c Condition) Equals(o Condition) bool {
	return c.Path == o.Path && c.Op == o.Op && c.Value.Equal(o.Value)
}
