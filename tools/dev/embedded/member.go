package embedded

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// member is a document's of that name, nil if it has none.
func member(doc bson.D, name string) any {
	for _, e := range doc {
		if e.Key == name {
			return e.Value
		}
	}
	return nil
}

// inner is the member of that name if it is a document.
func inner(doc bson.D, name string) bson.D {
	document, _ := member(doc, name).(bson.D)
	return document
}

// without is a document without members of these names.
func without(doc bson.D, names ...string) bson.D {
	return slices.DeleteFunc(slices.Clone(doc), func(e bson.E) bool { return slices.Contains(names, e.Key) })
}

// replace is a document with another value for a member.
func replace(doc bson.D, name string, v any) bson.D {
	replaced := slices.Clone(doc)
	for i, e := range replaced {
		if e.Key == name {
			replaced[i].Value = v
		}
	}
	return replaced
}
