package embedded_test

import (
	"errors"
	"fmt"
	"slices"
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
	if _, err := run(t, c.Database(), `{"aggregate": "orders", "pipeline": [{"$facet": {}}], "cursor": {}, "collation": {"locale": "en"}}`); codeOf(err) != 238 {
		t.Errorf("a stage that is not known: %v", err)
	}
	if n, err := c.Database().Collection("none").CountDocuments(t.Context(), named("ADA"), options.Count().SetCollation(anyCase)); n != 0 || err != nil {
		t.Errorf("of no collection: %d, %v", n, err)
	}
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
