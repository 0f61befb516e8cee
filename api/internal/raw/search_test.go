package raw_test

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/wire"
)

// notes can be searched for words.
var notes = raw.Collection{Collection: meta.Collection{
	Name: "notes",
	Indexes: []meta.Index{
		{Name: "words", Keys: []meta.Key{{Path: "title"}, {Path: "text"}}, Text: &meta.TextSearch{
			Weights: []meta.Weight{{Path: "title", Weight: 10}, {Path: "text", Weight: 1}}, Language: "none", Override: "language",
		}},
	},
	Paths: []meta.Path{{Name: "_id"}},
}}

// makeWords makes the text index of notes, as a fleet does.
const makeWords = `{"createIndexes": "notes", "indexes": [{"name": "words", "key": {"title": "text", "text": "text"}, "weights": {"title": 10}}]}`

func found(t *testing.T, docs raw.Documents, s raw.Selection) (ids string, err error) {
	t.Helper()
	next, err := docs.Scan(t.Context(), s, func(doc bson.Raw) error {
		ids += string(rune('0' + doc.Lookup("_id").AsInt64()))
		return nil
	})
	if next != "" {
		t.Errorf("a search has a next page: %q", next)
	}
	return ids, err
}

func searching(text string) raw.Selection { return raw.Selection{Search: raw.SearchFor(text)} }

// code returns the code of the first field error of err, "" for none.
func code(err error) string {
	if invalid, ok := errors.AsType[*store.InvalidError](err); ok {
		return invalid.Fields[0].Pointer + " " + invalid.Fields[0].Code
	}
	return ""
}

// TestSearches give one page, the best matches first.
func TestSearches(t *testing.T) {
	t.Parallel()
	_, coll, server := modelled(t, &raw.Collection{Collection: meta.Collection{Name: "notes"}})
	docs := raw.In(tenantOf(coll), &notes)
	var command bson.D
	if err := bson.UnmarshalExtJSON([]byte(makeWords), false, &command); err != nil {
		t.Fatal(err)
	}
	if err := coll.Database().RunCommand(t.Context(), command).Err(); err != nil {
		t.Fatal(err)
	}
	insert(t, coll,
		bson.D{{Key: "_id", Value: 1}, {Key: "text", Value: "a red house"}}, bson.D{{Key: "_id", Value: 2}, {Key: "title", Value: "Red"}},
		bson.D{{Key: "_id", Value: 3}, {Key: "text", Value: "red, and red"}}, bson.D{{Key: "_id", Value: 4}, {Key: "text", Value: "green"}},
		bson.D{{Key: "_id", Value: 5}, {Key: "text", Value: "RED"}})
	for text, want := range map[string]string{"red": "2315", "red -house": "235", "green red": "23145", "blue": ""} {
		if got, err := found(t, docs, searching(text)); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
	few := searching("red")
	few.Limit = 2
	server.Reset()
	if got, err := found(t, docs, few); got != "23" || err != nil {
		t.Errorf("two of four: %s, %v", got, err)
	}
	if commands := server.Commands(); len(commands) != 1 || commands[0].Body.Lookup("limit").AsInt64() != 2 {
		t.Errorf("it took %d commands", len(commands))
	}
	if n, err := docs.Count(t.Context(), searching("red")); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if is, err := docs.HasAny(t.Context(), searching("blue")); is || err != nil {
		t.Errorf("there is one: %v", err)
	}
}

// TestSearchesThatAreNotServed: a search stands alone, and needs its index in the schema.
func TestSearchesThatAreNotServed(t *testing.T) {
	t.Parallel()
	without, coll, _ := modelled(t, &raw.Collection{Collection: meta.Collection{Name: "notes"}})
	docs := raw.In(tenantOf(coll), &notes)
	hidden := notes
	hidden.Indexes = []meta.Index{notes.Indexes[0]}
	hidden.Indexes[0].Hidden = true
	with := func(change func(s *raw.Selection)) raw.Selection {
		s := searching("red")
		change(&s)
		return s
	}
	search := store.Search[thing]("red")
	for name, c := range map[string]struct {
		docs raw.Documents
		s    raw.Selection
	}{
		"no index":       {without, searching("red")},
		"a hidden index": {raw.In(tenantOf(coll), &hidden), searching("red")},
		"no words":       {docs, searching(" ")},
		"a filter":       {docs, with(func(s *raw.Selection) { s.Where = equal("_id", "x") })},
		"a sort":         {docs, with(func(s *raw.Selection) { s.Sort = "_id" })},
		"a next page":    {docs, with(func(s *raw.Selection) { s.After = "x" })},
		"two searches":   {docs, raw.SelectionOf(store.And(search, search))},
		"a choice":       {docs, raw.SelectionOf(store.Or(search, search))},
		"unindexed":      {docs, raw.SelectionOf(store.Unindexed(search))},
	} {
		if _, err := found(t, c.docs, c.s); code(err) != "search not_served" && name != "a choice" || code(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := docs.Stream(t.Context(), searching("red"), nil); code(err) != "search not_served" {
		t.Errorf("a stream: %v", err)
	}
	insert(t, coll, bson.D{{Key: "_id", Value: 1}, {Key: "text", Value: "red"}})
	for name, err := range map[string]error{
		"find":  scanOf(t, docs),
		"count": func() error { _, err := docs.Count(t.Context(), searching("red")); return err }(),
		"any":   func() error { _, err := docs.HasAny(t.Context(), searching("red")); return err }(),
	} {
		if code(err) != "search "+raw.SearchUnsupported {
			t.Errorf("%s without the index in the database: %v", name, err)
		}
	}
}

func scanOf(t *testing.T, docs raw.Documents) error {
	t.Helper()
	_, err := found(t, docs, searching("red"))
	return err
}

// TestServersThatCannotSearch say so in different ways, and other errors stay what they are.
func TestServersThatCannotSearch(t *testing.T) {
	t.Parallel()
	_, coll, server := modelled(t, &raw.Collection{Collection: meta.Collection{Name: "notes"}})
	docs := raw.In(tenantOf(coll), &notes)
	insert(t, coll, bson.D{{Key: "_id", Value: 1}, {Key: "text", Value: "red"}})
	for n, want := range map[int32]string{2: "search search_unsupported", 9: "search search_unsupported", 115: "search search_unsupported", 238: "search search_unsupported", 15974: "search search_unsupported", 13: "", 96: ""} {
		server.Reset()
		server.On("find").Fail(scripted.Error{Code: n, Message: "no"})
		if err := scanOf(t, docs); err == nil || code(err) != want {
			t.Errorf("%d: %v", n, err)
		}
	}
	server.Reset()
	server.On("find").Times(3).Fail(scripted.Error{Code: 189, Message: "no"})
	if err := scanOf(t, docs); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a server that does not answer: %v", err)
	}
	server.Reset()
	server.On("find").Fail(scripted.Error{Code: 2, Message: "no"})
	if _, err := docs.Scan(t.Context(), raw.Selection{}, nil); err == nil || code(err) != "" {
		t.Errorf("another query: %v", err)
	}
}

// TestSearchesOfWhatIsNotThere find nothing, although MongoDB refuses $text where there is no collection.
func TestSearchesOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(t.Context())) })
	docs := raw.In(handle.NewTenant(client.Database("things"), nil, nil, nil), &notes)
	if got, err := found(t, docs, searching("red")); got != "" || err != nil {
		t.Errorf("a page: %q, %v", got, err)
	}
	if n, err := docs.Count(t.Context(), searching("red")); n != 0 || err != nil {
		t.Errorf("counted: %d, %v", n, err)
	}
	if n, more, err := docs.CountUpTo(t.Context(), searching("red"), 9); n != 0 || more || err != nil {
		t.Errorf("counted up to nine: %d, %t, %v", n, more, err)
	}
	if is, err := docs.HasAny(t.Context(), searching("red")); is || err != nil {
		t.Errorf("any: %t, %v", is, err)
	}
	server.On("find").Fail(scripted.Error{Code: 27, Message: "text index required for $text query"})
	server.On("find").Nth(2).Fail(scripted.Error{Code: 13, Message: "not authorized"})
	if err := scanOf(t, docs); err == nil || code(err) != "" {
		t.Errorf("a server that does not tell: %v", err)
	}
}

// TestSearchOnTheTestsServer: without the index there is an answer that says so, whatever
// server it is.
func TestSearchOnTheTestsServer(t *testing.T) {
	t.Parallel()
	tenant, db := newTenant(t)
	insert(t, db.Collection("notes"), bson.D{{Key: "title", Value: "red"}})
	if err := scanOf(t, raw.In(tenant, &notes)); code(err) != "search "+raw.SearchUnsupported {
		t.Errorf("%v", err)
	}
	if s := raw.SelectionOf(store.Search[thing]("red")); s.Search == nil || !s.Search.Condition.Value.Equal(wire.StringValue("red")) {
		t.Errorf("%+v", s)
	}
}
