package embedded_test

import (
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func decimal(t *testing.T, text string) bson.Decimal128 {
	t.Helper()
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// prices returns a collection of prices: decimals, other numbers and something else.
func prices(t *testing.T) *mongo.Collection {
	t.Helper()
	price := func(id int, v any) bson.D { return bson.D{{Key: "_id", Value: id}, {Key: "price", Value: v}} }
	return collection(
		t, price(1, decimal(t, "1.50")), price(2, 2), price(3, 1.5), price(4, decimal(t, "10")), price(5, "10"), price(6, decimal(t, "-3E+2")),
		price(7, bson.A{decimal(t, "1.25"), 20}), bson.D{{Key: "_id", Value: 8}}, price(9, decimal(t, "0.1")), price(10, 0.1),
	)
}

func at(v any) bson.D { return bson.D{{Key: "price", Value: v}} }

func TestDecimalsAreStored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := start(t, dir)
	var want []bson.D
	for i, text := range []string{"0", "-0", "1.50", "0.10", "9999999999999999999999999999999999", "1E+6144", "1E-6176", "NaN", "Infinity", "-Infinity"} {
		d := decimal(t, text)
		want = append(want, bson.D{{Key: "_id", Value: int32(i)}, {Key: "d", Value: d}, {Key: "in", Value: bson.D{{Key: "list", Value: bson.A{d, bson.D{{Key: "d", Value: d}}}}}}})
	}
	for range 2 {
		c := connect(t, server).Database("shop").Collection("orders")
		if count(t, c, bson.D{}) == 0 {
			if _, err := c.InsertMany(t.Context(), want); err != nil {
				t.Fatal(err)
			}
		}
		cursor, err := c.Find(t.Context(), bson.D{}, options.Find().SetBatchSize(3).SetSort(bson.D{{Key: "_id", Value: 1}}))
		if err != nil {
			t.Fatal(err)
		}
		var got []bson.D
		if err := cursor.All(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
		if n := count(t, c, bson.D{{Key: "d", Value: bson.D{{Key: "$gte", Value: 9}}}}); n != 3 {
			t.Errorf("%d are 9 or more, want 3", n)
		}
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		server = start(t, dir)
	}
}

func TestDecimalsAreComparedAsNumbers(t *testing.T) {
	t.Parallel()
	c := prices(t)
	ascending := bson.D{{Key: "price", Value: 1}, {Key: "_id", Value: 1}}
	for name, test := range map[string]struct {
		filter bson.D
		opts   *options.FindOptionsBuilder
		want   string
	}{
		"a decimal":     {at(decimal(t, "1.5")), options.Find(), "[1 3]"},
		"a double":      {at(1.5), options.Find(), "[1 3]"},
		"not exactly":   {at(decimal(t, "0.1")), options.Find(), "[9]"},
		"of an element": {at(decimal(t, "20.0")), options.Find(), "[7]"},
		"less":          {at(op("$lt", 1)), options.Find(), "[6 9 10]"},
		"within":        {at(bson.D{{Key: "$gt", Value: decimal(t, "1.5")}, {Key: "$lte", Value: decimal(t, "10.0")}}), options.Find(), "[2 4 7]"},
		"of the type":   {at(op("$type", "decimal")), options.Find(), "[1 4 6 7 9]"},
		"not":           {at(op("$nin", bson.A{2, decimal(t, "1.5"), nil})), options.Find(), "[4 5 6 7 9 10]"},
		"in order":      {bson.D{}, options.Find().SetSort(ascending), "[8 6 9 10 7 1 3 2 4 5]"},
		"in reverse":    {at(op("$type", "number")), options.Find().SetSort(bson.D{{Key: "price", Value: -1}, {Key: "_id", Value: 1}}), "[7 4 2 1 3 10 9 6]"},
		"a page":        {bson.D{}, options.Find().SetSort(ascending).SetSkip(2).SetLimit(3), "[9 10 7]"},
		"parts":         {at(op("$gte", 10)), options.Find().SetSort(ascending).SetProjection(bson.D{{Key: "price", Value: 1}}), "[7 4]"},
	} {
		cursor, err := c.Find(t.Context(), test.filter, test.opts)
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
	if n := count(t, c, at(op("$gt", decimal(t, "1.25")))); n != 5 {
		t.Errorf("%d counted, want 5", n)
	}
	distinct := must(t, c.Database(), `{"distinct": "orders", "key": "price", "query": {"price": {"$gte": 1}}}`)
	if got, want := distinct.Lookup("values").String(), `[{"$numberDecimal":"1.50"},{"$numberInt":"2"},{"$numberDecimal":"10"},{"$numberDecimal":"1.25"},{"$numberInt":"20"}]`; got != want {
		t.Errorf("distinct: %s", got)
	}
	aggregate := must(t, c.Database(), `{"aggregate": "orders", "pipeline": [{"$match": {"price": {"$gte": 2}}}, {"$sort": {"price": -1}}, {"$project": {"price": 1, "_id": 0}}, {"$limit": 2}], "cursor": {}}`)
	if got, want := aggregate.Lookup("cursor", "firstBatch", "1").String(), `{"price": {"$numberDecimal":"10"}}`; got != want {
		t.Errorf("aggregate: %s", got)
	}
	for _, refused := range []string{
		`{"aggregate": "orders", "pipeline": [{"$group": {"_id": null, "sum": {"$sum": "$price"}}}], "cursor": {}}`,
		`{"find": "orders", "filter": {"price": {"$bitsAllSet": 1}}}`,
	} {
		if _, err := run(t, c.Database(), refused); codeOf(err) != 238 {
			t.Errorf("%s: %v", refused, err)
		}
	}
	// Where there are none, the engine does what it can.
	must(t, c.Database(), `{"insert": "others", "documents": [{"_id": 1, "n": 3}]}`)
	must(t, c.Database(), `{"find": "others", "filter": {"n": {"$bitsAllSet": 1}}}`)
}

func TestDecimalsAreWritten(t *testing.T) {
	t.Parallel()
	c := prices(t)
	fifteen := decimal(t, "15.00")
	result, err := c.UpdateOne(t.Context(), at(decimal(t, "2.0")), set("price", fifteen))
	if err != nil || result.ModifiedCount != 1 {
		t.Errorf("update: %+v, %v", result, err)
	}
	result, err = c.UpdateMany(t.Context(), at(op("$gte", decimal(t, "10"))), bson.D{{Key: "$set", Value: bson.D{{Key: "dear", Value: true}}}, {Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}})
	if err != nil || result.ModifiedCount != 3 {
		t.Errorf("update many: %+v, %v", result, err)
	}
	upsert := options.UpdateOne().SetUpsert(true)
	for range 2 {
		result, err = c.UpdateOne(t.Context(), at(decimal(t, "7.7")), bson.D{{Key: "$push", Value: bson.D{{Key: "rates", Value: decimal(t, "0.07")}}}}, upsert)
		if err != nil || result.MatchedCount+result.UpsertedCount != 1 {
			t.Errorf("upsert: %+v, %v", result, err)
		}
	}
	raw, err := c.FindOne(t.Context(), at(decimal(t, "7.70"))).Raw()
	if err != nil || raw.Lookup("price").String() != `{"$numberDecimal":"7.7"}` || raw.Lookup("rates").String() != `[{"$numberDecimal":"0.07"},{"$numberDecimal":"0.07"}]` {
		t.Errorf("upserted %s, %v", raw, err)
	}
	after := options.FindOneAndUpdate().SetReturnDocument(options.After).SetSort(bson.D{{Key: "price", Value: 1}})
	raw, err = c.FindOneAndUpdate(t.Context(), at(op("$type", "decimal")), set("least", decimal(t, "1E+3")), after).Raw()
	if err != nil || raw.Lookup("_id").Int32() != 6 || raw.Lookup("least").String() != `{"$numberDecimal":"1E+3"}` {
		t.Errorf("modify: %s, %v", raw, err)
	}
	if _, err := c.ReplaceOne(t.Context(), id(8), at(decimal(t, "8.8"))); err != nil {
		t.Error(err)
	}
	deleted, err := c.DeleteMany(t.Context(), at(op("$lt", decimal(t, "1"))))
	if err != nil || deleted.DeletedCount != 3 {
		t.Errorf("delete: %+v, %v", deleted, err)
	}
	for update, what := range map[string]string{
		`{"$inc": {"n": {"$numberDecimal": "1"}}}`:         `no $inc of decimals, as at "n"`,
		`{"$inc": {"price": 1}}`:                           `no $inc of decimals, as at "price"`,
		`{"$min": {"price": 1}}`:                           `no $min of decimals, as at "price"`,
		`{"$addToSet": {"tags": {"$numberDecimal": "1"}}}`: `no $addToSet of decimals, as at "tags"`,
	} {
		if _, err := run(t, c.Database(), `{"update": "orders", "updates": [{"q": {"_id": 4}, "u": `+update+`}]}`); codeOf(err) != 238 || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", update, err)
		}
		if _, err := run(t, c.Database(), `{"findAndModify": "orders", "query": {"_id": 4}, "update": `+update+`}`); codeOf(err) != 238 {
			t.Errorf("modify, %s: %v", update, err)
		}
	}
}

func TestDecimalsAreNoIDs(t *testing.T) {
	t.Parallel()
	db := shop(t)
	for _, command := range []string{
		`{"insert": "orders", "documents": [{"_id": {"$numberDecimal": "1"}}]}`,
		`{"update": "orders", "updates": [{"q": {"_id": {"$numberDecimal": "1"}}, "u": {"$set": {"a": 1}}, "upsert": true}]}`,
		`{"findAndModify": "orders", "query": {"a": 1}, "update": {"_id": {"$numberDecimal": "1"}}, "upsert": true}`,
	} {
		if _, err := run(t, db, command); codeOf(err) != 238 {
			t.Errorf("%s: %v", command, err)
		}
	}
	if n := count(t, db.Collection("orders"), bson.D{}); n != 0 {
		t.Errorf("%d documents, want none", n)
	}
	must(t, db, `{"insert": "orders", "documents": [{"_id": 1}]}`)
	must(t, db, `{"update": "orders", "updates": [{"q": {"_id": {"$numberDecimal": "1"}}, "u": {"$set": {"a": 1}}, "upsert": true}]}`)
	must(t, db, `{"update": "orders", "updates": [{"q": {"_id": {"$numberDecimal": "2"}}, "u": {"$set": {"a": 1}}}]}`)
	if n := count(t, db.Collection("orders"), bson.D{{Key: "_id", Value: decimal(t, "1.0")}}); n != 1 {
		t.Errorf("%d documents, want 1", n)
	}
}

func TestDecimalsAreUniqueKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := start(t, dir)
	db := connect(t, server).Database("shop")
	c := db.Collection("orders")
	for _, name := range []string{"first", "made anew"} {
		must(t, db, `{"dropDatabase": 1}`)
		must(t, db, `{"createIndexes": "orders", "indexes": [{"key": {"price": 1}, "name": "x", "unique": true, "partialFilterExpression": {"price": {"$gte": {"$numberDecimal": "1"}}}}]}`)
		for i, test := range []struct {
			price any
			taken string
		}{
			{decimal(t, "1.50"), ""}, {1.5, `{"price": {"$numberDouble":"1.5"}}`}, {decimal(t, "1.5"), `{"price": {"$numberDecimal":"1.5"}}`}, {decimal(t, "0.5"), ""}, {0.5, ""},
		} {
			_, err := c.InsertOne(t.Context(), append(id(i), bson.E{Key: "price", Value: test.price}))
			expectTaken(t, c, fmt.Sprint(name, test.price), err, test.taken)
		}
		if n := count(t, c, at(1.5)); n != 1 {
			t.Errorf("%s: %d are 1.5, want 1", name, n)
		}
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	c = connect(t, start(t, dir)).Database("shop").Collection("orders")
	if n := count(t, c, at(op("$lt", 1))); n != 2 {
		t.Errorf("%d are less than 1, want 2", n)
	}
}
