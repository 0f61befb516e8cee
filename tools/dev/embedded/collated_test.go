package embedded_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// anyCase takes texts for equal that differ in the case of ASCII letters.
var anyCase = &options.Collation{Locale: "en", Strength: 2}

// people returns a collection of people whose names differ in their case.
func people(t *testing.T) *mongo.Collection {
	t.Helper()
	person := func(id int, name any) bson.D { return bson.D{{Key: "_id", Value: id}, {Key: "name", Value: name}} }
	return collection(t, person(1, "ada"), person(2, "Bob"), person(3, "ADA"), person(4, bson.A{"Cy", "bob"}), person(5, 7), bson.D{{Key: "_id", Value: 6}}, person(7, "Dé"))
}

func named(v any) bson.D { return bson.D{{Key: "name", Value: v}} }

func op(name string, v any) bson.D { return bson.D{{Key: name, Value: v}} }

func TestCollatedQueries(t *testing.T) {
	t.Parallel()
	c := people(t)
	byName := bson.D{{Key: "name", Value: 1}, {Key: "_id", Value: -1}}
	for name, test := range map[string]struct {
		filter bson.D
		opts   *options.FindOptionsBuilder
		want   string
	}{
		"equality":          {named("Ada"), options.Find(), "[1 3]"},
		"of an element":     {named("BOB"), options.Find(), "[2 4]"},
		"other letters":     {named("DÉ"), options.Find(), "[]"},
		"range":             {named(op("$gte", "B")), options.Find(), "[2 4 7]"},
		"one of":            {named(op("$in", bson.A{"ADA", 7})), options.Find(), "[1 3 5]"},
		"not":               {named(op("$ne", "ADA")), options.Find(), "[2 4 5 6 7]"},
		"expression":        {named(op("$regex", "^A")), options.Find(), "[3]"},
		"ascending":         {named(op("$type", "string")), options.Find().SetSort(byName), "[3 1 4 2 7]"},
		"descending":        {bson.D{}, options.Find().SetSort(bson.D{{Key: "name", Value: -1}, {Key: "_id", Value: 1}}), "[7 4 2 1 3 5 6]"},
		"some":              {bson.D{}, options.Find().SetSort(byName).SetSkip(3).SetLimit(2), "[1 4]"},
		"parts":             {named("ADA"), options.Find().SetSort(byName).SetProjection(bson.D{{Key: "name", Value: 1}}), "[3 1]"},
		"other strength":    {named("ada"), options.Find().SetCollation(&options.Collation{Locale: "en"}), "[1]"},
		"case counts":       {named("ada"), options.Find().SetCollation(&options.Collation{Locale: "en", Strength: 1, CaseLevel: true}), "[1]"},
		"another capital i": {named("ADA"), options.Find().SetCollation(&options.Collation{Locale: "tr", Strength: 1}), "[3]"},
	} {
		cursor, err := c.Find(t.Context(), test.filter, options.Find().SetCollation(anyCase), test.opts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var found []struct {
			ID int `bson:"_id"`
		}
		if err := cursor.All(t.Context(), &found); err != nil {
			t.Fatal(err)
		}
		ids := []int{}
		for _, doc := range found {
			ids = append(ids, doc.ID)
		}
		if got := fmt.Sprint(ids); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	raw, err := c.FindOne(t.Context(), named("Bob"), options.FindOne().SetCollation(anyCase).SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "name", Value: 1}})).Raw()
	if err != nil || raw.String() != `{"name": "Bob"}` {
		t.Errorf("without _id: %s, %v", raw, err)
	}
	if n, err := c.CountDocuments(t.Context(), named("ADA"), options.Count().SetCollation(anyCase)); n != 2 || err != nil {
		t.Errorf("%d counted, want 2; %v", n, err)
	}
	if reply := must(t, c.Database(), `{"count": "orders", "query": {"name": "ADA"}, "collation": {"locale": "en", "strength": 2}}`); reply.Lookup("n").Int32() != 2 {
		t.Errorf("counted: %s", reply)
	}
	var distinct []int
	if err := c.Distinct(t.Context(), "_id", named("ADA"), options.Distinct().SetCollation(anyCase)).Decode(&distinct); err != nil || !slices.Equal(distinct, []int{1, 3}) {
		t.Errorf("%v, %v", distinct, err)
	}
	if _, err := run(t, c.Database(), `{"find": "orders", "filter": {"name": {"$bitsAllSet": 1}}, "collation": {"locale": "en", "strength": 2}}`); codeOf(err) != 238 {
		t.Errorf("an operator that is not known: %v", err)
	}
	repeated := must(t, c.Database(), `{"aggregate": "orders", "pipeline": [
		{"$match": {"name": {"$exists": true}}}, {"$unwind": "$name"},
		{"$group": {"_id": ["$name", "$none"], "n": {"$sum": 1}, "first": {"$min": "$_id"}, "last": {"$max": "$_id"}}},
		{"$match": {"n": {"$gt": 1}}}, {"$sort": {"first": 1}}
	], "cursor": {}, "collation": {"locale": "en", "strength": 2}}`)
	if got, want := repeated.Lookup("cursor", "firstBatch").String(), `[{"_id": ["ada",null],"n": {"$numberInt":"2"},"first": {"$numberInt":"1"},"last": {"$numberInt":"3"}},{"_id": ["Bob",null],"n": {"$numberInt":"2"},"first": {"$numberInt":"2"},"last": {"$numberInt":"4"}}]`; got != want {
		t.Errorf("repeated: %s", got)
	}
	if n, err := c.Database().Collection("none").CountDocuments(t.Context(), named("ADA"), options.Count().SetCollation(anyCase)); n != 0 || err != nil {
		t.Errorf("of no collection: %d, %v", n, err)
	}
}

// TestCollatedPipelines has what the front makes of stages, of a collection of lists within documents.
func TestCollatedPipelines(t *testing.T) {
	t.Parallel()
	db := shop(t)
	must(t, db, `{"insert": "things", "documents": [
		{"_id": 1, "in": {"tags": ["A", "b"], "n": 1}, "lines": [{"a": 1, "b": 2}, 7, {"b": 3}]},
		{"_id": 2, "in": {"tags": ["a", "C"], "n": null}, "x": 5}
	]}`)
	for pipeline, want := range map[string]string{
		`{"$unwind": "$in.tags"}, {"$project": {"in.tags": 1}}, {"$skip": 1}`:                                                        `[{"_id": 1,"in": {"tags": "b"}},{"_id": 2,"in": {"tags": "a"}},{"_id": 2,"in": {"tags": "C"}}]`,
		`{"$unwind": "$in.tags"}, {"$group": {"_id": "$in.tags", "n": {"$sum": 1}}}, {"$sort": {"n": -1, "_id": -1}}, {"$limit": 2}`: `[{"_id": "A","n": 2},{"_id": "C","n": 1}]`,
		`{"$group": {"_id": ["$lines.b", "$none"], "least": {"$min": "$_id"}}}, {"$sort": {"least": 1}}`:                             `[{"_id": [[2,3],null],"least": 1},{"_id": [null,null],"least": 2}]`,
		`{"$project": {"lines.b": 1, "_id": 0}}`:                                                                                     `[{"lines": [{"b": 2},{"b": 3}]},{}]`,
		`{"$project": {"lines.b": 0, "in": 0}}`:                                                                                      `[{"_id": 1,"lines": [{"a": 1},7,{}]},{"_id": 2,"x": 5}]`,
		`{"$project": {"_id": 0}}, {"$project": {"x": 1}}`:                                                                           `[{},{"x": 5}]`,
		`{"$project": {"in.n.z": 0, "in.tags": 0, "lines": 0}}`:                                                                      `[{"_id": 1,"in": {"n": 1}},{"_id": 2,"in": {"n": null},"x": 5}]`,
		`{"$project": {"_id": 1}}`:                                                                                                   `[{"_id": 1},{"_id": 2}]`,
		`{"$project": {"in.n": 1, "_id": 0}}`:                                                                                        `[{"in": {"n": 1}},{"in": {"n": null}}]`,
		`{"$match": {"in.tags": "c"}}, {"$count": "n"}`:                                                                              `[{"n": 1}]`,
		`{"$skip": 9}`: `[]`,
	} {
		reply := must(t, db, `{"aggregate": "things", "pipeline": [`+pipeline+`], "cursor": {}, "collation": {"locale": "en", "strength": 2}}`)
		var docs []bson.D
		if err := reply.Lookup("cursor", "firstBatch").Unmarshal(&docs); err != nil {
			t.Fatal(err)
		}
		if got, want := relaxed(t, docs), strings.ReplaceAll(want, " ", ""); got != want {
			t.Errorf("%s: %s, want %s", pipeline, got, want)
		}
	}
	for _, stage := range []string{
		`{"$facet": {}}`, `{"$unwind": {"path": "$in.tags"}}`, `{"$unwind": "in.tags"}`, `{"$count": 1}`, `{"$match": 1}`, `{"$project": {"x": "$in"}}`,
		`{"$project": {"x": 1, "in": 0}}`, `{"$group": {"_id": {"$toLower": "$x"}}}`, `{"$group": {"_id": null, "x": {"$avg": "$x"}}}`, `{"$group": {"_id": "$$ROOT"}}`,
		`{"$group": {"_id": null, "x": {"$sum": 0.5}}}`, `{"$group": {"_id": null, "x": 1}}`, `{"$skip": "x"}`, `{"$skip": 1, "$limit": 1}`,
	} {
		if _, err := run(t, db, `{"aggregate": "things", "pipeline": [`+stage+`], "cursor": {}, "collation": {"locale": "en"}}`); codeOf(err) != 238 && codeOf(err) != 2 {
			t.Errorf("%s: %v", stage, err)
		}
	}
	if _, err := run(t, db, `{"find": "things", "sort": {"in.n": 1}, "skip": -1, "collation": {"locale": "en", "strength": 2}}`); err != nil {
		t.Errorf("a skip that is negative: %v", err)
	}
}

// relaxed are documents in relaxed Extended JSON.
func relaxed(t *testing.T, docs []bson.D) string {
	t.Helper()
	var texts []string
	for _, doc := range docs {
		text, err := bson.MarshalExtJSON(doc, false, false)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return "[" + strings.Join(texts, ",") + "]"
}

func TestCollatedWrites(t *testing.T) {
	t.Parallel()
	c := people(t)
	result, err := c.UpdateOne(t.Context(), named("ADA"), set("n", 1), options.UpdateOne().SetCollation(anyCase))
	if err != nil || result.MatchedCount != 1 || count(t, c, bson.D{{Key: "n", Value: 1}}) != 1 {
		t.Errorf("update one: %+v, %v", result, err)
	}
	result, err = c.UpdateMany(t.Context(), named("Ada"), set("n", 2), options.UpdateMany().SetCollation(anyCase))
	if err != nil || result.MatchedCount != 2 {
		t.Errorf("update many: %+v, %v", result, err)
	}
	upsert := options.UpdateOne().SetCollation(anyCase).SetUpsert(true)
	result, err = c.UpdateOne(t.Context(), named("BOB"), set("n", 3), upsert)
	if err != nil || result.UpsertedCount != 0 || result.MatchedCount != 1 {
		t.Errorf("upsert what is there: %+v, %v", result, err)
	}
	result, err = c.UpdateOne(t.Context(), append(named("Eve"), bson.E{Key: "age", Value: op("$gt", 7)}), set("n", 4), upsert)
	if err != nil || result.UpsertedCount != 1 || count(t, c, append(named("Eve"), bson.E{Key: "n", Value: 4})) != 1 {
		t.Errorf("upsert: %+v, %v", result, err)
	}
	newest := options.FindOneAndUpdate().SetCollation(anyCase).SetSort(bson.D{{Key: "_id", Value: -1}}).SetReturnDocument(options.After)
	raw, err := c.FindOneAndUpdate(t.Context(), named("ada"), set("n", 5), newest).Raw()
	if err != nil || raw.Lookup("_id").Int32() != 3 || raw.Lookup("n").Int32() != 5 {
		t.Errorf("modify: %s, %v", raw, err)
	}
	if err := c.FindOneAndUpdate(t.Context(), named("nobody"), set("n", 6), newest).Err(); !errors.Is(err, mongo.ErrNoDocuments) {
		t.Errorf("modify nothing: %v", err)
	}
	raw, err = c.FindOneAndUpdate(t.Context(), named("Fay"), set("n", 6), newest.SetUpsert(true)).Raw()
	if err != nil || raw.Lookup("name").StringValue() != "Fay" {
		t.Errorf("modifying upsert: %s, %v", raw, err)
	}
	deleted, err := c.BulkWrite(t.Context(), []mongo.WriteModel{
		mongo.NewDeleteOneModel().SetFilter(named("ADA")).SetCollation(anyCase),
		mongo.NewDeleteManyModel().SetFilter(named("ADA")).SetCollation(anyCase),
		mongo.NewDeleteManyModel().SetFilter(named("bob")),
	})
	if err != nil || deleted.DeletedCount != 3 {
		t.Errorf("delete: %+v, %v", deleted, err)
	}
	if n := count(t, c, bson.D{}); n != 6 {
		t.Errorf("%d documents left, want 6", n)
	}
}

func TestCollationOfACollection(t *testing.T) {
	t.Parallel()
	db := shop(t)
	full := `"collation":{"locale":"en","caseLevel":false,"caseFirst":"off","strength":2,"numericOrdering":false,"alternate":"non-ignorable","maxVariable":"punct","normalization":false,"backwards":false,"version":"57.1"}`
	if err := db.CreateCollection(t.Context(), "things", options.CreateCollection().SetCollation(anyCase)); err != nil {
		t.Fatal(err)
	}
	must(t, db, `{"createIndexes": "things", "indexes": [{"key": {"a": 1}, "name": "a", "unique": true}, {"key": {"b": 1}, "name": "b", "collation": {"locale": "simple"}}]}`)
	first := must(t, db, `{"listIndexes": "things"}`).Lookup("cursor", "firstBatch", "0").Document()
	var id bson.D
	if err := bson.Unmarshal(first, &id); err != nil {
		t.Fatal(err)
	}
	if text, err := bson.MarshalExtJSON(id, false, false); err != nil || string(text) != `{"v":2,"key":{"_id":1},"name":"_id_",`+full+`}` {
		t.Errorf("_id_ is listed as %s, %v", text, err)
	}
	reply := must(t, db, `{"createIndexes": "things", "indexes": [{"key": {"a": 1}, "name": "a", "unique": true}, {"key": {"_id": 1}, "name": "_id_"}]}`)
	if n := reply.Lookup("numIndexesAfter").Int32(); n != 3 {
		t.Errorf("%d indexes, want 3", n)
	}
	want := []string{`{"v":2,"key":{"a":1},"name":"a","unique":true,` + full + `}`, `{"v":2,"key":{"b":1},"name":"b"}`}
	specs := must(t, db, `{"listIndexes": "things"}`).Lookup("cursor", "firstBatch").Array()
	values, _ := specs.Values()
	for i, v := range values[1:] {
		var doc bson.D
		if err := v.Unmarshal(&doc); err != nil {
			t.Fatal(err)
		}
		if text, _ := bson.MarshalExtJSON(doc, false, false); string(text) != want[i] {
			t.Errorf("listed %s, want %s", text, want[i])
		}
	}
	for _, index := range []string{`"_id_"`, `{"_id": 1}`} {
		if _, err := run(t, db, `{"dropIndexes": "things", "index": `+index+`}`); codeOf(err) != 72 {
			t.Errorf("drop %s: %v", index, err)
		}
	}
	must(t, db, `{"dropIndexes": "things", "index": "*"}`)
	if specs := must(t, db, `{"listIndexes": "things"}`).Lookup("cursor", "firstBatch").Array(); fmt.Sprint(specs) != "["+first.String()+"]" {
		t.Errorf("after all were dropped: %s", specs)
	}
	if err := db.CreateCollection(t.Context(), "things", options.CreateCollection().SetCollation(anyCase)); codeOf(err) != 48 {
		t.Errorf("created again: %v", err)
	}
	if err := db.CreateCollection(t.Context(), "plain", options.CreateCollection().SetCollation(&options.Collation{Locale: "simple"})); err != nil {
		t.Error(err)
	}
	if got := listed(t, db, "plain"); len(got) > 0 {
		t.Errorf("listed %v", got)
	}
}
