package scripted_test

import (
	"testing"

	"github.com/partywall/partywall/api/testdb/scripted/internal/literal"
)

// TestText is modelled as far as whole words go: which documents have them, their order,
// and how the index is listed.
func TestText(t *testing.T) {
	t.Parallel()
	db := database(t)
	for _, doc := range []string{`{"_id": 1, "a": "red house"}`, `{"_id": 2, "b": {"c": ["Red", "red"]}}`, `{"_id": 3, "a": "green"}`} {
		if _, err := db.Collection("words").InsertOne(t.Context(), literal.Doc(t, doc)); err != nil {
			t.Fatal(err)
		}
	}
	answers{
		{command: `{"find": "words", "filter": {"$text": {"$search": "red"}}}`, code: 27},
		{command: `{"createIndexes": "words", "indexes": [{"key": {"a": "text", "b.c": "text"}, "name": "w", "weights": {"a": 5}}]}`},
		{command: `{"createIndexes": "words", "indexes": [{"key": {"a": "text"}, "name": "more"}]}`, code: 85},
		{command: `{"createIndexes": "words", "indexes": [{"key": {"a": "text", "b": 1}, "name": "mixed"}]}`, code: 238},
		{command: `{"find": "words", "filter": {"$text": {"$search": "red"}, "a": {"$unknown": 1}}}`, code: 2},
		{command: `{"find": "words", "filter": {"$text": {"$search": "\"red house\""}}}`, code: 238},
		{command: `{"find": "words", "filter": {"$text": {"$search": "red"}}, "sort": {"a": 1}}`, code: 238},
	}.check(t, db)
	for command, want := range map[string]string{
		`{"find": "words", "filter": {"$text": {"$search": "RED"}}, "sort": {"score": {"$meta": "textScore"}}}`:                  "12",
		`{"find": "words", "filter": {"$text": {"$search": "red"}, "_id": {"$ne": 1}}}`:                                          "2",
		`{"find": "words", "filter": {"$text": {"$search": "red -house"}}}`:                                                      "2",
		`{"find": "words", "filter": {"$text": {"$search": "green red"}}, "sort": {"score": {"$meta": "textScore"}, "_id": -1}}`: "312",
		`{"aggregate": "words", "pipeline": [{"$match": {"$text": {"$search": "red"}}}, {"$sort": {"_id": -1}}], "cursor": {}}`:  "21",
	} {
		batch, _ := must(t, db, command).Lookup("cursor", "firstBatch").Array().Values()
		got := ""
		for _, doc := range batch {
			got += string(rune('0' + doc.Document().Lookup("_id").AsInt64()))
		}
		if got != want {
			t.Errorf("%s: %s, want %s", command, got, want)
		}
	}
	listed, _ := must(t, db, `{"listIndexes": "words"}`).Lookup("cursor", "firstBatch").Array().Values()
	x := listed[1].Document()
	want := literal.Doc(t, `{"key": {"_fts": "text", "_ftsx": 1}, "weights": {"a": 5, "b.c": 1}, "default_language": "english", "language_override": "language"}`)
	elements, _ := want.Elements()
	for _, e := range elements {
		if got := x.Lookup(e.Key()); !got.Equal(e.Value()) {
			t.Errorf("%s is listed as %s", e.Key(), got)
		}
	}
	must(t, db, `{"collMod": "words", "index": {"name": "w", "hidden": true}}`)
	if _, err := run(t, db, `{"find": "words", "filter": {"$text": {"$search": "red"}}}`); err == nil {
		t.Error("a hidden index is searched")
	}
}
