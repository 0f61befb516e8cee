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
		id, ok := valueOf(member(spec, "_id"), doc)
		if !ok {
			return nil, c.unknown(bson.E{Key: "$group", Value: spec})
		}
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
			v, ok := valueOf(accumulator[0].Value, doc)
			if ok {
				v, ok = c.accumulate(accumulator[0].Key, member(groups[at], e.Key), v, known)
			}
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

// valueOf is the value of an expression, if it is a path, an array of expressions, or no document and so itself.
func valueOf(expression any, doc bson.D) (any, bool) {
	switch expression := expression.(type) {
	case string:
		path, isPath := strings.CutPrefix(expression, "$")
		if !isPath {
			return expression, true
		}
		return throughArrays(doc, splitPath(path)), !strings.HasPrefix(path, "$")
	case bson.A:
		values, ok := make(bson.A, len(expression)), true
		for i, e := range expression {
			v, isKnown := valueOf(e, doc)
			values[i], ok = v, ok && isKnown
		}
		return values, ok
	case bson.D:
		return nil, len(expression) == 0
	}
	return expression, true
}

// throughArrays is what an expression finds at a path: of an array on the way, what each of its documents has.
func throughArrays(v any, path []string) any {
	if len(path) == 0 {
		return v
	}
	switch v := v.(type) {
	case bson.D:
		return throughArrays(member(v, path[0]), path[1:])
	case bson.A:
		found := bson.A{}
		for _, element := range v {
			if value := throughArrays(element, path); value != nil {
				found = append(found, value)
			}
		}
		return found
	}
	return nil
}
