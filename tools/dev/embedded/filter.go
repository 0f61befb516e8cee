package embedded

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// filter reports whether a document fulfils a query, or what a partialFilterExpression asks for.
type filter func(doc any) bool

// compiler makes filters.
type compiler struct {
	partial bool // takes what MongoDB takes in a partialFilterExpression, and nothing else
	folded  bool // compares texts whatever the case of ASCII letters
}

// compile reads a query, or says which part of it is not known.
func (c compiler) compile(query bson.D) (filter, error) {
	var parts []filter
	for _, e := range query {
		part, err := c.part(e)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return every(parts), nil
}

func (c compiler) part(e bson.E) (filter, error) {
	switch {
	case e.Key == "$comment" && !c.partial:
		return every(nil), nil
	case e.Key == "$and" || e.Key == "$or" || e.Key == "$nor" && !c.partial:
		return c.branches(e)
	case strings.HasPrefix(e.Key, "$"):
		return nil, c.unknown(e)
	}
	return c.conditions(splitPath(e.Key), e.Value)
}

func (c compiler) branches(e bson.E) (filter, error) {
	branches, _ := e.Value.(bson.A)
	if len(branches) == 0 {
		return nil, refuse(codeBadValue, "%s must be a nonempty array", e.Key)
	}
	var parts []filter
	for _, branch := range branches {
		query, ok := branch.(bson.D)
		if !ok {
			return nil, refuse(codeBadValue, "%s entries need to be full objects", e.Key)
		}
		part, err := c.compile(query)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	switch e.Key {
	case "$and":
		return every(parts), nil
	case "$or":
		return some(parts), nil
	}
	return not(some(parts)), nil
}

// conditions are what a query says of a path: operators, or a value that is there.
func (c compiler) conditions(path []string, v any) (filter, error) {
	if !isOperators(v) {
		v = bson.D{{Key: "$eq", Value: v}}
	}
	var parts []filter
	operators := v.(bson.D)
	for _, operator := range operators {
		part, err := c.condition(path, operator, operators)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return every(parts), nil
}

// isOperators reports whether a value is a document of operators.
func isOperators(v any) bool {
	doc, _ := v.(bson.D)
	return len(doc) > 0 && strings.HasPrefix(doc[0].Key, "$")
}

func every(parts []filter) filter {
	return func(doc any) bool { return !slices.ContainsFunc(parts, func(f filter) bool { return !f(doc) }) }
}

func some(parts []filter) filter {
	return func(doc any) bool { return slices.ContainsFunc(parts, func(f filter) bool { return f(doc) }) }
}

func not(f filter) filter { return func(doc any) bool { return !f(doc) } }

// unknown is the error for what a filter does not take.
func (c compiler) unknown(e bson.E) error {
	if c.partial {
		return refuse(codeCannotCreateIndex, "Expression not supported in partial index: %s", text(bson.D{e}))
	}
	return refuse(codeNotImplemented, "the embedded server does not know %s together with a collation or decimals", e.Key)
}
