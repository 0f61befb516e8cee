package scripted_test

import (
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/testdb/scripted/internal/literal"
)

// run sends a command that is written down, and returns the answer.
func run(t *testing.T, db *mongo.Database, command string) (bson.Raw, error) {
	t.Helper()
	return db.RunCommand(t.Context(), literal.Doc(t, command)).Raw()
}

// must is run of a command that is not to fail.
func must(t *testing.T, db *mongo.Database, command string) bson.Raw {
	t.Helper()
	raw, err := run(t, db, command)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return raw
}

// uniqueness is an index, documents that it holds, and one that it refuses or not.
type uniqueness struct {
	index     string
	documents []string
	another   string
	refused   bool
	// value is the key that is taken, as MongoDB says it.
	value    string
	embedded bool
}

var uniquenesses = []uniqueness{
	{index: `"key": {"a": 1}`, documents: []string{`{"a": 1}`}, another: `{"a": {"$numberLong": "1"}}`, refused: true, value: `{"a": {"$numberLong":"1"}}`},
	{index: `"key": {"a": 1}`, documents: []string{`{"a": "x"}`}, another: `{"a": "X"}`},
	{index: `"key": {"a": 1}`, documents: []string{`{}`}, another: `{"a": null}`, refused: true, value: `{"a": null}`, embedded: true},
	{index: `"key": {"a": 1}`, documents: []string{`{"a": []}`}, another: `{"a": null}`},
	{index: `"key": {"a": 1}`, documents: []string{`{"a": [1, 2]}`}, another: `{"a": [2, 3]}`, refused: true, value: `{"a": {"$numberInt":"2"}}`, embedded: true},
	{index: `"key": {"a": 1}`, documents: []string{`{"a": [1, 2]}`}, another: `{"a": 2}`, refused: true, value: `{"a": {"$numberInt":"2"}}`, embedded: true},
	{index: `"key": {"a": 1}`, documents: []string{`{"a": 3}`}, another: `{"a": [2, 2]}`},
	{index: `"key": {"a.b": 1}`, documents: []string{`{"a": [{"b": 1}, {"b": 2}]}`}, another: `{"a": {"b": 2}}`, refused: true, value: `{"a.b": {"$numberInt":"2"}}`, embedded: true},
	{index: `"key": {"a": 1, "b": -1}`, documents: []string{`{"a": 1, "b": 1}`}, another: `{"a": 1, "b": 2}`},
	{index: `"key": {"a": 1, "b": -1}`, documents: []string{`{"a": 1, "b": 1}`}, another: `{"b": 1, "a": 1}`, refused: true, value: `{"a": {"$numberInt":"1"},"b": {"$numberInt":"1"}}`},
	{index: `"key": {"a": 1}, "sparse": true`, documents: []string{`{}`}, another: `{}`},
	{index: `"key": {"a": 1}, "sparse": true`, documents: []string{`{"a": null}`}, another: `{"a": null}`, refused: true, value: `{"a": null}`, embedded: true},
	{index: `"key": {"a": 1, "b": 1}, "sparse": true`, documents: []string{`{"b": 1}`}, another: `{"b": 1}`, refused: true, value: `{"a": null,"b": {"$numberInt":"1"}}`, embedded: true},
	{index: `"key": {"a": 1}, "partialFilterExpression": {"b": {"$gt": 1}}`, documents: []string{`{"a": 1, "b": 1}`}, another: `{"a": 1, "b": 5}`, embedded: true},
	{index: `"key": {"a": 1}, "partialFilterExpression": {"b": {"$gt": 1}}`, documents: []string{`{"a": 1, "b": 2}`}, another: `{"a": 1, "b": 5}`, refused: true, value: `{"a": {"$numberInt":"1"}}`, embedded: true},
}

// TestUniqueness tries each on insert, on update, and when the index is made.
func TestUniqueness(t *testing.T) {
	for _, s := range subjects(t) {
		for _, u := range uniquenesses {
			if s.embedded && u.embedded {
				continue
			}
			name := s.name + ": " + u.index + " " + u.another
			coll := s.db.Collection("unique")
			u.onWrites(t, name, s, coll)
			u.onMaking(t, name, s, coll)
		}
	}
}

func (u uniqueness) make(t *testing.T, coll *mongo.Collection) error {
	t.Helper()
	_, err := run(t, coll.Database(), `{"createIndexes": "`+coll.Name()+`", "indexes": [{`+u.index+`, "name": "x", "unique": true}]}`)
	return err
}

func (u uniqueness) fill(t *testing.T, coll *mongo.Collection, docs ...string) {
	t.Helper()
	for _, doc := range append(docs, u.documents...) {
		if _, err := coll.InsertOne(t.Context(), literal.Doc(t, doc)); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
	}
}

func (u uniqueness) onWrites(t *testing.T, name string, s subject, coll *mongo.Collection) {
	t.Helper()
	if err := u.make(t, coll); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	u.fill(t, coll, `{"_id": 7, "a": "another", "b": -1}`)
	_, err := coll.InsertOne(t.Context(), literal.Doc(t, u.another))
	u.check(t, name+", insert", s, err)
	if err == nil {
		_, err = coll.DeleteOne(t.Context(), literal.Doc(t, u.another))
		u.check(t, name+", delete", s, err)
	}
	if _, err := coll.UpdateByID(t.Context(), 7, bson.D{{Key: "$set", Value: bson.D{{Key: "c", Value: 0}}}}); err != nil {
		t.Errorf("%s: an update of something else: %v", name, err)
	}
	_, err = coll.ReplaceOne(t.Context(), bson.D{{Key: "_id", Value: 7}}, literal.Doc(t, u.another))
	u.check(t, name+", update", s, err)
	if err := coll.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (u uniqueness) onMaking(t *testing.T, name string, s subject, coll *mongo.Collection) {
	t.Helper()
	u.fill(t, coll, u.another)
	err := u.make(t, coll)
	if (err != nil) != u.refused || u.refused && !s.embedded && !mongo.IsDuplicateKeyError(err) {
		t.Errorf("%s, made later: %v", name, err)
	}
	if err := coll.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (u uniqueness) check(t *testing.T, name string, s subject, err error) {
	t.Helper()
	var refused mongo.WriteException
	if errors.As(err, &refused); (err != nil) != u.refused || u.refused && !mongo.IsDuplicateKeyError(err) {
		t.Errorf("%s: %v", name, err)
	} else if u.refused && !s.embedded {
		raw := refused.WriteErrors[0].Raw
		if got := raw.Lookup("keyValue").String(); got != u.value || !strings.Contains(err.Error(), "index: x dup key: ") {
			t.Errorf("%s: %s", name, raw)
		}
	}
}

// TestManyInsertsOfOneKey has one winner.
func TestManyInsertsOfOneKey(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	coll := things(t, s)
	must(t, coll.Database(), `{"createIndexes": "things", "indexes": [{"key": {"a": 1}, "name": "x", "unique": true}]}`)
	errs := make(chan error)
	for range 32 {
		go func() {
			_, err := coll.InsertOne(t.Context(), bson.D{{Key: "a", Value: 1}})
			errs <- err
		}()
	}
	won := 0
	for range 32 {
		if err := <-errs; err == nil {
			won++
		} else if !mongo.IsDuplicateKeyError(err) {
			t.Error(err)
		}
	}
	if n := stored(t, coll); won != 1 || n != 1 {
		t.Errorf("%d won, %d are stored", won, n)
	}
}

// TestMakingIndexes asks for another index beside {a: 1} called a.
func TestMakingIndexes(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]struct {
		code  int
		after int32
	}{
		`{"key": {"a": 1}, "name": "a"}`:                                                                 {after: 2},
		`{"key": {"a": {"$numberDouble": "1.0"}}, "name": "a"}`:                                          {after: 2},
		`{"key": {"a": 1}, "name": "b"}`:                                                                 {code: 85},
		`{"key": {"b": 1}, "name": "a"}`:                                                                 {code: 86},
		`{"key": {"a": -1}, "name": "a"}`:                                                                {code: 86},
		`{"key": {"a": 1}, "name": "a", "unique": true}`:                                                 {code: 86},
		`{"key": {"a": 1}, "name": "b", "unique": true}`:                                                 {after: 3},
		`{"key": {"a": 1}, "name": "b", "sparse": true}`:                                                 {after: 3},
		`{"key": {"a": 1}, "name": "b", "partialFilterExpression": {"b": 1}}`:                            {after: 3},
		`{"key": {"a": 1}, "name": "a", "expireAfterSeconds": 5}`:                                        {code: 85},
		`{"key": {"a": 1}, "name": "b", "expireAfterSeconds": 5}`:                                        {code: 85},
		`{"key": {"a": 1}, "name": "a", "hidden": true}`:                                                 {after: 2},
		`{"key": {"b": 1}, "name": "b", "sparse": true, "partialFilterExpression": {"b": 1}}`:            {code: 67},
		`{"key": {"b": 1}, "name": "b", "uniqe": true}`:                                                  {code: 197},
		`{"key": {}, "name": "b"}`:                                                                       {code: 67},
		`{"key": {"_id": 1}, "name": "_id_"}`:                                                            {after: 2},
		`{"key": {"b": 1}, "name": "b"}, {"key": {"c": 1}, "name": "c"}, {"key": {"a": 1}, "name": "a"}`: {after: 4},
		`{"key": {"b": 1}, "name": "b"}, {"key": {"c": 1}, "name": "a"}`:                                 {code: 86},
		`{"key": {"a": 1}, "name": "a"}, {"key": {"a": 1}, "name": "a"}`:                                 {after: 2},
	} {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			db := connect(t, scripted.Start(t)).Database("shop")
			must(t, db, `{"createIndexes": "things", "indexes": [{"key": {"a": 1}, "name": "a"}]}`)
			answer, err := run(t, db, `{"createIndexes": "things", "indexes": [`+spec+`]}`)
			if codeOf(err) != want.code {
				t.Fatalf("got %v, want %d", err, want.code)
			}
			if err == nil && answer.Lookup("numIndexesAfter").Int32() != want.after {
				t.Errorf("%s", answer)
			}
			if n := len(listed(t, db, `{"listIndexes": "things"}`)); err != nil && n != 2 {
				t.Errorf("%d indexes after a refusal", n)
			}
		})
	}
}

// listed are the documents of a command's first batch.
func listed(t *testing.T, db *mongo.Database, command string) []string {
	t.Helper()
	values, err := must(t, db, command).Lookup("cursor", "firstBatch").Array().Values()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, v := range values {
		texts = append(texts, v.String())
	}
	return texts
}

func TestListingIndexes(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	db := connect(t, s).Database("shop")
	if _, err := run(t, db, `{"listIndexes": "things"}`); codeOf(err) != 26 {
		t.Errorf("of a collection that is not there: %v", err)
	}
	must(t, db, `{"createIndexes": "things", "indexes": [{"name": "a", "unique": true, "key": {"a": -1}, "expireAfterSeconds": 5, "background": true}]}`)
	want := []string{
		`{"v": {"$numberInt":"2"},"key": {"_id": {"$numberInt":"1"}},"name": "_id_"}`,
		`{"v": {"$numberInt":"2"},"key": {"a": {"$numberInt":"-1"}},"name": "a","unique": true,"expireAfterSeconds": {"$numberInt":"5"}}`,
	}
	if got := listed(t, db, `{"listIndexes": "things"}`); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", got)
	}
	if err := s.SetBuilding("shop", "things", "a", true); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, db, `{"listIndexes": "things"}`); got[1] != want[1] {
		t.Errorf("not asked for builds: %s", got)
	}
	if got := listed(t, db, `{"listIndexes": "things", "includeBuildUUIDs": true}`); got[0] != want[0] || !strings.HasPrefix(got[1], `{"spec": `+want[1]+`,"buildUUID": {"$binary"`) {
		t.Errorf("asked for builds: %s", got)
	}
	stats := listed(t, db, `{"aggregate": "things", "pipeline": [{"$indexStats": {}}, {"$match": {"building": true}}], "cursor": {}}`)
	if len(stats) != 1 || !strings.HasPrefix(stats[0], `{"name": "a","key": {"a"`) || !strings.Contains(stats[0], `"spec": `+want[1]) {
		t.Errorf("%s", stats)
	}
	if err := s.SetBuilding("shop", "things", "b", true); err == nil {
		t.Error("an index that is not there is built")
	}
	must(t, db, `{"dropIndexes": "things", "index": {"a": -1}}`)
	for index, code := range map[string]int{`"a"`: 27, `"_id_"`: 72, `["a"]`: 27, `{"b": 1}`: 27} {
		if _, err := run(t, db, `{"dropIndexes": "things", "index": `+index+`}`); codeOf(err) != code {
			t.Errorf("drop %s: %v", index, err)
		}
	}
	if got := listed(t, db, `{"listIndexes": "things"}`); len(got) != 1 {
		t.Errorf("after dropping: %s", got)
	}
}

func TestChangingIndexes(t *testing.T) {
	t.Parallel()
	db := connect(t, scripted.Start(t)).Database("shop")
	must(t, db, `{"createIndexes": "things", "indexes": [{"name": "a", "key": {"a": 1}}, {"name": "at", "key": {"at": 1}, "expireAfterSeconds": 5}]}`)
	must(t, db, `{"insert": "things", "documents": [{"_id": 1, "a": 1}, {"_id": 2, "a": 1}]}`)
	change := func(index, want string, code int) {
		t.Helper()
		answer, err := run(t, db, `{"collMod": "things", "index": `+index+`}`)
		if codeOf(err) != code || code == 0 && !strings.HasPrefix(answer.String(), want) {
			t.Errorf("%s: %s, %v", index, answer, err)
		}
	}
	change(`{"name": "b", "hidden": true}`, ``, 27)
	change(`{"name": "a", "colour": true}`, ``, 72)
	change(`{"keyPattern": {"a": 1}, "hidden": true}`, `{"hidden_old": false,"hidden_new": true,`, 0)
	if got := listed(t, db, `{"listIndexes": "things"}`); !strings.HasSuffix(got[1], `"hidden": true}`) {
		t.Errorf("%s", got)
	}
	if _, err := run(t, db, `{"find": "things", "hint": "a"}`); codeOf(err) != 2 {
		t.Errorf("a hint at a hidden index: %v", err)
	}
	change(`{"name": "a", "hidden": false}`, `{"hidden_old": true,"hidden_new": false,`, 0)
	must(t, db, `{"find": "things", "hint": {"a": 1}}`)
	change(`{"name": "at", "expireAfterSeconds": 9}`, `{"expireAfterSeconds_old": {"$numberInt":"5"},"expireAfterSeconds_new": {"$numberInt":"9"},`, 0)
	change(`{"name": "a", "unique": true}`, ``, 72)
	change(`{"name": "a", "prepareUnique": true}`, `{"prepareUnique_old": false,"prepareUnique_new": true,`, 0)
	if _, err := run(t, db, `{"insert": "things", "documents": [{"_id": 3, "a": 1}]}`); codeOf(err) != 11000 {
		t.Errorf("a repeat under prepareUnique: %v", err)
	}
	must(t, db, `{"update": "things", "updates": [{"q": {"_id": 2}, "u": {"$set": {"b": 1}}}]}`)
	change(`{"name": "a", "unique": true}`, ``, 359)
	must(t, db, `{"update": "things", "updates": [{"q": {"_id": 2}, "u": {"$set": {"a": 2}}}]}`)
	change(`{"name": "a", "unique": true}`, `{"unique_new": true,`, 0)
	if got := listed(t, db, `{"listIndexes": "things"}`); !strings.HasSuffix(got[1], `"name": "a","unique": true}`) {
		t.Errorf("%s", got)
	}
	if _, err := run(t, db, `{"insert": "things", "documents": [{"_id": 3, "a": 1}]}`); codeOf(err) != 11000 {
		t.Errorf("a repeat: %v", err)
	}
}

func TestValidators(t *testing.T) {
	t.Parallel()
	db := connect(t, scripted.Start(t)).Database("shop")
	must(t, db, `{"create": "things", "validator": {"a": {"$gt": 1}}}`)
	must(t, db, `{"create": "things", "validator": {"a": {"$gt": 1}}}`)
	if _, err := run(t, db, `{"create": "things"}`); codeOf(err) != 48 {
		t.Errorf("created again with other options: %v", err)
	}
	must(t, db, `{"insert": "things", "documents": [{"_id": 1, "a": 2}]}`)
	if _, err := run(t, db, `{"insert": "things", "documents": [{"a": 1}]}`); codeOf(err) != 121 {
		t.Errorf("insert: %v", err)
	}
	if _, err := run(t, db, `{"update": "things", "updates": [{"q": {"_id": 1}, "u": {"$set": {"a": 1}}}]}`); codeOf(err) != 121 {
		t.Errorf("update: %v", err)
	}
	for _, command := range []string{`{"create": "b", "capped": true}`, `{"create": "b", "validator": {"$jsonSchema": {}}}`, `{"collMod": "things", "validator": {}}`} {
		if _, err := run(t, db, command); codeOf(err) != 238 {
			t.Errorf("%s is modelled: %v", command, err)
		}
	}
}
