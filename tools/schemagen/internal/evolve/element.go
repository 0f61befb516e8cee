package evolve

import (
	"fmt"
	"strings"
)

// member is a name and value of an element of a migration.
type member struct {
	name  string
	value any
}

// choose is the value of a member that a person is to choose: null, which every step refuses.
var choose any

// element returns an element of a migration.
func element(members ...member) string {
	parts := make([]string, len(members))
	for i, m := range members {
		parts[i] = string(jsonText(m.name)) + ": " + spaced(m.value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// spaced returns a value as JSON with spaces, as migrations are written by hand.
func spaced(v any) string {
	switch v := v.(type) {
	case []member:
		return element(v...)
	case []string:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = spaced(s)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return string(jsonText(v))
}

// step returns an element that calls a ready step for what is at path.
func step(name, collection, path string, more ...member) string {
	return element(append([]member{{"step", name}, {"collection", collection}, {"path", path}}, more...)...)
}

// moveCollection returns the elements that move all documents to another collection.
func moveCollection(from, to string) []string {
	merge := []member{{"$merge", []member{{"into", to}, {"whenMatched", "keepExisting"}}}}
	return []string{
		fmt.Sprintf(`{"aggregate": %s, "pipeline": [%s]}`, spaced(from), spaced(merge)),
		element(member{"drop", from}),
	}
}
