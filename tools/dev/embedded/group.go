package embedded

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// group makes one document of all that have one _id, by the accumulators $sum, of whole numbers, $min and $max.
func (c compiler) group(docs []bson.D, spec bson.D) ([]bson.D, error) {
	var groups []bson.D
	places := map[string]int{}
	for _, doc := range docs {
		id := evaluate(member(spec, "_id"), doc)
		key := canonical(c.fold(id))
		at, known := places[key]
		if !known {
			at, places[key] = len(groups), len(groups)
			groups = append(groups, bson.D{{Key: "_id", Value: id}})
		}
		for _, e := range without(spec, "_id") {
			accumulator, _ := e.Value.(bson.D)
			if len(accumulator) != 1 {
				return nil, c.unknown(e)
			}
			v, ok := c.accumulate(accumulator[0].Key, member(groups[at], e.Key), evaluate(accumulator[0].Value, doc), known)
			if !ok {
				return nil, c.unknown(accumulator[0])
			}
			groups[at] = put(groups[at], []string{e.Key}, v)
		}
	}
	return groups, nil
}

// accumulate is what an accumulator has after another value; begun is false for the first.
func (c compiler) accumulate(name string, sofar, v any, begun bool) (any, bool) {
	if !begun && name != "$sum" {
		sofar = v
	}
	order := compare(c.fold(v), c.fold(sofar))
	switch {
	case name == "$min" && order < 0 || name == "$max" && order > 0:
		return v, true
	case name == "$min" || name == "$max":
		return sofar, true
	}
	n, isWhole := whole(v)
	before, _ := whole(sofar)
	return int32(before + n), isWhole && name == "$sum"
}

// evaluate is the value of an expression: a path, an array of expressions, or itself.
func evaluate(expression any, doc bson.D) any {
	switch expression := expression.(type) {
	case string:
		if path, ok := strings.CutPrefix(expression, "$"); ok {
			return valueAt(doc, splitPath(path))
		}
	case bson.A:
		values := make(bson.A, len(expression))
		for i, e := range expression {
			values[i] = evaluate(e, doc)
		}
		return values
	}
	return expression
}
