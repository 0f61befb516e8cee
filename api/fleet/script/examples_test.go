package script_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/testdb/scripted"
)

const (
	examples = "../../../docs/examples/migrations"
	page     = "../../../docs/migrations.md"
)

// booked is the schema behind the newest example.
var booked = []meta.Collection{{Name: "bookings", Fields: []meta.Field{
	{Name: "code", Kind: "String"}, {Name: "updatedAt", Kind: "Time"}, {Name: "address", Kind: "Object", Fields: []meta.Field{{Name: "city", Kind: "String"}}},
}}}

// Bookings as a Mongoose process leaves them, as the examples make them, and as these leave them
// on the way back.
var (
	bookedBefore = []string{
		`{"_id": 1, ` + common + `, "from": "2021-03-04", "nights": "3", "zip": 1010, "state": "ok", "city": "Wien",
			"guests": [{"account": "6b049d63d28cf555e0d01131", "mail": "ada@example.com", "note": "vip"}, {"account": "6b049d63d28cf555e0d01134"}],
			"prices": {"room": {"amount": 19.99}, "tax": {"amount": 2}}}`,
		`{"_id": 2, "code": "A7", "updatedAt": {"$date": "2021-03-04T00:00:00Z"}, "city": "Wien", "state": "ok"}`,
		`{"_id": 3, ` + common + `, "from": "04.03.2021 18:00", "state": "nok", "source": "phone", "address": {"street": "Ring"}, "city": "Graz"}`,
	}
	bookedAfter = []string{
		`{"_id": 1, ` + common + `, "from": {"$date": "2021-03-04T00:00:00Z"}, "nights": 3, "zip": "1010", "state": "confirmed", "address": {"city": "Wien"}, "source": "desk",
			"guests": [{"account": {"$oid": "6b049d63d28cf555e0d01131"}, "email": "ada@example.com"}, {"account": {"$oid": "6b049d63d28cf555e0d01134"}}],
			"prices": {"room": {"amount": {"$numberDecimal": "19.99"}}, "tax": {"amount": {"$numberDecimal": "2"}}}}`,
		`{"_id": 3, ` + common + `, "from": {"$date": "2021-03-04T18:00:00Z"}, "state": "cancelled", "source": "phone", "address": {"street": "Ring", "city": "Graz"}}`,
	}
	bookedBack = []string{
		`{"_id": 1, ` + common + `, "from": "2021-03-04T00:00:00.000Z", "nights": "3", "zip": 1010, "state": "ok", "city": "Wien", "address": {},
			"guests": [{"account": "6b049d63d28cf555e0d01131", "mail": "ada@example.com"}, {"account": "6b049d63d28cf555e0d01134"}],
			"prices": {"room": {"amount": 19.99}, "tax": {"amount": 2}}}`,
		`{"_id": 3, ` + common + `, "from": "2021-03-04T18:00:00.000Z", "state": "nok", "address": {"street": "Ring"}, "city": "Graz"}`,
	}
)

const common = `"code": "A7", "updatedAt": {"$date": "2021-03-05T00:00:00Z"}`

// TestExamples applies the example files and goes back, whichever of their commands is done and
// not answered.
func TestExamples(t *testing.T) {
	t.Parallel()
	loaded, err := script.Load(os.DirFS(examples), ready, booked)
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"find", "update", "delete", "aggregate"} {
		for nth := 0; ; nth++ {
			server, db := modelled(t)
			for _, text := range bookedBefore {
				insert(t, db.Collection("bookings"), parsed(t, text))
			}
			server.Reset()
			if nth > 0 {
				server.On(command).In("bookings").Nth(nth).FailAfter(scripted.Error{Code: 91})
			}
			for version := range loaded.Latest() {
				applied(t, loaded.Get(version+1).Up, db)
			}
			checkBookings(t, db, bookedAfter)
			for version := loaded.Latest(); version > 0; version-- {
				applied(t, loaded.Get(version).Down, db)
			}
			checkBookings(t, db, bookedBack)
			if nth > count(server, command) || t.Failed() {
				break
			}
		}
	}
}

func count(server *scripted.Server, command string) (n int) {
	for _, c := range server.Commands() {
		if c.Name == command && c.Collection == "bookings" {
			n++
		}
	}
	return n
}

func parsed(t *testing.T, text string) (doc bson.D) {
	t.Helper()
	if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return doc
}

func applied(t *testing.T, s *script.Script, db *mongo.Database) {
	t.Helper()
	err := s.Run(t.Context(), script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: noted})
	if err != nil {
		t.Fatal(err)
	}
}

// checkBookings compares the values of all members but _rev, by what JSON makes of them.
func checkBookings(t *testing.T, db *mongo.Database, want []string) {
	t.Helper()
	cursor, err := db.Collection("bookings").Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		t.Fatal(err)
	}
	var docs []bson.M
	if err := cursor.All(t.Context(), &docs); err != nil {
		t.Fatal(err)
	}
	if len(docs) != len(want) {
		t.Fatalf("%d documents: %v", len(docs), docs)
	}
	for i, doc := range docs {
		delete(doc, "_rev")
		if diff := cmp.Diff(relaxed(t, parsed(t, want[i])), relaxed(t, doc)); diff != "" {
			t.Errorf("-want +have:\n%s", diff)
		}
	}
}

// relaxed returns a document as relaxed Extended JSON.
func relaxed(t *testing.T, doc any) map[string]any {
	t.Helper()
	text, err := bson.MarshalExtJSON(doc, false, false)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// TestReadyStepsAreDocumented: each has its row, and the row an example that names it.
func TestReadyStepsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range ready {
		_, row, found := strings.Cut(string(text), "\n| `"+s.Name+"` | "+s.Doc)
		if !found {
			t.Errorf("%s has no row for %s that begins with %q", page, s.Name, s.Doc)
			continue
		}
		row, _, _ = strings.Cut(row, "\n")
		links := strings.Split(row, "](")
		path, _, _ := strings.Cut(links[len(links)-1], ")")
		example, err := os.ReadFile("../../../docs/" + path)
		if err != nil || !strings.Contains(string(example), `"step": "`+s.Name+`"`) {
			t.Errorf("the example of %s, %q, does not name it: %v", s.Name, path, err)
		}
	}
}
