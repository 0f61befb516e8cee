package embedded

import (
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// missing is what is found at a path where a document has nothing.
type missing struct{}

// valuesAt are the values that a filter compares at a path: those of every element where arrays are on the way, and
// an array's elements besides the array itself.
func valuesAt(v any, path []string) []any {
	if len(path) == 0 {
		array, _ := v.(bson.A)
		return append([]any{v}, array...)
	}
	switch v := v.(type) {
	case bson.D:
		for _, member := range v {
			if member.Key == path[0] {
				return valuesAt(member.Value, path[1:])
			}
		}
	case bson.A:
		var values []any
		for _, element := range v {
			if _, isDocument := element.(bson.D); isDocument {
				values = append(values, valuesAt(element, path)...)
			}
		}
		if at, err := strconv.Atoi(path[0]); err == nil && 0 <= at && at < len(v) {
			values = append(values, valuesAt(v[at], path[1:])...)
		}
		return values
	}
	return []any{missing{}}
}

// valueAt is what a document has at a path that leads through documents alone, nil if there is nothing.
func valueAt(doc bson.D, path []string) any {
	v := member(doc, path[0])
	if len(path) == 1 {
		return v
	}
	inner, _ := v.(bson.D)
	return valueAt(inner, path[1:])
}

// hasPath reports whether a document has something at a path.
func hasPath(doc any, path []string) bool {
	for _, value := range valuesAt(doc, path) {
		if value != (missing{}) {
			return true
		}
	}
	return false
}

func splitPath(path string) []string { return strings.Split(path, ".") }
