package embedded_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// run sends a command that is written in Extended JSON, and returns the reply.
func run(t *testing.T, db *mongo.Database, command string) (bson.Raw, error) {
	t.Helper()
	var doc bson.D
	if err := bson.UnmarshalExtJSON([]byte(command), false, &doc); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return db.RunCommand(t.Context(), doc).Raw()
}

// must is run of a command that is not to fail.
func must(t *testing.T, db *mongo.Database, command string) bson.Raw {
	t.Helper()
	reply, err := run(t, db, command)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return reply
}

// codeOf is the code of a server's error, 0 for no error.
func codeOf(err error) int {
	var server mongo.ServerError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &server):
		return server.ErrorCodes()[0]
	}
	return -1
}

// shop is a database on a server of its own.
func shop(t *testing.T) *mongo.Database {
	t.Helper()
	return connect(t, start(t, t.TempDir())).Database("shop")
}

// listed are the indexes of a collection but for that of _id, in relaxed Extended JSON.
func listed(t *testing.T, db *mongo.Database, collection string) (indexes []string) {
	t.Helper()
	cursor, err := db.Collection(collection).Indexes().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var docs []bson.D
	if err := cursor.All(t.Context(), &docs); err != nil {
		t.Fatal(err)
	}
	for i, doc := range docs {
		text, err := bson.MarshalExtJSON(doc, false, false)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if want := `{"v":2,"key":{"_id":1},"name":"_id_"}`; string(text) != want {
				t.Errorf("the first index is %s, want %s", text, want)
			}
			continue
		}
		indexes = append(indexes, string(text))
	}
	return indexes
}

// declared are indexes as they are created and as they are listed.
var declared = []struct{ created, listed string }{
	{`{"key": {"a": 1}, "name": "plain", "background": true, "unique": false}`, `{"v":2,"key":{"a":1},"name":"plain"}`},
	{`{"key": {"a": 1, "b.c": -1}, "name": "unique", "unique": true, "sparse": true}`, `{"v":2,"key":{"a":1,"b.c":-1},"name":"unique","unique":true,"sparse":true}`},
	{`{"key": {"at": 1}, "name": "ttl", "expireAfterSeconds": 3600.0}`, `{"v":2,"key":{"at":1},"name":"ttl","expireAfterSeconds":3600}`},
	{
		`{"key": {"c": 1}, "name": "partial", "partialFilterExpression": {"at": {"$gt": {"$date": "2020-01-01T00:00:00Z"}}, "n": {"$in": [1, {"$numberDecimal": "2.50"}]}}}`,
		`{"v":2,"key":{"c":1},"name":"partial","partialFilterExpression":{"at":{"$gt":{"$date":"2020-01-01T00:00:00Z"}},"n":{"$in":[1,{"$numberDecimal":"2.50"}]}}}`,
	},
	{
		`{"key": {"d": 1}, "name": "collated", "collation": {"locale": "en", "strength": 2}}`,
		`{"v":2,"key":{"d":1},"name":"collated","collation":{"locale":"en","caseLevel":false,"caseFirst":"off","strength":2,"numericOrdering":false,"alternate":"non-ignorable","maxVariable":"punct","normalization":false,"backwards":false,"version":"57.1"}}`,
	},
	{`{"key": {"e": 1}, "name": "bytes", "collation": {"locale": "simple"}, "hidden": true}`, `{"v":2,"key":{"e":1},"name":"bytes","hidden":true}`},
	{
		`{"key": {"f": 1, "title": "text", "body": "text", "g": -1}, "name": "text", "weights": {"title": 10}, "default_language": "french"}`,
		`{"v":2,"key":{"f":1,"_fts":"text","_ftsx":1,"g":-1},"name":"text","weights":{"body":1,"title":10},"default_language":"french","language_override":"language","textIndexVersion":3}`,
	},
	{`{"key": {"place": "2dsphere"}, "name": "sphere"}`, `{"v":2,"key":{"place":"2dsphere"},"name":"sphere","2dsphereIndexVersion":3}`},
	{`{"key": {"flat": "2d"}, "name": "flat", "bits": 20}`, `{"v":2,"key":{"flat":"2d"},"name":"flat","bits":20}`},
	{`{"key": {"h": "hashed"}, "name": "hashed"}`, `{"v":2,"key":{"h":"hashed"},"name":"hashed"}`},
	{`{"key": {"$**": 1}, "name": "wild", "wildcardProjection": {"a": 0}}`, `{"v":2,"key":{"$**":1},"name":"wild","wildcardProjection":{"a":0}}`},
}

// declare creates them all, in one command.
func declare(t *testing.T, db *mongo.Database, collection string) bson.Raw {
	t.Helper()
	var specs []string
	for _, d := range declared {
		specs = append(specs, d.created)
	}
	return must(t, db, `{"createIndexes": "`+collection+`", "indexes": [`+strings.Join(specs, ", ")+`]}`)
}

// expectDeclared fails if a collection has not just them, in their order.
func expectDeclared(t *testing.T, db *mongo.Database, collection string) {
	t.Helper()
	var want []string
	for _, d := range declared {
		want = append(want, d.listed)
	}
	if got := listed(t, db, collection); !slices.Equal(got, want) {
		t.Errorf("listed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestIndexesAreListedAsDeclared(t *testing.T) {
	t.Parallel()
	db := shop(t)
	n := int32(len(declared))
	for round, want := range []struct {
		before, after int32
		created       bool
	}{{1, 1 + n, true}, {1 + n, 1 + n, false}} {
		reply := declare(t, db, "things")
		if before, after := reply.Lookup("numIndexesBefore").Int32(), reply.Lookup("numIndexesAfter").Int32(); before != want.before || after != want.after || reply.Lookup("createdCollectionAutomatically").Boolean() != want.created {
			t.Errorf("round %d: %s", round, reply)
		}
		expectDeclared(t, db, "things")
	}
	for _, d := range declared { // as dumps are restored
		must(t, db, `{"createIndexes": "others", "indexes": [`+d.listed+`]}`)
	}
	expectDeclared(t, db, "others")
	if names, err := db.ListCollectionNames(t.Context(), bson.D{}); err != nil || !slices.Equal(names, []string{"others", "things"}) {
		t.Errorf("collections %v, %v", names, err)
	}
	if names, err := db.Client().ListDatabaseNames(t.Context(), bson.D{}); err != nil || !slices.Equal(names, []string{"shop"}) {
		t.Errorf("databases %v, %v", names, err)
	}
}

// TestIndexesBesideOthers asks for other indexes beside {a: 1} called a, and a text index.
func TestIndexesBesideOthers(t *testing.T) {
	t.Parallel()
	db := shop(t)
	for spec, want := range map[string]struct {
		code  int
		after int32
	}{
		`{"key": {"a": 1}, "name": "a"}`:                                                                 {after: 3},
		`{"key": {"a": {"$numberDouble": "1.0"}}, "name": "a"}`:                                          {after: 3},
		`{"key": {"a": 1}, "name": "b"}`:                                                                 {code: 85},
		`{"key": {"b": 1}, "name": "a"}`:                                                                 {code: 86},
		`{"key": {"a": -1}, "name": "a"}`:                                                                {code: 86},
		`{"key": {"a": 1}, "name": "a", "unique": true}`:                                                 {code: 86},
		`{"key": {"a": 1}, "name": "b", "unique": true}`:                                                 {after: 4},
		`{"key": {"a": 1}, "name": "b", "sparse": true}`:                                                 {after: 4},
		`{"key": {"a": 1}, "name": "b", "partialFilterExpression": {"b": 1}}`:                            {after: 4},
		`{"key": {"a": 1}, "name": "b", "collation": {"locale": "de"}}`:                                  {after: 4},
		`{"key": {"a": 1}, "name": "a", "expireAfterSeconds": 5}`:                                        {code: 85},
		`{"key": {"a": 1}, "name": "b", "expireAfterSeconds": 5}`:                                        {code: 85},
		`{"key": {"a": 1}, "name": "a", "hidden": true}`:                                                 {after: 3},
		`{"key": {"t": "text"}, "name": "t"}`:                                                            {after: 3},
		`{"key": {"t": "text"}, "name": "t", "weights": {"t": 2}}`:                                       {code: 85},
		`{"key": {"c": 1, "t": "text"}, "name": "ct"}`:                                                   {code: 67},
		`{"key": {"_id": 1}, "name": "_id_"}`:                                                            {after: 3},
		`{"key": {"_id": 1}, "name": "by_id"}`:                                                           {after: 3},
		`{"key": {"b": 1}, "name": "b"}, {"key": {"c": 1}, "name": "c"}, {"key": {"a": 1}, "name": "a"}`: {after: 5},
		`{"key": {"b": 1}, "name": "b"}, {"key": {"c": 1}, "name": "a"}`:                                 {code: 86},
		`{"key": {"b": 1}, "name": "b"}, {"key": {"b": 1}, "name": "b"}`:                                 {after: 4},
		`{"key": {"b": 1}, "name": "b"}, {"key": {"b": 1}, "name": "c"}`:                                 {code: 85},
	} {
		must(t, db, `{"createIndexes": "things", "indexes": [{"key": {"a": 1}, "name": "a"}, {"key": {"t": "text"}, "name": "t"}]}`)
		reply, err := run(t, db, `{"createIndexes": "things", "indexes": [`+spec+`]}`)
		if codeOf(err) != want.code {
			t.Errorf("%s: %v, want code %d", spec, err, want.code)
		}
		if err == nil && reply.Lookup("numIndexesAfter").Int32() != want.after {
			t.Errorf("%s: %s", spec, reply)
		}
		if n := len(listed(t, db, "things")); err != nil && n != 2 {
			t.Errorf("%s: %d indexes after a refusal", spec, n)
		}
		must(t, db, `{"drop": "things"}`)
	}
}

func TestRefusedDefinitions(t *testing.T) {
	t.Parallel()
	db := shop(t)
	for spec, code := range map[string]int{
		`"a"`:                               14,
		``:                                  2,
		`{"name": "b"}`:                     9,
		`{"key": {"b": 1}}`:                 9,
		`{"key": {}, "name": "b"}`:          67,
		`{"key": {"b": 0}, "name": "b"}`:    67,
		`{"key": {"b": "c"}, "name": "b"}`:  67,
		`{"key": {"b": 1}, "name": "_id_"}`: 2,
		`{"key": {"_id": -1}, "name": "b"}`: 2,
		`{"key": {"b": 1}, "name": "b", "uniqe": true}`:                                                                             197,
		`{"key": {"b": 1}, "name": "b", "unique": "yes"}`:                                                                           14,
		`{"key": {"b": 1}, "name": "b", "sparse": true, "partialFilterExpression": {"b": 1}}`:                                       67,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": 1}`:                                                              14,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": {"b": {"$ne": 1}}}`:                                              67,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": {"b": {"$exists": false}}}`:                                      67,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": {"$nor": [{"b": 1}]}}`:                                           67,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": {"$and": []}}`:                                                   2,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": {"$or": [1]}}`:                                                   2,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": {"$or": [{"b": {"$mod": [2, 1]}}]}}`:                             67,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": {"b": {"$type": "text"}}}`:                                       2,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": {"b": {"$regex": "a"}}}`:                                         67,
		`{"key": {"b": 1}, "name": "b", "partialFilterExpression": {"b": {"$regularExpression": {"pattern": "a", "options": ""}}}}`: 67,
		`{"key": {"b": 1}, "name": "b", "expireAfterSeconds": -1}`:                                                                  14,
		`{"key": {"b": 1}, "name": "b", "expireAfterSeconds": 1e12}`:                                                                14,
		`{"key": {"b": 1, "c": 1}, "name": "b", "expireAfterSeconds": 1}`:                                                           67,
		`{"key": {"_id": 1}, "name": "b", "expireAfterSeconds": 1}`:                                                                 67,
		`{"key": {"b": 1}, "name": "b", "collation": {"strength": 2}}`:                                                              14,
		`{"key": {"b": 1}, "name": "b", "collation": {"locale": "en", "colour": 2}}`:                                                14,
		`{"key": {"b": "text"}, "name": "b", "collation": {"locale": "en"}}`:                                                        67,
		`{"key": {"b": "hashed"}, "name": "b", "unique": true}`:                                                                     67,
	} {
		if _, err := run(t, db, `{"createIndexes": "things", "indexes": [`+spec+`]}`); codeOf(err) != code {
			t.Errorf("%s: %v, want code %d", spec, err, code)
		}
	}
	if names, err := db.ListCollectionNames(t.Context(), bson.D{}); err != nil || len(names) > 0 {
		t.Errorf("collections %v, %v", names, err)
	}
	if _, err := run(t, db, `{"createIndexes": "things"}`); codeOf(err) != 14 {
		t.Errorf("without indexes: %v", err)
	}
	if _, err := run(t, db, `{"listIndexes": "things"}`); codeOf(err) != 26 {
		t.Errorf("listed of no collection: %v", err)
	}
}

func TestDroppingIndexes(t *testing.T) {
	t.Parallel()
	db := shop(t)
	for index, want := range map[string]struct {
		code int
		left int
	}{
		`"ttl"`:           {left: len(declared) - 1},
		`["ttl", "text"]`: {left: len(declared) - 2},
		`{"at": 1}`:       {left: len(declared) - 1},
		`"*"`:             {},
		`"_id_"`:          {code: 72, left: len(declared)},
		`{"_id": 1}`:      {code: 72, left: len(declared)},
		`"none"`:          {code: 27, left: len(declared)},
		`["ttl", "none"]`: {code: 27, left: len(declared)},
		`{"at": -1}`:      {code: 27, left: len(declared)},
		`{"a": 1}`:        {code: 181, left: len(declared) + 1},
		`7`:               {code: 14, left: len(declared)},
	} {
		declare(t, db, "things")
		if want.code == 181 {
			must(t, db, `{"createIndexes": "things", "indexes": [{"key": {"a": 1}, "name": "twin", "unique": true}]}`)
		}
		reply, err := run(t, db, `{"dropIndexes": "things", "index": `+index+`}`)
		if codeOf(err) != want.code || err == nil && reply.Lookup("nIndexesWas").Int32() != int32(len(declared)+1) {
			t.Errorf("%s: %s, %v, want code %d", index, reply, err, want.code)
		}
		if n := len(listed(t, db, "things")); n != want.left {
			t.Errorf("%s: %d indexes left, want %d", index, n, want.left)
		}
		must(t, db, `{"drop": "things"}`)
	}
	if _, err := run(t, db, `{"dropIndexes": "things", "index": "*"}`); codeOf(err) != 26 {
		t.Errorf("dropped of no collection: %v", err)
	}
}

func TestChangingIndexes(t *testing.T) {
	t.Parallel()
	db := shop(t)
	must(t, db, `{"createIndexes": "things", "indexes": [{"name": "a", "key": {"a": 1}}, {"name": "at", "key": {"at": 1}, "expireAfterSeconds": 5}, {"name": "ab", "key": {"a": 1, "b": 1}}]}`)
	must(t, db, `{"insert": "things", "documents": [{"_id": 1, "a": 1}, {"_id": 2, "a": 1}, {"_id": 3, "a": [2, 3]}, {"_id": 4, "a": 3}]}`)
	change := func(index, want string, code int) {
		t.Helper()
		reply, err := run(t, db, `{"collMod": "things", "index": `+index+`}`)
		if codeOf(err) != code || code == 0 && reply.String() != want {
			t.Errorf("%s: %s, %v, want %s or code %d", index, reply, err, want, code)
		}
	}
	change(`{"name": "b", "hidden": true}`, ``, 27)
	change(`{"keyPattern": {"b": 1}, "hidden": true}`, ``, 27)
	change(`{"name": "_id_", "hidden": true}`, ``, 72)
	change(`{"hidden": true}`, ``, 72)
	change(`{"name": "a", "colour": true}`, ``, 72)
	change(`{"name": "a", "hidden": "yes"}`, ``, 72)
	change(`{"keyPattern": {"a": 1}, "hidden": true}`, `{"hidden_old": false,"hidden_new": true,"ok": {"$numberDouble":"1.0"}}`, 0)
	if got, want := listed(t, db, "things")[0], `{"v":2,"key":{"a":1},"name":"a","hidden":true}`; got != want {
		t.Errorf("hidden: %s", got)
	}
	change(`{"name": "a", "hidden": false}`, `{"hidden_old": true,"hidden_new": false,"ok": {"$numberDouble":"1.0"}}`, 0)
	change(`{"name": "at", "expireAfterSeconds": 9}`, `{"expireAfterSeconds_old": {"$numberInt":"5"},"expireAfterSeconds_new": {"$numberInt":"9"},"ok": {"$numberDouble":"1.0"}}`, 0)
	change(`{"name": "ab", "expireAfterSeconds": 9}`, ``, 67)
	change(`{"name": "a", "unique": true}`, ``, 72)
	change(`{"name": "a", "unique": false}`, ``, 72)
	if _, err := run(t, db, `{"collMod": "things", "index": {"name": "a", "unique": true}, "dryRun": true}`); codeOf(err) != 359 {
		t.Errorf("a dry run: %v", err)
	}
	change(`{"name": "a", "prepareUnique": true}`, `{"prepareUnique_old": false,"prepareUnique_new": true,"ok": {"$numberDouble":"1.0"}}`, 0)
	if _, err := db.Collection("things").InsertOne(t.Context(), bson.D{{Key: "a", Value: 1}}); !mongo.IsDuplicateKeyError(err) {
		t.Errorf("a repeat under prepareUnique: %v", err)
	}
	must(t, db, `{"update": "things", "updates": [{"q": {"_id": 2}, "u": {"$set": {"b": 1}}}]}`)
	_, err := run(t, db, `{"collMod": "things", "index": {"name": "a", "unique": true}}`)
	var refused mongo.CommandError
	if errors.As(err, &refused); codeOf(err) != 359 || !expectViolations(refused.Raw) {
		t.Errorf("repeats: %v, %s", err, refused.Raw)
	}
	must(t, db, `{"delete": "things", "deletes": [{"q": {"_id": {"$in": [2, 4]}}, "limit": 0}]}`)
	change(`{"name": "a", "unique": true}`, `{"unique_new": true,"ok": {"$numberDouble":"1.0"}}`, 0)
	change(`{"name": "a", "unique": true}`, `{"ok": {"$numberDouble":"1.0"}}`, 0)
	if got, want := listed(t, db, "things")[0], `{"v":2,"key":{"a":1},"name":"a","unique":true}`; got != want {
		t.Errorf("unique: %s", got)
	}
	for _, a := range []any{1, 3} {
		if _, err := db.Collection("things").InsertOne(t.Context(), bson.D{{Key: "a", Value: a}}); !mongo.IsDuplicateKeyError(err) {
			t.Errorf("a repeat: %v", err)
		}
	}
	if _, err := run(t, db, `{"collMod": "things", "validator": {}}`); codeOf(err) != 238 {
		t.Errorf("collMod of no index: %v", err)
	}
}

// expectViolations reports whether an error names 1 and 2, and 3 and 4, in whichever order of these pairs.
func expectViolations(raw bson.Raw) bool {
	groups, _ := raw.Lookup("violations").Array().Values()
	var texts []string
	for _, group := range groups {
		texts = append(texts, group.String())
	}
	slices.Sort(texts)
	return slices.Equal(texts, []string{
		`{"ids": [{"$numberInt":"1"},{"$numberInt":"2"}]}`, `{"ids": [{"$numberInt":"3"},{"$numberInt":"4"}]}`,
	})
}
