package embedded_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// document reads a document that is written in Extended JSON.
func document(t *testing.T, text string) (doc bson.D) {
	t.Helper()
	if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return doc
}

// uniquenesses are unique indexes, a document that each holds, and another one. Where that is refused, taken is
// the key, as the error has it.
var uniquenesses = []struct{ index, document, another, taken string }{
	{`"key": {"a": 1}`, `{"a": 1}`, `{"a": {"$numberLong": "1"}}`, `{"a": {"$numberLong":"1"}}`},
	{`"key": {"a": 1}`, `{"a": 1}`, `{"a": 1.0}`, `{"a": {"$numberDouble":"1.0"}}`},
	{`"key": {"a": 1}`, `{"a": 1}`, `{"a": "1"}`, ``},
	{`"key": {"a": 1}`, `{"a": {"$date": "1970-01-01T00:00:01Z"}}`, `{"a": 1000}`, ``},
	{`"key": {"a": 1}`, `{"a": {"$oid": "0123456789abcdef01234567"}}`, `{"a": "0123456789abcdef01234567"}`, ``},
	{`"key": {"a": 1}`, `{"a": "x"}`, `{"a": "X"}`, ``},
	{`"key": {"a": 1}`, `{"a": "it's \"\\é\u0000"}`, `{"a": "it's \"\\é\u0000"}`, `{"a": "it's \"\\é\u0000"}`},
	{`"key": {"a": 1}`, `{}`, `{"a": null}`, `{"a": null}`},
	{`"key": {"a": 1}`, `{"b": 1}`, `{"b": 2}`, `{"a": null}`},
	{`"key": {"a": 1}`, `{"a": []}`, `{"a": null}`, ``},
	{`"key": {"a": 1}`, `{"a": []}`, `{"a": []}`, `{"a": {"$undefined":true}}`},
	{`"key": {"a": 1}`, `{"a": [1, 2]}`, `{"a": [2, 3]}`, `{"a": {"$numberInt":"2"}}`},
	{`"key": {"a": 1}`, `{"a": [1, 2]}`, `{"a": 2}`, `{"a": {"$numberInt":"2"}}`},
	{`"key": {"a": 1}`, `{"a": 2}`, `{"a": [3, 2]}`, `{"a": {"$numberInt":"2"}}`},
	{`"key": {"a": 1}`, `{"a": 3}`, `{"a": [2, 2]}`, ``},
	{`"key": {"a": 1}`, `{"a": {"b": 1, "c": 2}}`, `{"a": {"c": 2, "b": 1}}`, ``},
	{`"key": {"a": 1}`, `{"a": {"b": 1, "c": 2}}`, `{"a": {"b": 1, "c": 2.0}}`, `{"a": {"b": {"$numberInt":"1"},"c": {"$numberDouble":"2.0"}}}`},
	{`"key": {"a.b": 1}`, `{"a": [{"b": 1}, {"b": 2}]}`, `{"a": {"b": 2}}`, `{"a.b": {"$numberInt":"2"}}`},
	{`"key": {"a.b": 1}`, `{"a": [{"b": 1}]}`, `{"a": [{"b": 2}]}`, ``},
	{`"key": {"a": 1, "b": -1}`, `{"a": 1, "b": 1}`, `{"a": 1, "b": 2}`, ``},
	{`"key": {"a": 1, "b": -1}`, `{"a": 1, "b": 1}`, `{"b": 1, "a": 1}`, `{"a": {"$numberInt":"1"},"b": {"$numberInt":"1"}}`},
	{`"key": {"a": 1}, "hidden": true`, `{"a": 1}`, `{"a": 1}`, `{"a": {"$numberInt":"1"}}`},
	{`"key": {"a": 1}, "sparse": true`, `{}`, `{}`, ``},
	{`"key": {"a": 1}, "sparse": true`, `{"a": null}`, `{"a": null}`, `{"a": null}`},
	{`"key": {"a": 1, "b": 1}, "sparse": true`, `{"b": 1}`, `{"b": 1}`, `{"a": null,"b": {"$numberInt":"1"}}`},
	{`"key": {"a": 1, "b": 1}, "sparse": true`, `{"c": 1}`, `{"c": 1}`, ``},
	{`"key": {"a": 1}, "partialFilterExpression": {"b": {"$gt": 1}}`, `{"a": 1, "b": 1}`, `{"a": 1, "b": 5}`, ``},
	{`"key": {"a": 1}, "partialFilterExpression": {"b": {"$gt": 1}}`, `{"a": 1, "b": 2}`, `{"a": 1, "b": 5}`, `{"a": {"$numberInt":"1"}}`},
	{`"key": {"a": 1}, "partialFilterExpression": {"a": {"$exists": true}}`, `{}`, `{}`, ``},
	{`"key": {"a": 1}, "partialFilterExpression": {"a": {"$exists": true}}`, `{"a": null}`, `{"a": null}`, `{"a": null}`},
	{`"key": {"a": 1}, "collation": {"locale": "en", "strength": 2}`, `{"a": "Ada@X.example"}`, `{"a": "ada@x.EXAMPLE"}`, `{"a": "ada@x.EXAMPLE"}`},
	{`"key": {"a": 1}, "collation": {"locale": "en"}`, `{"a": "Ada"}`, `{"a": "ada"}`, ``},
	{`"key": {"a": 1}, "collation": {"locale": "tr", "strength": 1}`, `{"a": "I"}`, `{"a": "i"}`, ``},
	{`"key": {"a": 1}, "collation": {"locale": "de"}`, `{"a": "Ada"}`, `{"a": "Ada"}`, `{"a": "Ada"}`},
}

// ways are how a document comes to be: each makes doc of the one whose _id is 7, or anew.
var ways = map[string]func(t *testing.T, coll *mongo.Collection, doc bson.D) error{
	"insert": func(t *testing.T, coll *mongo.Collection, doc bson.D) error {
		_, err := coll.InsertOne(t.Context(), doc)
		return err
	},
	"replace": func(t *testing.T, coll *mongo.Collection, doc bson.D) error {
		_, err := coll.ReplaceOne(t.Context(), id(7), doc)
		return err
	},
	"update": func(t *testing.T, coll *mongo.Collection, doc bson.D) error {
		_, err := coll.UpdateOne(t.Context(), id(7), changeTo(doc))
		return err
	},
	"modify": func(t *testing.T, coll *mongo.Collection, doc bson.D) error {
		return coll.FindOneAndUpdate(t.Context(), id(7), changeTo(doc)).Err()
	},
	"upsert": func(t *testing.T, coll *mongo.Collection, doc bson.D) error {
		_, err := coll.ReplaceOne(t.Context(), id(9), doc, options.Replace().SetUpsert(true))
		return err
	},
	"modifying upsert": func(t *testing.T, coll *mongo.Collection, doc bson.D) error {
		return coll.FindOneAndUpdate(t.Context(), id(9), bson.D{{Key: "$set", Value: append(doc, bson.E{Key: "z", Value: 1})}}, options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Err()
	},
}

// changeTo changes the document whose _id is 7 to doc.
func changeTo(doc bson.D) bson.D {
	gone := bson.D{{Key: "y", Value: 1}}
	for _, path := range []string{"a", "b"} {
		if !slices.ContainsFunc(doc, func(e bson.E) bool { return e.Key == path }) {
			gone = append(gone, bson.E{Key: path, Value: 1})
		}
	}
	return bson.D{{Key: "$unset", Value: gone}, {Key: "$set", Value: append(doc, bson.E{Key: "z", Value: 1})}}
}

func TestUniqueness(t *testing.T) {
	t.Parallel()
	db := shop(t)
	for i, u := range uniquenesses {
		index := `"indexes": [{` + u.index + `, "name": "x", "unique": true}]}`
		for way, write := range ways {
			coll := db.Collection(fmt.Sprint(way, i))
			must(t, db, `{"createIndexes": "`+coll.Name()+`", `+index)
			if _, err := coll.InsertMany(t.Context(), []any{document(t, `{"_id": 7, "a": "seven", "b": -7}`), document(t, u.document)}); err != nil {
				t.Fatalf("%s: %v", u.index, err)
			}
			expectTaken(t, coll, u.index+" "+u.another, write(t, coll, document(t, u.another)), u.taken)
			must(t, db, `{"drop": "`+coll.Name()+`"}`)
		}
		later := db.Collection(fmt.Sprint("later", i))
		if _, err := later.InsertMany(t.Context(), []any{document(t, u.document), document(t, u.another)}); err != nil {
			t.Fatal(err)
		}
		_, err := run(t, db, `{"createIndexes": "`+later.Name()+`", `+index)
		if mongo.IsDuplicateKeyError(err) != (u.taken != "") {
			t.Errorf("%s %s, made later: %v", u.index, u.another, err)
		}
	}
}

// expectTaken fails if an error is not MongoDB's for a key that another document has, or, with an empty key, if there
// is one.
func expectTaken(t *testing.T, coll *mongo.Collection, what string, err error, key string) {
	t.Helper()
	if key == "" {
		if err != nil {
			t.Errorf("%s, %s: %v", coll.Name(), what, err)
		}
		return
	}
	var raw bson.Raw
	var write mongo.WriteException
	var command mongo.CommandError
	switch {
	case errors.As(err, &write) && len(write.WriteErrors) == 1:
		raw = write.WriteErrors[0].Raw
	case errors.As(err, &command):
		raw = command.Raw
	}
	said := "E11000 duplicate key error collection: shop." + coll.Name() + " index: x dup key: {"
	if !mongo.IsDuplicateKeyError(err) || !strings.Contains(err.Error(), said) || raw.Lookup("keyValue").String() != key {
		t.Errorf("%s, %s: %v %s, want %s", coll.Name(), what, err, raw, key)
		return
	}
	pattern, _ := raw.Lookup("keyPattern").DocumentOK()
	if elements, _ := pattern.Elements(); len(elements) == 0 || !slices.Contains([]string{"a", "a.b", "price"}, elements[0].Key()) {
		t.Errorf("%s, %s: keyPattern is %s", coll.Name(), what, pattern)
	}
}

func TestTakenIDIsNamed(t *testing.T) {
	t.Parallel()
	coll := emails(t)
	same := append(id(1), bson.E{Key: "email", Value: "a@x"})
	_, err := coll.InsertMany(t.Context(), []any{append(id(4), bson.E{Key: "email", Value: "d@x"}), same, append(id(5), bson.E{Key: "email", Value: "b@x"})}, options.InsertMany().SetOrdered(false))
	refused, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || len(refused.WriteErrors) != 2 {
		t.Fatalf("got %v, want two write errors", err)
	}
	for i, want := range []string{"index: _id_ dup key: {\"_id\":1}", "index: email_1 dup key: {\"email\":\"b@x\"}"} {
		if e := refused.WriteErrors[i]; e.Index != i+1 || !strings.HasSuffix(e.Message, want) {
			t.Errorf("document %d was refused with %q, want %d with %s", e.Index, e.Message, i+1, want)
		}
	}
	if n := count(t, coll, bson.D{}); n != 4 {
		t.Errorf("%d documents, want 4", n)
	}
}

// TestOneOfManyWritersWins has 100 writers of one key of a unique index that leaves documents out.
func TestOneOfManyWritersWins(t *testing.T) {
	t.Parallel()
	const writers = 100
	db := shop(t)
	coll := db.Collection("things")
	must(t, db, `{"createIndexes": "things", "indexes": [{"key": {"email": 1}, "name": "x", "unique": true, "partialFilterExpression": {"active": true}}]}`)
	var others []any
	for i := range writers {
		others = append(others, bson.D{{Key: "_id", Value: i}, {Key: "email", Value: "ada@x"}, {Key: "active", Value: false}})
	}
	if _, err := coll.InsertMany(t.Context(), others); err != nil {
		t.Fatal(err)
	}
	write := []func(i int) error{
		func(i int) error {
			_, err := coll.InsertOne(t.Context(), bson.D{{Key: "_id", Value: writers + i}, {Key: "email", Value: "ada@x"}, {Key: "active", Value: true}})
			return err
		},
		func(i int) error { _, err := coll.UpdateOne(t.Context(), id(i), set("active", true)); return err },
		func(i int) error { return coll.FindOneAndUpdate(t.Context(), id(i), set("active", true)).Err() },
		func(i int) error {
			_, err := coll.UpdateOne(t.Context(), id(writers+i), bson.D{{Key: "$set", Value: bson.D{{Key: "email", Value: "ada@x"}, {Key: "active", Value: true}}}}, options.UpdateOne().SetUpsert(true))
			return err
		},
	}
	for round := range 5 {
		var won atomic.Int32
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				switch err := write[i%len(write)](i); {
				case err == nil:
					won.Add(1)
				case !mongo.IsDuplicateKeyError(err):
					t.Error(err)
				}
			})
		}
		all.Wait()
		active := bson.D{{Key: "active", Value: true}}
		if n, stored := won.Load(), count(t, coll, active); n != 1 || stored != 1 {
			t.Fatalf("round %d: %d won, %d are stored, want 1", round, n, stored)
		}
		if _, err := coll.UpdateMany(t.Context(), active, set("active", false)); err != nil {
			t.Fatal(err)
		}
	}
}
