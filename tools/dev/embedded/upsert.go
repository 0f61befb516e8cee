package embedded

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// upserted is what an update inserts that finds nothing, as far as equalities of its query, $set, $setOnInsert or a
// replacement say so.
func upserted(query, update bson.D) (doc bson.D) {
	for _, e := range query {
		if v, ok := equality(e); ok {
			doc = put(doc, splitPath(e.Key), v)
		}
	}
	for _, e := range update {
		if !strings.HasPrefix(e.Key, "$") {
			doc = put(doc, []string{e.Key}, e.Value)
		}
		if members, ok := e.Value.(bson.D); ok && (e.Key == "$set" || e.Key == "$setOnInsert") {
			for _, m := range members {
				doc = put(doc, splitPath(m.Key), m.Value)
			}
		}
	}
	return doc
}

// equality is what a part of a query says that a member equals.
func equality(e bson.E) (any, bool) {
	operators, ok := e.Value.(bson.D)
	switch {
	case strings.HasPrefix(e.Key, "$"):
		return nil, false
	case !ok || len(operators) == 0 || !strings.HasPrefix(operators[0].Key, "$"):
		return e.Value, true
	}
	return operators[0].Value, operators[0].Key == "$eq"
}

// put is a document with another member at a path.
func put(doc bson.D, path []string, v any) bson.D {
	doc = slices.Clone(doc)
	at := slices.IndexFunc(doc, func(e bson.E) bool { return e.Key == path[0] })
	if at < 0 {
		at, doc = len(doc), append(doc, bson.E{Key: path[0]})
	}
	if len(path) > 1 {
		inner, _ := doc[at].Value.(bson.D)
		v = put(inner, path[1:], v)
	}
	doc[at].Value = v
	return doc
}
