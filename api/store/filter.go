package store

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Filter is a condition on documents of type D. The zero Filter matches all.
type Filter[D any] struct{ clauses []clause }

// clause is a condition, or what a combinator makes of several clauses.
type clause struct {
	kind      clauseKind
	condition Condition
	parts     []clause
}

type clauseKind byte

const (
	isCondition clauseKind = iota
	// isAll, isAny and isNotAll are fulfilled as their parts are.
	isAll
	isAny
	isNotAll
	// isUnindexed is isAll, said to be meant.
	isUnindexed
)

func condition[D any](c Condition) Filter[D] { return Filter[D]{[]clause{{condition: c}}} }

// And matches what every one of filters matches: everything without any.
func And[D any](filters ...Filter[D]) Filter[D] {
	var all Filter[D]
	for _, f := range filters {
		all.clauses = append(all.clauses, f.clauses...)
	}
	return all
}

// Or matches what one of filters matches: nothing without any. It is for
// Unindexed.
func Or[D any](filters ...Filter[D]) Filter[D] {
	parts := make([]clause, len(filters))
	for i, f := range filters {
		parts[i] = clause{kind: isAll, parts: f.clauses}
	}
	return Filter[D]{[]clause{{kind: isAny, parts: parts}}}
}

// Not matches what f does not match. It is for Unindexed.
func Not[D any](f Filter[D]) Filter[D] {
	return Filter[D]{[]clause{{kind: isNotAll, parts: f.clauses}}}
}

// Unindexed is f, whether or not an index serves it. The database looks for it in
// all that the rest of the query selects: in the whole collection where there is no
// rest.
func Unindexed[D any](f Filter[D]) Filter[D] {
	return Filter[D]{[]clause{{kind: isUnindexed, parts: f.clauses}}}
}

// selection asks for what f matches.
func (f Filter[D]) selection() Selection {
	var s Selection
	for _, c := range f.clauses {
		if c.kind == isCondition {
			s.Where = append(s.Where, c.condition)
			continue
		}
		s.others = append(s.others, c)
	}
	return s
}

// filter is the clause for find.
func (c clause) filter() bson.D {
	switch c.kind {
	case isCondition:
		return bson.D{{Key: c.condition.Path, Value: bson.D{c.condition.operator()}}}
	case isAny:
		if len(c.parts) == 0 {
			return nothing
		}
		return bson.D{{Key: "$or", Value: filters(c.parts)}}
	case isNotAll:
		return bson.D{{Key: "$nor", Value: bson.A{all(c.parts)}}}
	}
	return all(c.parts)
}

// nothing is a filter that no document fulfils: an empty $or is an error.
var nothing = bson.D{{Key: "$nor", Value: bson.A{bson.D{}}}}

func all(parts []clause) bson.D {
	switch len(parts) {
	case 0:
		return bson.D{}
	case 1:
		return parts[0].filter()
	}
	return bson.D{{Key: "$and", Value: filters(parts)}}
}

func filters(clauses []clause) bson.A {
	list := make(bson.A, len(clauses))
	for i, c := range clauses {
		list[i] = c.filter()
	}
	return list
}

// operator is the condition without its path.
func (c Condition) operator() bson.E {
	switch {
	case c.Op == Prefix:
		text, _ := c.Value.StringValueOK()
		return bson.E{Key: string(Prefix), Value: bson.Regex{Pattern: beginning(text)}}
	case c.Value.IsZero() && c.Op == Ne:
		return bson.E{Key: "$nin", Value: bson.A{}}
	case c.Value.IsZero():
		return bson.E{Key: string(OneOf), Value: bson.A{}}
	}
	return bson.E{Key: string(c.Op), Value: c.Value}
}

// beginning is the regular expression for text that begins with prefix. MongoDB
// makes the bounds of an index of one that is anchored and has nothing but quoted
// characters. The bar, quoted or not, it takes for an alternative, which has none.
func beginning(prefix string) string {
	return "^" + strings.ReplaceAll(regexp.QuoteMeta(prefix), `\|`, `\x7c`)
}

// problem says what is wrong with the condition's value, empty if nothing is.
func (c Condition) problem() string {
	if c.Op != Prefix {
		return ""
	}
	text, ok := c.Value.StringValueOK()
	if !ok || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "must begin with UTF-8 text without a zero byte"
	}
	return ""
}

// matchesMissing says that a document may fulfil the condition that lacks its
// path.
func (c Condition) matchesMissing() bool {
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

// matchesNothing says that no document fulfils the condition.
func (c Condition) matchesNothing() bool {
	if c.Op != OneOf {
		return c.Value.IsZero() // no index serves Ne, which would match everything
	}
	values, _ := c.Value.Array().Values()
	return len(values) == 0
}
