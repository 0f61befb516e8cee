package scripted_test

import (
	"os"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/testdb/scripted/internal/literal"
)

// subject is a server that keeps, or ought to keep, MongoDB's rules: the scripted
// one, of either version, and the one that all tests use.
type subject struct {
	name    string
	db      *mongo.Database
	version int
	// embedded is the tests' own server, which differs where tests say so.
	embedded bool
}

func subjects(t *testing.T) []subject {
	t.Helper()
	list := []subject{
		{name: "scripted 8", db: connect(t, scripted.Start(t, scripted.Version(8))).Database("rules"), version: 8},
		{name: "scripted 7", db: connect(t, scripted.Start(t, scripted.Version(7))).Database("rules"), version: 7},
	}
	db := testdb.Client(t).Database(testdb.Database(t, "_rules"))
	other := subject{name: "the tests' server", db: db, version: 7, embedded: os.Getenv("MONGO_URI") == ""}
	var hello struct{ MaxWireVersion int }
	if err := db.RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	if hello.MaxWireVersion >= 25 {
		other.version = 8
	}
	return append(list, other)
}

// store fills a new collection with documents, {"_id": "name", …}.
func (s subject) store(t *testing.T, name string, docs []string) *mongo.Collection {
	t.Helper()
	coll := s.db.Collection(name)
	for _, doc := range docs {
		if _, err := coll.InsertOne(t.Context(), literal.Doc(t, doc)); err != nil {
			t.Fatalf("%s: %s: %v", s.name, doc, err)
		}
	}
	return coll
}

// found are the ids of the documents that a filter asks for, in an order.
func found(t *testing.T, coll *mongo.Collection, filter, sort string) (string, error) {
	t.Helper()
	cursor, err := coll.Find(t.Context(), literal.Doc(t, filter), options.Find().SetSort(literal.Doc(t, sort)))
	if err != nil {
		return "", err
	}
	defer func() { _ = cursor.Close(t.Context()) }()
	var ids []string
	for cursor.Next(t.Context()) {
		ids = append(ids, cursor.Current.Lookup("_id").StringValue())
	}
	return strings.Join(ids, " "), cursor.Err()
}

// matching are filters and the documents that they match. Embedded says that the
// embedded server is known to differ.
type matching struct {
	filter, want string
	// before8 is what versions before MongoDB 8 match, if it is something else.
	before8  string
	embedded bool
}

// plain are documents that every server stores.
var plain = []string{
	`{"_id": "absent"}`, `{"_id": "null", "a": null}`, `{"_id": "empty", "a": []}`, `{"_id": "nulls", "a": [null]}`,
	`{"_id": "one", "a": {"$numberInt": "1"}}`, `{"_id": "two", "a": {"$numberLong": "2"}}`, `{"_id": "half", "a": 0.5}`, `{"_id": "ones", "a": [1, 3]}`,
	`{"_id": "text", "a": "x"}`, `{"_id": "upper", "a": "X"}`, `{"_id": "texts", "a": ["x", "y"]}`, `{"_id": "lines", "a": "y\nx"}`,
	`{"_id": "doc", "a": {"b": 1, "c": 2}}`, `{"_id": "turned", "a": {"c": 2, "b": 1}}`, `{"_id": "docs", "a": [{"b": 1, "c": 5}, {"b": 7, "c": 2}]}`,
	`{"_id": "deep", "a": {"b": [{"c": 2}]}}`,
	`{"_id": "true", "a": true}`, `{"_id": "false", "a": false}`, `{"_id": "date", "a": {"$date": {"$numberLong": "1"}}}`,
	`{"_id": "id", "a": {"$oid": "000000000000000000000001"}}`, `{"_id": "bytes", "a": {"$binary": {"base64": "AQ==", "subType": "00"}}}`,
}

var plainMatches = []matching{
	{filter: `{}`, want: "absent bytes date deep doc docs empty false half id lines null nulls one ones text texts true turned two upper"},
	{filter: `{"a": 1}`, want: "one ones"},
	{filter: `{"a": {"$eq": 2}}`, want: "two"},
	{filter: `{"a": {"$ne": 1}, "_id": {"$in": ["one", "ones", "absent", "two"]}}`, want: "absent two"},
	{filter: `{"a": null}`, want: "absent null nulls"},
	{filter: `{"a": {"$ne": null}, "_id": {"$in": ["null", "nulls", "absent", "empty"]}}`, want: "empty"},
	{filter: `{"a": {"$in": [null, 2]}}`, want: "absent null nulls two"},
	{filter: `{"a": {"$gte": null}}`, want: "absent null nulls"},
	{filter: `{"a": {"$gt": null}}`, want: ""},
	{filter: `{"a": {"$gt": 1}}`, want: "ones two"},
	{filter: `{"a": {"$gte": 1, "$lt": 3}}`, want: "one ones two"},
	{filter: `{"a": {"$gt": 1, "$lt": 3}}`, want: "ones two"}, // not the same element
	{filter: `{"a": {"$elemMatch": {"$gt": 1, "$lt": 3}}}`, want: "", embedded: true},
	{filter: `{"a": {"$elemMatch": {"$gt": 2, "$lt": 4}}}`, want: "ones"},
	{filter: `{"a": {"$elemMatch": {"b": 7, "c": 2}}}`, want: "docs", embedded: true},
	{filter: `{"a": {"$elemMatch": {"b": 1, "c": 2}}}`, want: "", embedded: true},
	{filter: `{"a": {"$elemMatch": {"$or": [{"b": 7}, {"b": 9}]}}}`, want: "docs", embedded: true},
	{filter: `{"a": {"$elemMatch": {"$ne": 1}}}`, want: "docs nulls ones texts", embedded: true},
	{filter: `{"a": {"$elemMatch": {"$nin": [1, null]}}}`, want: "docs ones texts", embedded: true},
	{filter: `{"a": {"$exists": 0}}`, want: "absent", embedded: true},
	{filter: `{"a": {"$exists": null}}`, want: "absent", embedded: true},
	{filter: `{"a.b": 1, "a.c": 2}`, want: "doc docs turned"},
	{filter: `{"a": {"b": 1, "c": 2}}`, want: "doc"},
	{filter: `{"a": {"$lt": {"b": 1, "c": 3}}}`, want: "doc"}, // the name c comes after b
	{filter: `{"a": [1, 3]}`, want: "ones"},
	{filter: `{"a": [3, 1]}`, want: ""},
	{filter: `{"a": {"$gt": []}}`, want: "docs nulls ones texts", embedded: true},
	{filter: `{"a": {"$lte": [1, 3]}}`, want: "empty nulls ones"},
	{filter: `{"a.0": 1}`, want: "ones"},
	{filter: `{"a.1.c": 2}`, want: "docs"},
	{filter: `{"a.b.c": 2}`, want: "deep"},
	{filter: `{"a.b": {"$exists": false}, "_id": {"$in": ["doc", "docs", "empty", "one"]}}`, want: "empty one"},
	{filter: `{"a.b": null, "_id": {"$in": ["doc", "docs", "empty", "nulls", "one", "absent", "null"]}}`, want: "absent null one", embedded: true},
	{filter: `{"a": {"$exists": true}, "_id": {"$in": ["absent", "null", "empty"]}}`, want: "empty null"},
	{filter: `{"a": {"$type": "null"}}`, want: "null nulls"},
	{filter: `{"a": {"$type": "array"}}`, want: "docs empty nulls ones texts"},
	{filter: `{"a": {"$type": "number"}}`, want: "half one ones two"},
	{filter: `{"a": {"$type": ["bool", 9]}}`, want: "date false true", embedded: true},
	{filter: `{"a": {"$type": "int"}}`, want: "one ones"},
	{filter: `{"a": {"$lt": 1}}`, want: "half"},
	{filter: `{"a": {"$lt": "y"}}`, want: "text texts upper"},
	{filter: `{"a": {"$lte": false}}`, want: "false"},
	{filter: `{"a": {"$gt": {"$date": {"$numberLong": "0"}}}}`, want: "date"},
	{filter: `{"a": {"$gte": {"$oid": "000000000000000000000001"}}}`, want: "id"},
	{filter: `{"a": {"$binary": {"base64": "AQ==", "subType": "00"}}}`, want: "bytes"},
	{filter: `{"a": {"$lt": {"$binary": {"base64": "AA==", "subType": "01"}}}}`, want: "bytes"},
	{filter: `{"a": {"$lt": {"$maxKey": 1}}, "_id": {"$in": ["null", "one", "id"]}}`, want: "id null one", embedded: true},
	{filter: `{"a": {"$gt": {"$minKey": 1}}, "_id": {"$in": ["absent", "one"]}}`, want: "absent one", embedded: true},
	{filter: `{"a": {"$regex": "^x"}}`, want: "text texts"},
	{filter: `{"a": {"$regex": "^x", "$options": "i"}}`, want: "text texts upper"},
	{filter: `{"a": {"$regex": "^x", "$options": "m"}}`, want: "lines text texts"},
	{filter: `{"a": {"$regularExpression": {"pattern": "^X", "options": ""}}}`, want: "upper"},
	{filter: `{"a": {"$in": [{"$regularExpression": {"pattern": "^X", "options": ""}}, 1]}}`, want: "one ones upper"},
	{filter: `{"a": {"$not": {"$regex": "x"}}, "_id": {"$in": ["text", "upper", "absent"]}}`, want: "absent upper"},
	{filter: `{"a": {"$not": {"$gt": 1}}, "_id": {"$in": ["one", "two", "ones", "absent", "text"]}}`, want: "absent one text"},
	{filter: `{"a": {"$nin": [1, "x"]}, "_id": {"$in": ["one", "two", "ones", "absent", "text", "texts"]}}`, want: "absent two"},
	{filter: `{"a": {"$all": [1, 3]}}`, want: "ones"},
	{filter: `{"a": {"$all": [1]}}`, want: "one ones"},
	{filter: `{"a": {"$all": [[1, 3]]}}`, want: "ones"},
	{filter: `{"a": {"$all": []}}`, want: ""},
	{filter: `{"a": {"$all": [{"$elemMatch": {"b": 1}}, {"$elemMatch": {"c": 2}}]}}`, want: "docs", embedded: true},
	{filter: `{"a": {"$size": 2}}`, want: "docs ones texts", embedded: true},
	{filter: `{"a": {"$size": 0}}`, want: "empty"},
	{filter: `{"a": {"$mod": [2, 1]}}`, want: "one ones", embedded: true},
	{filter: `{"a": {"$mod": [2, 0]}}`, want: "half two"}, // of 0.5 without its fraction
	{filter: `{"a": {"$regex": {"$regularExpression": {"pattern": "^X", "options": "i"}}}}`, want: "text texts upper"},
	{filter: `{"a": {"$not": {"$regularExpression": {"pattern": "x", "options": ""}}}, "_id": {"$in": ["text", "upper"]}}`, want: "upper"},
	{filter: `{"$or": [{"a": 1}, {"a": "x"}]}`, want: "one ones text texts"},
	{filter: `{"$and": [{"a": 1}, {"a": 3}]}`, want: "ones"},
	{filter: `{"$nor": [{"a": {"$exists": true}}]}`, want: "absent"},
	{filter: `{"$nor": [{}]}`, want: ""},
	{filter: `{"$comment": "why", "a": 2}`, want: "two"},
}

// exotic are documents with types that only MongoDB stores, and the scripted server.
var exotic = []string{
	`{"_id": "absent"}`, `{"_id": "null", "a": null}`, `{"_id": "undefined", "a": {"$undefined": true}}`, `{"_id": "undefineds", "a": ["x", {"$undefined": true}]}`,
	`{"_id": "decimal", "a": {"$numberDecimal": "1.0"}}`, `{"_id": "int", "a": 1}`, `{"_id": "decimalNaN", "a": {"$numberDecimal": "NaN"}}`, `{"_id": "nan", "a": {"$numberDouble": "NaN"}}`, `{"_id": "inf", "a": {"$numberDouble": "Infinity"}}`,
	`{"_id": "symbol", "a": {"$symbol": "s"}}`, `{"_id": "string", "a": "s"}`, `{"_id": "min", "a": {"$minKey": 1}}`, `{"_id": "max", "a": {"$maxKey": 1}}`,
	`{"_id": "code", "a": {"$code": "f()"}}`, `{"_id": "scoped", "a": {"$code": "f()", "$scope": {}}}`, `{"_id": "pointer", "a": {"$dbPointer": {"$ref": "a", "$id": {"$oid": "000000000000000000000001"}}}}`,
	`{"_id": "regex", "a": {"$regularExpression": {"pattern": "s", "options": ""}}}`, `{"_id": "timestamp", "a": {"$timestamp": {"t": 1, "i": 1}}}`,
	`{"_id": "nested", "a": [[4, 5]]}`,
}

var exoticMatches = []matching{
	{filter: `{"a": null}`, want: "absent null", before8: "absent null undefined undefineds"},
	{filter: `{"a": {"$in": [null]}}`, want: "absent null", before8: "absent null undefined undefineds"},
	{filter: `{"a": {"$lte": null}}`, want: "absent null", before8: "absent null undefined undefineds"},
	{filter: `{"a": {"$type": "undefined"}}`, want: "undefined undefineds"},
	{filter: `{"a": {"$exists": false}}`, want: "absent"},
	{filter: `{"a": 1}`, want: "decimal int"},
	{filter: `{"a": {"$numberDecimal": "1.000"}}`, want: "decimal int"},
	{filter: `{"a": {"$type": "decimal"}}`, want: "decimal decimalNaN"},
	{filter: `{"a": {"$numberDouble": "NaN"}}`, want: "decimalNaN nan"},
	{filter: `{"a": {"$lte": 1}}`, want: "decimal int"},
	{filter: `{"a": {"$gt": {"$numberDouble": "NaN"}}}`, want: ""},
	{filter: `{"a": {"$gt": 1}}`, want: "inf"},
	{filter: `{"a": {"$elemMatch": {"$elemMatch": {"$gt": 4}}}}`, want: "nested"},
	{filter: `{"a": [4, 5]}`, want: "nested"},
	{filter: `{"a": {"$all": [[4, 5]]}}`, want: "nested"},
	{filter: `{"a.0.1": 5}`, want: "nested"},
	{filter: `{"a.0": 4}`, want: ""},
	{filter: `{"a.b": null, "_id": "nested"}`, want: ""},
	{filter: `{"a": {"$gte": {"$numberDouble": "NaN"}}}`, want: "decimalNaN nan"},
	{filter: `{"a": {"$mod": [2, 1]}}`, want: "decimal int"},
	{filter: `{"a": "s"}`, want: "string symbol"},
	{filter: `{"a": {"$symbol": "s"}}`, want: "string symbol"},
	{filter: `{"a": {"$regularExpression": {"pattern": "s", "options": ""}}}`, want: "regex string symbol"},
	{filter: `{"a": {"$eq": {"$regularExpression": {"pattern": "s", "options": ""}}}}`, want: "regex"},
	{filter: `{"a": {"$minKey": 1}}`, want: "min"},
	{filter: `{"a": {"$lte": {"$minKey": 1}}}`, want: "min"},
	{filter: `{"a": {"$gte": {"$maxKey": 1}}}`, want: "max"},
	{filter: `{"a": {"$type": -1}}`, want: "min"},
	{filter: `{"a": {"$type": ["maxKey", "javascript", 15, "dbPointer", "timestamp"]}}`, want: "code max pointer scoped timestamp"},
	{filter: `{"a": {"$code": "f()"}}`, want: "code"},
	{filter: `{"a": {"$gte": {"$timestamp": {"t": 1, "i": 1}}}}`, want: "timestamp"},
}

func TestMatching(t *testing.T) {
	for _, s := range subjects(t) {
		check := func(name string, docs []string, matches []matching) {
			coll := s.store(t, name, docs)
			for _, m := range matches {
				if s.embedded && m.embedded {
					continue
				}
				want := m.want
				if s.version < 8 && m.before8 != "" {
					want = m.before8
				}
				if got, err := found(t, coll, m.filter, `{"_id": 1}`); err != nil || got != want {
					t.Errorf("%s: %s: got %q, %v, want %q", s.name, m.filter, got, err, want)
				}
			}
		}
		check("plain", plain, plainMatches)
		if !s.embedded {
			check("exotic", exotic, exoticMatches)
		}
	}
}

// sorting are orders, and the documents in them.
type sorting struct {
	sort, want string
	embedded   bool
}

var plainSorts = []sorting{
	{sort: `{"a": 1, "_id": 1}`, want: "empty absent null nulls half one ones two upper text texts lines doc docs turned deep bytes id false true date"},
	{sort: `{"a": -1, "_id": 1}`, want: "date true false id bytes deep turned docs doc lines texts text upper ones two one half absent null nulls empty"},
	{sort: `{"a.b": -1, "_id": -1}`, want: "deep docs turned doc upper two true texts text ones one nulls null lines id half false empty date bytes absent", embedded: true},
	{sort: `{"a.c": 1, "a.b": -1, "_id": 1}`, want: "deep absent bytes date empty false half id lines null nulls one ones text texts true two upper docs doc turned", embedded: true},
}

var exoticSorts = []sorting{
	{sort: `{"a": 1, "_id": 1}`, want: "min undefined undefineds absent null decimalNaN nan decimal int inf string symbol nested timestamp regex pointer code scoped max"},
	{sort: `{"a": -1, "_id": -1}`, want: "max scoped code pointer regex timestamp nested undefineds symbol string inf int decimal nan decimalNaN null absent undefined min"},
}

func TestSorting(t *testing.T) {
	for _, s := range subjects(t) {
		check := func(name string, docs []string, sorts []sorting) {
			coll := s.store(t, name, docs)
			for _, o := range sorts {
				if s.embedded && o.embedded {
					continue
				}
				if got, err := found(t, coll, `{}`, o.sort); err != nil || got != o.want {
					t.Errorf("%s: %s: got %v\n%s, want\n%s", s.name, o.sort, err, got, o.want)
				}
			}
		}
		check("plain", plain, plainSorts)
		if !s.embedded {
			check("exotic", exotic, exoticSorts)
		}
	}
}
