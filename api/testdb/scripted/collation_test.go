package scripted_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/testdb/scripted/internal/literal"
)

// TestCollations are modelled as far as the case of ASCII goes: of commands, indexes and
// collections.
func TestCollations(t *testing.T) {
	t.Parallel()
	db := database(t)
	const folds = `"collation": {"locale": "en", "strength": 2}`
	must(t, db, `{"create": "own", `+folds+`}`)
	must(t, db, `{"createIndexes": "own", "indexes": [{"key": {"a": 1}, "name": "a", "unique": true}, {"key": {"a": -1}, "name": "bytes", "collation": {"locale": "simple"}}]}`)
	for _, name := range []string{"plain", "own"} {
		for i, doc := range []string{`{"_id": 1, "a": "Ada"}`, `{"_id": 2, "a": "bob"}`, `{"_id": 3, "a": "Carl"}`} {
			if _, err := db.Collection(name).InsertOne(t.Context(), literal.Doc(t, doc)); err != nil {
				t.Fatal(i, err)
			}
		}
	}
	for _, c := range []struct{ command, want string }{
		{`{"find": "plain", "filter": {"a": "ADA"}}`, ``},
		{`{"find": "plain", "filter": {"a": "ADA"}, ` + folds + `}`, `1 `},
		{`{"find": "own", "filter": {"a": "ADA"}}`, `1 `},
		{`{"find": "own", "filter": {"a": "ADA"}, "collation": {"locale": "simple"}}`, ``},
		{`{"find": "plain", "sort": {"a": 1}}`, `1 3 2 `},
		{`{"find": "plain", "sort": {"a": 1}, ` + folds + `}`, `1 2 3 `},
		{`{"find": "plain", "filter": {"a": {"$type": ["binData", "string"]}}, "sort": {"a": -1}, ` + folds + `}`, `3 2 1 `},
		{`{"aggregate": "own", "pipeline": [{"$match": {"a": {"$gt": "BOB"}}}], "cursor": {}}`, `3 `},
	} {
		batch, _ := must(t, db, c.command).Lookup("cursor", "firstBatch").Array().Values()
		got := ""
		for _, doc := range batch {
			got += string(rune('0'+doc.Document().Lookup("_id").AsInt64())) + " "
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.command, got, c.want)
		}
	}
	_, err := db.Collection("own").InsertOne(t.Context(), literal.Doc(t, `{"a": "ADA"}`))
	if !mongo.IsDuplicateKeyError(err) {
		t.Errorf("a key in another case: %v", err)
	}
	listed, _ := must(t, db, `{"listIndexes": "own"}`).Lookup("cursor", "firstBatch").Array().Values()
	for i, want := range []string{"en", "en", ""} {
		collation, _ := listed[i].Document().Lookup("collation").DocumentOK()
		locale, _ := collation.Lookup("locale").StringValueOK()
		if alternate, _ := collation.Lookup("alternate").StringValueOK(); locale != want || (want != "") != (alternate == "non-ignorable") {
			t.Errorf("index %d is listed with %s", i, collation)
		}
	}
}
