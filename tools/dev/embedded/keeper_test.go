package embedded_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/tools/dev/embedded"
)

func TestIndexesAreFoundAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir)
	declare(t, connect(t, first).Database("shop"), "things")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	db := connect(t, start(t, dir)).Database("shop")
	expectDeclared(t, db, "things")
	for n, taken := range []bool{false, true} {
		_, err := db.Collection("things").InsertOne(t.Context(), bson.D{{Key: "a", Value: 1}, {Key: "n", Value: n}})
		if mongo.IsDuplicateKeyError(err) != taken {
			t.Errorf("document %d: %v", n, err)
		}
	}
}

func TestIndexesGoWithTheirCollection(t *testing.T) {
	t.Parallel()
	db := shop(t)
	for name, end := range map[string]func(){
		"drop":         func() { must(t, db, `{"drop": "things"}`) },
		"dropDatabase": func() { must(t, db, `{"dropDatabase": 1}`) },
		"rename": func() {
			must(t, db.Client().Database("admin"), `{"renameCollection": "shop.things", "to": "shop.others"}`)
		},
	} {
		declare(t, db, "things")
		end()
		if _, err := run(t, db, `{"listIndexes": "things"}`); codeOf(err) != 26 {
			t.Errorf("%s: listed of no collection: %v", name, err)
		}
		if _, err := db.Collection("things").InsertMany(t.Context(), []any{bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "a", Value: 1}}}); err != nil {
			t.Errorf("%s: indexes of the collection that was are enforced: %v", name, err)
		}
		if got := listed(t, db, "things"); len(got) > 0 {
			t.Errorf("%s: the collection made anew has %v", name, got)
		}
		must(t, db, `{"drop": "things"}`)
	}
	declare(t, db, "things")
	must(t, db.Client().Database("admin"), `{"renameCollection": "shop.things", "to": "shop.people"}`)
	expectDeclared(t, db, "people")
	one := bson.D{{Key: "a", Value: 1}}
	if _, err := db.Collection("people").InsertMany(t.Context(), []any{one, one}); !mongo.IsDuplicateKeyError(err) || !strings.Contains(err.Error(), "shop.people index: unique dup key") {
		t.Errorf("under its other name: %v", err)
	}
}

// lines are what a server logs.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// take is what was logged since the last call.
func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return l.text.String()
}

func TestWhatIsNotEnforcedIsSaid(t *testing.T) {
	t.Parallel()
	log := &lines{}
	cfg := config(t, t.TempDir())
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	serve := func() (*embedded.Server, *mongo.Client) {
		server, err := embedded.Start(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		return server, connect(t, server)
	}
	server, client := serve()
	collated := `{"createIndexes": "things", "indexes": [{"key": {"a": 1}, "name": "loose", "unique": true, "collation": {"locale": "en", "strength": 2}}, {"key": {"b": 1}, "name": "strict", "unique": true, "collation": {"locale": "de"}}]}`
	must(t, client.Database("shop"), collated)
	folds, bytes := "texts are compared by their bytes and whatever the case of ASCII letters: ", "texts are compared by their bytes: "
	if said := log.take(); strings.Count(said, "\n") != 1 || !strings.Contains(said, folds+"loose of things; "+bytes+"strict of things") {
		t.Errorf("collations: said %q", said)
	}
	must(t, client.Database("bank"), collated)
	if said := log.take(); said != "" {
		t.Errorf("of another database: said %q", said)
	}
	declare(t, client.Database("shop"), "others")
	if said := log.take(); !strings.Contains(said, folds+"collated of others; there is no text search: text of others; there are no geographical queries: sphere of others, flat of others") {
		t.Errorf("kinds: said %q", said)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	log.take()
	server, _ = serve()
	if said := log.take(); strings.Count(said, "\n") != 1 || strings.Count(said, "loose of things") != 1 || strings.Count(said, "text of others") != 1 {
		t.Errorf("at the start: said %q", said)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	db := shop(t)
	must(t, db, `{"insert": "things", "documents": [{"_id": 1, "a": "x"}]}`)
	text := "$text is not implemented: the embedded server has no text search"
	for command, want := range map[string]string{
		`{"update": "things", "updates": [{"q": {"_id": 1}, "u": {"$set": {"n": {"$numberDouble": "NaN"}}}}]}`: `"n" is NaN, which`,
		`{"insert": "things", "documents": [{"lines": [{"code": {"$code": "f()"}}]}]}`:                         `"code" is of type javascript, which the embedded server neither stores nor looks for`,
		`{"find": "things", "filter": {"a": {"$lt": {"$maxKey": 1}}}}`:                                         `"$lt" is of type maxKey`,
		`{"find": "things", "filter": {"$text": {"$search": "x"}}}`:                                            text,
		`{"count": "things", "query": {"$and": [{"$text": {"$search": "x"}}]}}`:                                text,
		`{"aggregate": "things", "pipeline": [{"$match": {"$text": {"$search": "x"}}}], "cursor": {}}`:         text,
		`{"update": "things", "updates": [{"q": {"$text": {"$search": "x"}}, "u": {"$set": {"a": 1}}}]}`:       text,
	} {
		if _, err := run(t, db, command); codeOf(err) != 238 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", command, err, want)
		}
	}
	// A sequence of documents, as drivers send it.
	if _, err := db.Collection("things").InsertOne(t.Context(), bson.D{{Key: "least", Value: bson.MinKey{}}}); codeOf(err) != 238 {
		t.Errorf("inserted: %v", err)
	}
	if _, err := db.Collection("things").InsertOne(t.Context(), bson.D{{Key: "own", Value: bson.Binary{Subtype: 0xdc, Data: make([]byte, 16)}}}); codeOf(err) != 2 {
		t.Errorf("inserted what decimals are kept as: %v", err)
	}
	if n := count(t, db.Collection("things"), bson.D{{Key: "a", Value: "x"}}); n != 1 {
		t.Errorf("%d documents as they were, want 1", n)
	}
}
