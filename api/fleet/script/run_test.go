package script_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// every has each kind of command, and of update, that changes more if it is done twice.
const every = `[
	{"insert": "a", "documents": [{"_id": 4, "n": 0}, {"n": 5}]},
	{"update": "a", "updates": [
		{"q": {"n": {"$lt": 100}}, "u": {"$inc": {"n": 1}}, "multi": true},
		{"q": {"_id": 9}, "u": {"$inc": {"n": 1}}, "upsert": true},
		{"q": {"kind": "x"}, "u": {"$set": {"kind": "y"}, "$push": {"list": 1}}},
		{"q": {"none": 1}, "u": {"$set": {"made": true}}, "upsert": true},
		{"q": {"_id": 1}, "u": {"replaced": 1}}
	]},
	{"create": "c"},
	{"update": "a", "updates": [{"q": {}, "u": {"$mul": {"m": 2}}, "multi": true}]},
	{"delete": "a", "deletes": [{"q": {"kind": "z"}, "limit": 0}]},
	{"update": "b", "updates": [{"q": {}, "u": {"$inc": {"_rev": 1}}, "multi": true}]},
	{"createIndexes": "a", "indexes": [{"key": {"m": 1}, "name": "m_1"}]},
	{"dropIndexes": "a", "index": "m_1"},
	{"drop": "b"},
	{"update": "a", "updates": [{"q": {}, "u": {"$inc": {"last": 1}}, "multi": true}]}
]`

func prepare(t *testing.T) *mongo.Database {
	t.Helper()
	db := testdb.Client(t).Database(testdb.Database(t, "script"))
	fill(t, db)
	return db
}

func fill(t *testing.T, db *mongo.Database) {
	t.Helper()
	for _, id := range []int32{1, 2, 3} {
		insert(t, db.Collection("a"), bson.D{{Key: "_id", Value: id}, {Key: "n", Value: id}, {Key: "m", Value: int32(3)}, {Key: "kind", Value: "x"}})
	}
	insert(t, db.Collection("a"), bson.D{{Key: "_id", Value: int32(7)}, {Key: "kind", Value: "z"}})
	insert(t, db.Collection("b"), bson.D{{Key: "_id", Value: int32(1)}})
}

func insert(t *testing.T, coll *mongo.Collection, doc bson.D) {
	t.Helper()
	if _, err := coll.InsertOne(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, text string) *script.Script {
	t.Helper()
	loaded, err := script.Load(files(map[string]string{"0001_a.up.json": text}), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Get(1).Up
}

// content returns a database's documents, without the _ids that nobody chose.
func content(t *testing.T, db *mongo.Database) []string {
	t.Helper()
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var all []string
	for _, name := range names {
		all = append(all, name)
		cursor, err := db.Collection(name).Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "n", Value: 1}, {Key: "_id", Value: 1}}))
		if err != nil {
			t.Fatal(err)
		}
		for cursor.Next(t.Context()) {
			var doc bson.M
			if err := bson.Unmarshal(cursor.Current, &doc); err != nil {
				t.Fatal(err)
			}
			if _, generated := doc["_id"].(bson.ObjectID); generated {
				delete(doc, "_id")
			}
			all = append(all, fmt.Sprint(map[string]any(doc)))
		}
	}
	return all
}

var errKilled = errors.New("killed")

// run carries s out until the save with that number, counted from 0, and the rest in a second
// attempt. It returns how often it saved.
func run(t *testing.T, s *script.Script, db *mongo.Database, kill int, between func()) (saves int) {
	t.Helper()
	var at script.Position
	r := script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: func(_ context.Context, p script.Position) error {
		if saves == kill {
			return errKilled
		}
		saves++
		at = p
		return nil
	}}
	err := s.Run(t.Context(), r)
	if !errors.Is(err, errKilled) {
		if err != nil {
			t.Fatal(err)
		}
		return saves
	}
	if between != nil {
		between()
	}
	kill = -1
	r.At, r.Resumed = at, true
	if err := s.Run(t.Context(), r); err != nil {
		t.Fatalf("taken up again: %v", err)
	}
	return saves
}

// TestTakenUpAgain is interrupted between each element and the record of it.
func TestTakenUpAgain(t *testing.T) {
	s := load(t, every)
	db := prepare(t)
	saves := run(t, s, db, -1, nil)
	want := content(t, db)
	if saves != 14 || strings.Contains(strings.Join(want, ""), "_migration") {
		t.Fatalf("%d saves; %q", saves, want)
	}
	for kill := range saves {
		db := prepare(t)
		run(t, s, db, kill, nil)
		if diff := cmp.Diff(want, content(t, db)); diff != "" {
			t.Errorf("killed at save %d (-want +have):\n%s", kill, diff)
		}
	}
}

// TestTakenUpInTheMiddle is interrupted when a command has changed some of its
// documents, and not the others.
func TestTakenUpInTheMiddle(t *testing.T) {
	s := load(t, `[{"update": "a", "updates": [{"q": {}, "u": {"$inc": {"n": 10}}, "multi": true}]}]`)
	db := prepare(t)
	run(t, s, db, 0, func() {
		_, err := db.Collection("a").ReplaceOne(t.Context(), bson.D{{Key: "_id", Value: 2}}, bson.D{{Key: "n", Value: int32(2)}})
		if err != nil {
			t.Fatal(err)
		}
	})
	for id, want := range map[int32]int32{1: 11, 2: 12, 3: 13} {
		var doc bson.M
		if err := db.Collection("a").FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&doc); err != nil {
			t.Fatal(err)
		}
		if _, marked := doc["_migration"]; doc["n"] != want || marked {
			t.Errorf("%v", doc)
		}
	}
}

// TestAnotherAttempt is not held up by the marks of one that was given up.
func TestAnotherAttempt(t *testing.T) {
	s := load(t, `[{"update": "a", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 10}}}]}]`)
	db := prepare(t)
	abandoned := script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: func(context.Context, script.Position) error { return errKilled }}
	if err := s.Run(t.Context(), abandoned); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if got, err := s.Traces(t.Context(), db, abandoned.Attempt, 0); err != nil || got != (script.Traces{Documents: 1}) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := script.Sweep(t.Context(), db, abandoned.Attempt); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Traces(t.Context(), db, abandoned.Attempt, 0); err != nil || got != (script.Traces{}) {
		t.Errorf("swept: %+v, %v", got, err)
	}
	if strings.Contains(strings.Join(content(t, db), ""), "_migration") {
		t.Error("marks are left")
	}
	run(t, s, db, -1, nil)
	var doc bson.M
	if err := db.Collection("a").FindOne(t.Context(), bson.D{{Key: "_id", Value: 1}}).Decode(&doc); err != nil || doc["n"] != int32(21) {
		t.Errorf("%v, %v", doc, err)
	}
}

// TestRefusedByTheDatabase names the file, the element and the statement.
func TestRefusedByTheDatabase(t *testing.T) {
	db := prepare(t)
	for text, says := range map[string]string{
		`[{"drop": "nothing"}, {"insert": "a", "documents": [{"_id": 1}]}]`:                                                "0001_a.up.json: element 2: insert a: statement 0 is refused with code 11000",
		`[{"update": "a", "updates": [{"q": {"_id": 2}, "u": {"$set": {"x": 1}}}, {"q": {"_id": 1}, "u": {"$fly": {}}}]}]`: "element 1, updates[1]: update a: ",
		`[{"create": "a", "capped": true, "size": 4096}]`:                                                                  "element 1: create a: ",
		`[{"dropIndexes": "a", "index": "nothing"}]`:                                                                       "element 1: dropIndexes a: ",
	} {
		r := script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: func(context.Context, script.Position) error { return nil }}
		err := load(t, text).Run(t.Context(), r)
		if _, server := errors.AsType[mongo.ServerError](err); err == nil || !strings.Contains(err.Error(), says) || server {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestAnotherDocumentInItsPlace is not taken for the one that was to be inserted,
// however often that is tried.
func TestAnotherDocumentInItsPlace(t *testing.T) {
	db := prepare(t)
	s := load(t, `[{"insert": "a", "documents": [{"n": 8, "_id": 8}, {"_id": 1, "mine": true}]}]`)
	r := script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: func(context.Context, script.Position) error { return nil }}
	if err := s.Run(t.Context(), r); err == nil || !strings.Contains(err.Error(), "code 11000") {
		t.Errorf("%v", err)
	}
	r.Resumed = true
	if err := s.Run(t.Context(), r); err == nil || !strings.Contains(err.Error(), `a document with the _id {"$numberInt":"1"} is there already, and is another`) {
		t.Errorf("taken up again: %v", err)
	}
	if _, err := db.Collection("a").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), r); err != nil {
		t.Error(err)
	}
	if all := strings.Join(content(t, db), "\n"); !strings.Contains(all, "map[_id:1 mine:true]") || !strings.Contains(all, "map[_id:8 n:8]") {
		t.Errorf("%s", all)
	}
}

// TestTraces has what another attempt would do again, by how far the first has come.
func TestTraces(t *testing.T) {
	s := load(t, `[
		{"create": "c"},
		{"insert": "a", "documents": [{"n": 1}, {"_id": 11, "n": 2}, {"n": 3}]},
		{"update": "a", "updates": [{"q": {"n": {"$lt": 100}}, "u": {"$inc": {"n": 1}}, "multi": true}]},
		{"update": "a", "updates": [{"q": {}, "u": {"$set": {"done": true}}, "multi": true}]}
	]`)
	for at, want := range []script.Traces{
		{},
		{Documents: 2},
		{Documents: 6, Element: "element 2"},
		{Element: "element 2"},
	} {
		db := prepare(t)
		r := script.Execution{DB: db, Attempt: bson.NewObjectID()}
		r.Save = func(_ context.Context, p script.Position) error {
			if p.Done > at {
				return errKilled
			}
			return nil
		}
		if err := s.Run(t.Context(), r); at < 3 && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		if got, err := s.Traces(t.Context(), db, r.Attempt, at); err != nil || got != want {
			t.Errorf("stopped at element %d: %+v, %v; want %+v", at+1, got, err, want)
		}
		if got, err := s.Traces(t.Context(), db, bson.NewObjectID(), 0); err != nil || got != (script.Traces{}) {
			t.Errorf("of another attempt: %+v, %v", got, err)
		}
	}
}

// TestAt names the place as errors do, statements of one update apart.
func TestAt(t *testing.T) {
	s := load(t, `[{"create": "c"}, {"update": "a", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}, {"q": {"_id": 2}, "u": {"$inc": {"n": 1}}}]}, {"drop": "b"}]`)
	for done, want := range []string{"element 1", "element 2, updates[0]", "element 2, updates[1]", "element 3", "element 4", ""} {
		if got := s.At(done); got != want {
			t.Errorf("after %d: %q, not %q", done, got, want)
		}
	}
}

// TestWhoseCollections: marks are looked for in all but the server's own.
func TestWhoseCollections(t *testing.T) {
	for name, want := range map[string]bool{"system.views": true, "system.buckets.visits": true, "systems": false, "my.system.views": false, "users": false} {
		if got := script.IsServers(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
