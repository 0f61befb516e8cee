package scripted_test

import (
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// answers are commands, one after another, and how each answer begins, or the code
// that refuses the command.
type answers []struct {
	command, begins string
	code            int
}

func (list answers) check(t *testing.T, db *mongo.Database) {
	t.Helper()
	for _, a := range list {
		answer, err := run(t, db, a.command)
		if codeOf(err) != a.code || a.code == 0 && err != nil || a.code == 0 && !strings.HasPrefix(answer.String(), "{"+a.begins) {
			t.Errorf("%s:\n%s %v\nwant %s %d", a.command, answer, err, a.begins, a.code)
		}
	}
}

func database(t *testing.T) *mongo.Database {
	t.Helper()
	return connect(t, scripted.Start(t)).Database("shop")
}

const int1, int2, int0 = `{"$numberInt":"1"}`, `{"$numberInt":"2"}`, `{"$numberInt":"0"}`

func TestFindAndModify(t *testing.T) {
	t.Parallel()
	answers{
		{command: `{"findAndModify": "a", "query": {"_id": 1}, "update": {"$set": {"n": 1}}}`,
			begins: `"lastErrorObject": {"n": ` + int0 + `,"updatedExisting": false},"value": null,"ok": `},
		{command: `{"findAndModify": "a", "query": {"_id": 1}, "update": {"$set": {"n": 1}}, "upsert": true}`,
			begins: `"lastErrorObject": {"n": ` + int1 + `,"updatedExisting": false,"upserted": ` + int1 + `},"value": null,`},
		{command: `{"findAndModify": "a", "query": {"_id": 1}, "update": {"$set": {"n": 2}}}`,
			begins: `"lastErrorObject": {"n": ` + int1 + `,"updatedExisting": true},"value": {"_id": ` + int1 + `,"n": ` + int1 + `},`},
		{command: `{"findAndModify": "a", "query": {"_id": 1}, "update": {"m": 1}, "new": true}`,
			begins: `"lastErrorObject": {"n": ` + int1 + `,"updatedExisting": true},"value": {"_id": ` + int1 + `,"m": ` + int1 + `},`},
		{command: `{"findAndModify": "a", "query": {"_id": 2}, "update": {"m": 2}, "new": true, "upsert": true, "fields": {"m": 1, "_id": 0}}`,
			begins: `"lastErrorObject": {"n": ` + int1 + `,"updatedExisting": false,"upserted": ` + int2 + `},"value": {"m": ` + int2 + `},`},
		{command: `{"findAndModify": "a", "sort": {"m": -1}, "remove": true}`,
			begins: `"lastErrorObject": {"n": ` + int1 + `},"value": {"_id": ` + int2 + `,"m": ` + int2 + `},`},
		{command: `{"findAndModify": "a", "query": {"_id": 7}, "remove": true}`,
			begins: `"lastErrorObject": {"n": ` + int0 + `},"value": null,`},
		{command: `{"findAndModify": "a"}`, code: 9},
		{command: `{"findAndModify": "a", "remove": true, "update": {}}`, code: 9},
		{command: `{"findAndModify": "a", "remove": true, "new": true}`, code: 9},
		{command: `{"findAndModify": "a", "query": {"_id": 1}, "update": {"$set": {"_id": 2}}}`, code: 66},
		{command: `{"createIndexes": "a", "indexes": [{"key": {"m": 1}, "name": "m", "unique": true}]}`},
		{command: `{"findAndModify": "a", "query": {"_id": 2}, "update": {"m": 1}, "upsert": true}`, code: 11000},
	}.check(t, database(t))
}

// TestBatches shows what is done of a command that is refused in part.
func TestBatches(t *testing.T) {
	t.Parallel()
	answers{
		{command: `{"insert": "a", "documents": [{"_id": 1}, {"_id": 1}, {"_id": 2}]}`, code: 11000},
		{command: `{"count": "a"}`, begins: `"n": ` + int1},
		{command: `{"insert": "a", "ordered": false, "documents": [{"_id": 1}, {"_id": 2}, {"_id": [3]}]}`, code: 11000},
		{command: `{"count": "a"}`, begins: `"n": ` + int2},
		{command: `{"update": "a", "updates": [{"q": {}, "u": {"$set": {"n": 1}}, "multi": true}, {"q": {"_id": 1}, "u": {"$set": {"n": 1}}}]}`,
			begins: `"n": {"$numberInt":"3"},"nModified": ` + int2},
		{command: `{"update": "a", "updates": [{"q": {"_id": 5}, "u": {"$set": {"n": 5}}, "upsert": true}]}`,
			begins: `"n": ` + int1 + `,"upserted": [{"index": ` + int0 + `,"_id": {"$numberInt":"5"}}],"nModified": ` + int0},
		{command: `{"update": "a", "updates": [{"q": {}, "u": {"n": 1}, "multi": true}]}`, code: 9},
		{command: `{"update": "a", "updates": []}`, code: 16},
		{command: `{"delete": "a", "deletes": [{"q": {}, "limit": 1}]}`, begins: `"n": ` + int1},
		{command: `{"delete": "a", "deletes": [{"q": {"n": {"$gt": 0}}, "limit": 0}]}`, begins: `"n": ` + int2},
		{command: `{"delete": "a", "deletes": [{"q": {}, "limit": 2}]}`, code: 9},
		{command: `{"delete": "none", "deletes": [{"q": {}, "limit": 0}]}`, begins: `"n": ` + int0},
		{command: `{"insert": "a", "documents": [{"b": 1, "_id": 7}]}`, begins: `"n": ` + int1},
		{command: `{"find": "a"}`, begins: `"cursor": {"firstBatch": [{"_id": {"$numberInt":"7"},"b": ` + int1 + `}],`},
	}.check(t, database(t))
}

// TestShortReplies: what is more than an answer holds comes with another, and a document is
// never divided.
func TestShortReplies(t *testing.T) {
	t.Parallel()
	const document = 32 // bytes of {"_id": …, "text": "1234567"}
	for bytes, batches := range map[int]int{1: 3, 2*document - 1: 3, 2 * document: 2, 3 * document: 1} {
		server := scripted.Start(t, scripted.ShortReplies(bytes))
		db := connect(t, server).Database("shop")
		must(t, db, `{"insert": "a", "documents": [{"_id": 1, "text": "1234567"}, {"_id": 2, "text": "1234567"}, {"_id": 3, "text": "1234567"}]}`)
		cursor, err := db.Collection("a").Find(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		var docs []bson.Raw
		if err := cursor.All(t.Context(), &docs); err != nil || len(docs) != 3 || len(docs[0]) != document {
			t.Errorf("%d bytes: %v, %v", bytes, docs, err)
		}
		got := 0
		for _, c := range server.Commands() {
			if c.Name == "find" || c.Name == "getMore" {
				got++
			}
		}
		if got != batches {
			t.Errorf("%d bytes: %d answers, want %d", bytes, got, batches)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	client := connect(t, s)
	answers{
		{command: `{"create": "b"}`}, {command: `{"create": "a"}`}, {command: `{"create": "$a"}`, code: 73},
		{command: `{"listCollections": 1, "nameOnly": true}`, begins: `"cursor": {"firstBatch": [{"name": "a","type": "collection"},{"name": "b","type": "collection"}],"id": {"$numberLong":"0"},"ns": "shop.$cmd.listCollections"}`},
		{command: `{"listCollections": 1, "nameOnly": true, "filter": {"name": "b"}}`, begins: `"cursor": {"firstBatch": [{"name": "b","type": "collection"}],`},
		{command: `{"drop": "a"}`, begins: `"nIndexesWas": ` + int1 + `,"ns": "shop.a"`}, {command: `{"drop": "a"}`, begins: `"ok"`},
	}.check(t, client.Database("shop"))
	answers{{command: `{"create": "a"}`, code: 13297}}.check(t, client.Database("SHOP"))
	answers{
		{command: `{"listDatabases": 1, "nameOnly": true}`, begins: `"databases": [{"name": "shop"}],`},
		{command: `{"listDatabases": 1, "nameOnly": true, "filter": {"name": "other"}}`, begins: `"databases": [],`},
	}.check(t, client.Database("admin"))
	answers{{command: `{"dropDatabase": 1}`, begins: `"dropped": "shop"`}, {command: `{"dropDatabase": 1}`, begins: `"ok"`}}.check(t, client.Database("shop"))
	if names, err := client.ListDatabaseNames(t.Context(), bson.D{}); err != nil || len(names) != 0 {
		t.Errorf("%v, %v", names, err)
	}
}

// TestFiltersThatCannotBe are refused before a document is looked at.
func TestFiltersThatCannotBe(t *testing.T) {
	t.Parallel()
	db := database(t)
	for filter, code := range map[string]int{
		`{"a": {"$in": 1}}`: 2, `{"a": {"$all": 1}}`: 2, `{"a": {"$all": [{"$gt": 1}]}}`: 2, `{"a": {"$size": -1}}`: 2, `{"a": {"$size": "x"}}`: 2,
		`{"a": {"$mod": [1]}}`: 2, `{"a": {"$mod": [0, 1]}}`: 2, `{"a": {"$mod": ["x", 1]}}`: 2, `{"a": {"$type": "colour"}}`: 2, `{"a": {"$type": 99}}`: 2,
		`{"a": {"$type": []}}`: 9, `{"a": {"$type": true}}`: 14, `{"a": {"$elemMatch": 1}}`: 2, `{"a": {"$elemMatch": {"$fly": 1}}}`: 2, `{"a": {"$elemMatch": {"b": {"$fly": 1}}}}`: 2,
		`{"a": {"$regex": 1}}`: 2, `{"a": {"$regex": "("}}`: 51091, `{"a": {"$regex": "x", "$options": "x"}}`: 238, `{"a": {"$options": "i"}}`: 2,
		`{"a": {"$ne": {"$regularExpression": {"pattern": "x", "options": ""}}}}`: 2, `{"a": {"$gt": {"$regularExpression": {"pattern": "x", "options": ""}}}}`: 2,
		`{"a": {"$undefined": true}}`: 2, `{"a": {"$gt": {"$undefined": true}}}`: 2, `{"a": {"$not": {"b": 1}}}`: 2, `{"$and": 1}`: 2, `{"$and": [1]}`: 2, `{"$or": [{"$fly": 1}]}`: 2,
	} {
		if _, err := run(t, db, `{"find": "a", "filter": `+filter+`}`); codeOf(err) != code {
			t.Errorf("%s: %v", filter, err)
		}
	}
}

func TestUpdatesThatCannotBe(t *testing.T) {
	t.Parallel()
	db := database(t)
	must(t, db, `{"insert": "a", "documents": [{"_id": 1}]}`)
	for update, code := range map[string]int{
		`{"a": 1, "$set": {"b": 1}}`: 52, `{"$set": {"a": 1}, "b": 1}`: 9, `{"$push": {"a": {"$each": 1}}}`: 2, `{"$push": {"a": {"$each": [], "$fly": 1}}}`: 2,
		`{"$push": {"a": {"$each": [], "$slice": "x"}}}`: 2, `{"$push": {"a": {"$each": [], "$sort": "x"}}}`: 2, `{"$addToSet": {"a": {"$each": 1}}}`: 2,
		`{"$pull": {"a": {"$fly": 1}}}`: 2, `{"$pullAll": {"a": 1}}`: 2, `{"$pop": {"a": 2}}`: 9, `{"$rename": {"a": 1}}`: 2, `{"$rename": {"a": ""}}`: 56,
		`{"$currentDate": {"a": "now"}}`: 2, `{"$bit": {"a": {"and": 1}}}`: 238, `{"$set": {"a.$[]": 1}}`: 238, `{"$mul": {"a": "x"}}`: 14,
	} {
		if _, err := run(t, db, `{"update": "a", "updates": [{"q": {}, "u": `+update+`}]}`); codeOf(err) != code {
			t.Errorf("%s: %v", update, err)
		}
	}
}

func TestCurrentDate(t *testing.T) {
	t.Parallel()
	db := database(t)
	must(t, db, `{"insert": "a", "documents": [{"_id": 1}]}`)
	must(t, db, `{"update": "a", "updates": [{"q": {}, "u": {"$currentDate": {"a": true, "b": {"$type": "date"}, "c": {"$type": "timestamp"}}}}]}`)
	answers{{command: `{"count": "a", "query": {"a": {"$type": "date"}, "b": {"$type": "date"}, "c": {"$type": "timestamp"}}}`, begins: `"n": ` + int1}}.check(t, db)
}

// TestWhatIsSaidOfTheServer is what operators' commands answer.
func TestWhatIsSaidOfTheServer(t *testing.T) {
	t.Parallel()
	answers{
		{command: `{"ping": 1}`, begins: `"ok": {"$numberDouble":"1.0"}`},
		{command: `{"serverStatus": 1}`, begins: `"host": "127.0.0.1:`},
		{command: `{"getParameter": 1, "featureCompatibilityVersion": 1}`, begins: `"featureCompatibilityVersion": {"version": "8.0"}`},
		{command: `{"connectionStatus": 1}`, begins: `"authInfo": `},
		{command: `{"explain": {"find": "a"}}`, begins: `"explainVersion": "1"`},
	}.check(t, database(t))
}

// TestKeysAreShownAsMongoDBDoes, in the message about one that is taken.
func TestKeysAreShownAsMongoDBDoes(t *testing.T) {
	t.Parallel()
	db := database(t)
	for id, want := range map[string]string{
		`1`: `1`, `1.5`: `1.5`, `"x"`: `"x"`, `{"a": 1, "b": "y"}`: `{ a: 1, b: "y" }`, `{}`: `{}`, `true`: `true`, `null`: `null`, `{"$oid": "000000000000000000000001"}`: `ObjectId('000000000000000000000001')`,
		`{"$date": {"$numberLong": "5"}}`: `new Date(5)`, `{"$timestamp": {"t": 1, "i": 2}}`: `Timestamp(1, 2)`, `{"$binary": {"base64": "AQ==", "subType": "04"}}`: `BinData(4, AQ==)`,
		`{"$numberDecimal": "2.50"}`: `2.50`, `{"a": [1, 2]}`: `{ a: [ 1, 2 ] }`, `{"$code": "f()"}`: `f()`, `{"a": {"$regularExpression": {"pattern": "x", "options": "i"}}}`: `{ a: /x/i }`, `{"$minKey": 1}`: `minKey`,
	} {
		command := `{"insert": "a", "documents": [{"_id": ` + id + `}]}`
		must(t, db, command)
		if _, err := run(t, db, command); err == nil || !strings.HasSuffix(err.Error(), "index: _id_ dup key: { _id: "+want+" }]") {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestWhatIsNotModelled(t *testing.T) {
	t.Parallel()
	answers{
		{command: `{"fly": 1}`, code: 59},
		{command: `{"find": "a", "filter": {"$expr": true}}`, code: 238}, {command: `{"find": "a", "filter": {"a": {"$near": 1}}}`, code: 238},
		{command: `{"find": "a", "filter": {"a": {"$fly": 1}}}`, code: 2}, {command: `{"find": "a", "filter": {"$fly": 1}}`, code: 2},
		{command: `{"find": "a", "filter": {"a": {"$not": 1}}}`, code: 2}, {command: `{"find": "a", "filter": {"$or": []}}`, code: 2},
		{command: `{"find": "a", "sort": {"a": 2}}`, code: 15975}, {command: `{"find": "a", "sort": {"$natural": 1}}`, code: 238},
		{command: `{"find": "a", "collation": {"locale": "de"}}`, code: 238}, {command: `{"find": "a", "projection": {"a": {"$slice": 1}}}`, code: 238},
		{command: `{"find": "a", "projection": {"a": 1, "b": 0}}`, code: 31254}, {command: `{"find": "a", "filter": 1}`, code: 14},
		{command: `{"aggregate": "a", "pipeline": [{"$facet": {}}], "cursor": {}}`, code: 238}, {command: `{"aggregate": "a", "pipeline": []}`, code: 9},
		{command: `{"update": "a", "updates": [{"q": {}, "u": [{"$set": {"a": 1}}]}]}`, code: 238},
		{command: `{"insert": "a", "documents": [{"_id": 1, "b": [1]}]}`},
		{command: `{"update": "a", "updates": [{"q": {"b": 1}, "u": {"$set": {"b.$": 1}}}]}`, code: 238},
		{command: `{"find": "a", "startTransaction": true, "autocommit": false}`, code: 115},
		{command: `{"commitTransaction": 1}`, code: 59},
	}.check(t, database(t))
}

func TestProjection(t *testing.T) {
	t.Parallel()
	db := database(t)
	must(t, db, `{"insert": "a", "documents": [{"_id": "i", "a": "a", "b": {"c": "c", "d": "d"}, "e": [{"c": "c", "d": "d"}, "x"]}]}`)
	for projection, want := range map[string]string{
		`{}`:                      `{"_id": "i","a": "a","b": {"c": "c","d": "d"},"e": [{"c": "c","d": "d"},"x"]}`,
		`{"_id": 1}`:              `{"_id": "i"}`,
		`{"_id": 0}`:              `{"a": "a","b": {"c": "c","d": "d"},"e": [{"c": "c","d": "d"},"x"]}`,
		`{"a": 1}`:                `{"_id": "i","a": "a"}`,
		`{"a": true, "_id": 0}`:   `{"a": "a"}`,
		`{"a": 0, "b": 0}`:        `{"_id": "i","e": [{"c": "c","d": "d"},"x"]}`,
		`{"b.c": 1}`:              `{"_id": "i","b": {"c": "c"}}`,
		`{"b.c": 0, "e.d": 0}`:    `{"_id": "i","a": "a","b": {"d": "d"},"e": [{"c": "c"},"x"]}`,
		`{"e.c": 1}`:              `{"_id": "i","e": [{"c": "c"}]}`,
		`{"b": {"c": 1, "d": 1}}`: `{"_id": "i","b": {"c": "c","d": "d"}}`,
		`{"z": 1, "a.z": 1}`:      `{"_id": "i"}`,
	} {
		for _, command := range []string{`{"find": "a", "projection": ` + projection + `}`, `{"aggregate": "a", "pipeline": [{"$project": ` + projection + `}], "cursor": {}}`} {
			if got := listed(t, db, command); len(got) != 1 || got[0] != want {
				t.Errorf("%s: got %s", command, got)
			}
		}
	}
}

func TestPipelinesThatCannotBe(t *testing.T) {
	t.Parallel()
	db := database(t)
	must(t, db, `{"insert": "a", "documents": [{"_id": 1}]}`)
	for pipeline, code := range map[string]int{
		`{}`: 40323, `{"$match": 1}`: 15959, `{"$match": {"$fly": 1}}`: 2, `{"$sort": {"a": 7}}`: 15975, `{"$sort": 1}`: 15959, `{"$limit": 0}`: 15958, `{"$skip": -1}`: 15956,
		`{"$count": ""}`: 40156, `{"$project": 1}`: 15959, `{"$project": {"a": "$b"}}`: 238, `{"$unwind": "l"}`: 28818, `{"$unwind": {"path": "$l", "includeArrayIndex": "i"}}`: 238,
		`{"$group": {}}`: 15955, `{"$group": 1}`: 15959, `{"$group": {"_id": 1, "n": 1}}`: 40234, `{"$group": {"_id": 1, "n": {"$avg": 1}}}`: 238, `{"$group": {"_id": {"$add": [1, 2]}}}`: 238,
		`{"$group": {"_id": "$$NOW"}}`: 238, `{"$group": {"_id": ["$$NOW"]}}`: 238, `{"$group": {"_id": {"a": "$$NOW"}}}`: 238, `{"$group": {"_id": 1, "n": {"$sum": "$$NOW"}}}`: 238,
	} {
		if _, err := run(t, db, `{"aggregate": "a", "pipeline": [`+pipeline+`], "cursor": {}}`); codeOf(err) != code {
			t.Errorf("%s: %v", pipeline, err)
		}
	}
}

func TestDistinctAndCount(t *testing.T) {
	t.Parallel()
	db := database(t)
	must(t, db, `{"insert": "a", "documents": [{"a": 2}, {"a": [1, 2, [3]]}, {"a": {"$numberLong": "1"}}, {}, {"a": null}, {"a": []}]}`)
	answers{
		{command: `{"distinct": "a", "key": "a"}`, begins: `"values": [null,` + int1 + `,` + int2 + `],`},
		{command: `{"distinct": "a", "key": "a", "query": {"a": {"$gt": 1}}}`, begins: `"values": [` + int1 + `,` + int2 + `],`},
		{command: `{"count": "a", "query": {"a": {"$ne": null}}}`, begins: `"n": {"$numberInt":"4"}`},
		{command: `{"count": "a", "skip": 4, "limit": 5}`, begins: `"n": ` + int2},
		{command: `{"count": "none"}`, begins: `"n": ` + int0},
	}.check(t, db)
}

func TestPipelines(t *testing.T) {
	t.Parallel()
	db := database(t)
	must(t, db, `{"insert": "a", "documents": [{"_id": 1, "k": "x", "n": 1}, {"_id": 2, "k": "y", "n": 2.5}, {"_id": 3, "k": "x", "n": "?"}, {"_id": 4, "k": "x", "n": 4, "l": ["p", "q"]}]}`)
	for pipeline, want := range map[string]string{
		`{"$match": {"k": "x"}}, {"$count": "n"}`:                                                              `{"n": {"$numberInt":"3"}}`,
		`{"$match": {"k": "z"}}, {"$count": "n"}`:                                                              ``,
		`{"$sort": {"_id": -1}}, {"$skip": 1}, {"$limit": 2}, {"$project": {"_id": 1}}`:                        `{"_id": {"$numberInt":"3"}} {"_id": ` + int2 + `}`,
		`{"$group": {"_id": "$k", "sum": {"$sum": "$n"}, "count": {"$sum": 1}}}`:                               `{"_id": "x","sum": {"$numberInt":"5"},"count": {"$numberInt":"3"}} {"_id": "y","sum": {"$numberDouble":"2.5"},"count": ` + int1 + `}`,
		`{"$group": {"_id": null, "min": {"$min": "$n"}, "max": {"$max": "$_id"}, "first": {"$first": "$l"}}}`: `{"_id": null,"min": ` + int1 + `,"max": {"$numberInt":"4"},"first": null}`,
		`{"$match": {"k": "x"}}, {"$group": {"_id": {"k": "$k", "z": "$z"}, "ids": {"$push": "$_id"}}}`:        `{"_id": {"k": "x"},"ids": [` + int1 + `,{"$numberInt":"3"},{"$numberInt":"4"}]}`,
		`{"$match": {"_id": 4}}, {"$group": {"_id": ["$l", "$z", {"$literal": "$k"}, "$$ROOT"]}}`:              `{"_id": [["p","q"],null,"$k",{"_id": {"$numberInt":"4"},"k": "x","n": {"$numberInt":"4"},"l": ["p","q"]}]}`,
		`{"$group": {"_id": null, "last": {"$last": "$k"}, "set": {"$addToSet": "$k"}}}`:                       `{"_id": null,"last": "x","set": ["x","y"]}`,
		`{"$unwind": "$l"}, {"$project": {"l": 1}}`:                                                            `{"_id": {"$numberInt":"4"},"l": "p"} {"_id": {"$numberInt":"4"},"l": "q"}`,
		`{"$unwind": {"path": "$l", "preserveNullAndEmptyArrays": true}}, {"$count": "n"}`:                     `{"n": {"$numberInt":"5"}}`,
	} {
		if got := strings.Join(listed(t, db, `{"aggregate": "a", "pipeline": [`+pipeline+`], "cursor": {}}`), " "); got != want {
			t.Errorf("%s: got %s", pipeline, got)
		}
	}
}

func TestCursorsEnd(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	coll := things(t, s)
	for range 5 {
		must(t, coll.Database(), `{"insert": "things", "documents": [{}]}`)
	}
	open := func(size int) int64 {
		t.Helper()
		return must(t, coll.Database(), fmt.Sprintf(`{"find": "things", "batchSize": %d}`, size)).Lookup("cursor", "id").Int64()
	}
	if id := open(5); id != 0 || s.Cursors() != 0 {
		t.Errorf("cursor %d, and %d are open, though all came at once", id, s.Cursors())
	}
	more := func(id int64) string {
		return fmt.Sprintf(`{"getMore": {"$numberLong": "%d"}, "collection": "things", "batchSize": 3}`, id)
	}
	id := open(0)
	answers{
		{command: more(id), begins: `"cursor": {"nextBatch": [{`},
		{command: more(id), begins: `"cursor": {"nextBatch": [{`}, {command: more(id), code: 43},
	}.check(t, coll.Database())
	id = open(1)
	must(t, coll.Database(), fmt.Sprintf(`{"killCursors": "things", "cursors": [{"$numberLong": "%d"}]}`, id))
	answers{{command: more(id), code: 43}}.check(t, coll.Database())
	id = open(1)
	s.ExpireCursors()
	answers{{command: more(id), code: 43}}.check(t, coll.Database())
	must(t, coll.Database(), `{"find": "things", "batchSize": 1, "singleBatch": true}`)
	if n := s.Cursors(); n != 0 {
		t.Errorf("%d cursors are left", n)
	}
}

// TestHello is what each kind of server says of itself.
func TestHello(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]struct {
		wire         int32
		set, mongos  bool
		noSuchMember string
	}{
		"replica set 8": {wire: 25, set: true, noSuchMember: "msg"}, "replica set 7": {wire: 21, set: true, noSuchMember: "msg"},
		"mongos 8": {wire: 25, mongos: true, noSuchMember: "setName"}, "standalone 7": {wire: 21, noSuchMember: "$clusterTime"},
	} {
		s := scripted.Start(t, kinds[name]...)
		raw := must(t, connect(t, s).Database("admin"), `{"hello": 1}`)
		if raw.Lookup("maxWireVersion").Int32() != says.wire || raw.Lookup("logicalSessionTimeoutMinutes").Int32() != 30 || !raw.Lookup("isWritablePrimary").Boolean() {
			t.Errorf("%s: %s", name, raw)
		}
		if set, _ := raw.Lookup("setName").StringValueOK(); (set != "") != says.set {
			t.Errorf("%s: %s", name, raw)
		}
		if msg, _ := raw.Lookup("msg").StringValueOK(); (msg == "isdbgrid") != says.mongos {
			t.Errorf("%s: %s", name, raw)
		}
		if _, err := raw.LookupErr(says.noSuchMember); err == nil {
			t.Errorf("%s says %s: %s", name, says.noSuchMember, raw)
		}
		version := must(t, connect(t, s).Database("admin"), `{"buildInfo": 1}`).Lookup("version").StringValue()
		if version[:1] != name[len(name)-1:] {
			t.Errorf("%s is of version %s", name, version)
		}
	}
}

// TestCommandsOfTheWrongTypes are refused, or find nothing; they do not end the
// server.
func TestCommandsOfTheWrongTypes(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	w := dial(t, s)
	for _, name := range []string{
		"endSessions", "killCursors", "getMore", "find", "count", "distinct", "aggregate", "insert", "update", "delete", "findAndModify", "create", "drop", "dropDatabase",
		"createIndexes", "dropIndexes", "listIndexes", "listCollections", "listDatabases", "collMod", "explain", "hello", "ping",
	} {
		for _, v := range []any{1, "a", nil, bson.A{1}, bson.D{{Key: "a", Value: 1}}, true} {
			command := bson.D{{Key: name, Value: v}}
			for _, option := range []string{
				"filter", "query", "q", "u", "update", "updates", "deletes", "documents", "indexes", "index", "pipeline", "cursor", "cursors", "collection", "key", "sort", "projection",
				"fields", "limit", "skip", "batchSize", "hint", "lsid", "txnNumber", "topologyVersion", "validator", "remove", "upsert", "$readPreference", "arrayFilters", "collation",
			} {
				command = append(command, bson.E{Key: option, Value: v})
			}
			w.send(0, append(command, bson.E{Key: "$db", Value: "shop"}))
			if answer, _ := w.receive(); answer.Lookup("ok").Type != bson.TypeDouble {
				t.Errorf("%s of %v: %s", name, v, answer)
			}
			for _, list := range []string{"updates", "deletes", "documents", "indexes", "pipeline"} {
				w.send(0, bson.D{{Key: name, Value: "a"}, {Key: list, Value: bson.A{bson.D{{Key: "q", Value: v}, {Key: "u", Value: v}, {Key: "limit", Value: v}, {Key: "key", Value: v}, {Key: "name", Value: v}}}}, {Key: "cursor", Value: bson.D{}}, {Key: "$db", Value: "shop"}})
				w.receive()
			}
		}
	}
}
