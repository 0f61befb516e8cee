package scripted_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/testdb/scripted/internal/literal"
)

// drawn makes documents, filters and updates, in Extended JSON, of what the embedded
// server does as MongoDB does. It is known to differ in nested arrays, in $mod,
// $elemMatch and null over arrays, in paths through arrays when sorting, in $unset of
// array elements, and in most modifiers of $push and $pull.
type drawn struct{ *rapid.T }

func (d drawn) one(what string, of ...string) string { return rapid.SampledFrom(of).Draw(d.T, what) }

func (d drawn) scalar() string {
	return d.one("scalar", `0`, `1`, `2`, `{"$numberLong": "1"}`, `{"$numberLong": "3"}`, `0.5`, `2.5`, `""`, `"x"`, `"xy"`, `"Y"`,
		`true`, `false`, `{"$date": {"$numberLong": "5"}}`, `{"$date": {"$numberLong": "-5"}}`, `{"$oid": "000000000000000000000001"}`)
}

func (d drawn) value() string {
	switch d.one("kind", "scalar", "scalar", "null", "array", "document") {
	case "null":
		return "null"
	case "array":
		return d.array()
	case "document":
		return fmt.Sprintf(`{"c": %s}`, d.scalar())
	}
	return d.scalar()
}

func (d drawn) array() string {
	var elements []string
	for range rapid.IntRange(0, 3).Draw(d.T, "length") {
		elements = append(elements, d.scalar())
	}
	return "[" + strings.Join(elements, ", ") + "]"
}

func (d drawn) document(id int) string {
	text := fmt.Sprintf(`{"_id": "d%d"`, id)
	for _, name := range []string{"a", "b"} {
		if rapid.Bool().Draw(d.T, "has") {
			text += fmt.Sprintf(`, %q: %s`, name, d.value())
		}
	}
	return text + "}"
}

func (d drawn) path() string { return d.one("path", "a", "b", "a.c", "a.0", "b.c") }

func (d drawn) filter(depth int) string {
	if depth > 0 && d.one("logic", "no", "no", "yes") == "yes" {
		operator := d.one("logical", "$and", "$or", "$nor")
		return fmt.Sprintf(`{%q: [%s, %s]}`, operator, d.filter(depth-1), d.filter(depth-1))
	}
	return fmt.Sprintf(`{%q: %s}`, d.path(), d.condition())
}

func (d drawn) condition() string {
	switch operator := d.one("operator", "", "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$type", "$size", "$all", "$not", "$regex"); operator {
	case "":
		return d.scalar()
	case "$in", "$nin", "$all":
		return fmt.Sprintf(`{%q: [%s, %s]}`, operator, d.scalar(), d.scalar())
	case "$exists":
		return fmt.Sprintf(`{"$exists": %t}`, rapid.Bool().Draw(d.T, "exists"))
	case "$type":
		return fmt.Sprintf(`{"$type": %q}`, d.one("type", "int", "long", "double", "number", "string", "bool", "object", "array", "null"))
	case "$size":
		return fmt.Sprintf(`{"$size": %d}`, rapid.IntRange(0, 3).Draw(d.T, "size"))
	case "$not":
		return fmt.Sprintf(`{"$not": {"$gt": %s}}`, d.scalar())
	case "$regex":
		return fmt.Sprintf(`{"$regex": %q}`, d.one("pattern", "x", "^x", "y$", "^$"))
	default:
		return fmt.Sprintf(`{%q: %s}`, operator, d.scalar())
	}
}

func (d drawn) sort() string {
	return fmt.Sprintf(`{%q: %s, "_id": %s}`, d.one("key", "a", "b"), d.one("direction", "1", "-1"), d.one("tie", "1", "-1"))
}

func (d drawn) update() string {
	path := d.one("field", "a", "b", "a.c", "n")
	switch operator := d.one("update", "$set", "$unset", "$inc", "$mul", "$min", "$max", "$push", "$addToSet", "$pull", "$pullAll", "$pop"); operator {
	case "$inc", "$mul":
		return fmt.Sprintf(`{%q: {%q: %s}}`, operator, path, d.one("by", "1", "-2", `{"$numberLong": "2"}`, "1.5"))
	case "$unset":
		return fmt.Sprintf(`{"$unset": {%q: ""}}`, path)
	case "$pullAll":
		return fmt.Sprintf(`{"$pullAll": {%q: %s}}`, path, d.array())
	case "$pop":
		return fmt.Sprintf(`{"$pop": {%q: %s}}`, path, d.one("end", "1", "-1"))
	default:
		return fmt.Sprintf(`{%q: {%q: %s}}`, operator, path, d.scalar())
	}
}

// outcome is what a step gives and leaves behind.
type outcome struct {
	Result string
	Code   int
	Stored []string
}

func outcomeOf(t *rapid.T, coll *mongo.Collection, step func(*mongo.Collection) (string, error)) outcome {
	result, err := step(coll)
	cursor, failed := coll.Find(t.Context(), bson.D{})
	if failed != nil {
		t.Fatal(failed)
	}
	var docs []bson.Raw
	if err := cursor.All(t.Context(), &docs); err != nil {
		t.Fatal(err)
	}
	o := outcome{Result: result}
	if err != nil {
		o = outcome{Code: codeOf(err)}
	}
	for _, doc := range docs {
		o.Stored = append(o.Stored, doc.String())
	}
	return o
}

// step is an operation that both servers are to carry out alike.
func (d drawn) step(tb testing.TB) (name string, do func(*mongo.Collection) (string, error)) {
	command := func(text string) (string, func(*mongo.Collection) (string, error)) {
		return text, func(coll *mongo.Collection) (string, error) {
			raw, err := coll.Database().RunCommand(d.Context(), literal.Doc(tb, text)).Raw()
			return strings.Join([]string{raw.Lookup("n").String(), raw.Lookup("nModified").String(), raw.Lookup("value").String(), raw.Lookup("lastErrorObject", "n").String()}, " "), err
		}
	}
	switch filter := d.filter(2); d.one("step", "find", "find", "find", "update", "update", "delete", "findAndModify", "count") {
	case "find":
		sort := d.sort()
		return "find " + filter + " by " + sort, func(coll *mongo.Collection) (string, error) {
			cursor, err := coll.Aggregate(d.Context(), bson.A{bson.D{{Key: "$match", Value: literal.Doc(tb, filter)}}, bson.D{{Key: "$sort", Value: literal.Doc(tb, sort)}}})
			if err != nil {
				return "", err
			}
			var docs []bson.Raw
			err = cursor.All(d.Context(), &docs)
			return fmt.Sprint(docs), err
		}
	case "update":
		return command(fmt.Sprintf(`{"update": "drawn", "updates": [{"q": %s, "u": %s, "multi": %t}]}`, filter, d.update(), rapid.Bool().Draw(d.T, "multi")))
	case "delete":
		return command(fmt.Sprintf(`{"delete": "drawn", "deletes": [{"q": %s, "limit": 1}]}`, filter))
	case "findAndModify":
		return command(fmt.Sprintf(`{"findAndModify": "drawn", "query": %s, "sort": %s, "update": %s, "new": %t}`, filter, d.sort(), d.update(), rapid.Bool().Draw(d.T, "new")))
	default:
		return command(fmt.Sprintf(`{"count": "drawn", "query": %s}`, filter))
	}
}

// TestSameAsAnotherServer carries out the same steps on the scripted server and on
// the one that all tests use.
func TestSameAsAnotherServer(t *testing.T) {
	list := subjects(t)
	other := list[2]
	ours := list[0]
	if other.version < 8 {
		ours = list[1]
	}
	rapid.Check(t, func(rt *rapid.T) {
		d := drawn{rt}
		colls := []*mongo.Collection{ours.db.Collection("drawn"), other.db.Collection("drawn")}
		var docs []any
		for i := range rapid.IntRange(1, 6).Draw(rt, "documents") {
			docs = append(docs, literal.Doc(t, d.document(i)))
		}
		for _, coll := range colls {
			if _, err := coll.DeleteMany(rt.Context(), bson.D{}); err != nil {
				rt.Fatal(err)
			}
			if _, err := coll.InsertMany(rt.Context(), docs); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 4).Draw(rt, "steps") {
			name, step := d.step(t)
			if diff := cmp.Diff(outcomeOf(rt, colls[0], step), outcomeOf(rt, colls[1], step)); diff != "" {
				rt.Fatalf("%s (-scripted, +other):\n%s", name, diff)
			}
		}
	})
}
