package indexes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
)

func TestKeysAsText(t *testing.T) {
	t.Parallel()
	for want, values := range map[string][]any{
		"a, b":        {int32(1), int64(1), 1.0, int32(5), int64(7), 0.5, 1.5},
		"-a, b":       {int32(-1), int64(-1), -1.0, int32(-5), int64(-7), -0.5},
		"a (text), b": {"text"},
		"a (0), b":    {int32(0)},
		"a (true), b": {true},
	} {
		for _, v := range values {
			s := stored{Key: bson.D{{Key: "a", Value: v}, {Key: "b", Value: int32(1)}}}
			if got := s.keys(); got != want {
				t.Errorf("%T %v: %q, want %q", v, v, got, want)
			}
		}
	}
	if got := (&stored{}).keys(); got != "" {
		t.Errorf("no keys are %q", got)
	}
}

// optionText is the text of the option of that name.
func optionText(s *stored, name string) string {
	return s.text(meta.Options[slices.IndexFunc(meta.Options, func(o *meta.Option) bool { return o.Name == name })])
}

func TestOptionsAsText(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]listed{
		"expiry none, collation none":                           {},
		"expiry 0, collation none":                              {Expire: rawValue(t, int64(0))},
		`expiry 3600, collation de`:                             {Expire: rawValue(t, 3600.0), Collation: encoded(t, bson.D{{Key: "locale", Value: "de"}})},
		"expiry 60, collation none":                             {Expire: rawValue(t, int32(60)), Collation: encoded(t, bson.D{{Key: "locale", Value: "simple"}})},
		`expiry none, collation {"caseLevel": true}`:            {Collation: encoded(t, bson.D{{Key: "caseLevel", Value: true}})},
		`expiry none, collation {"locale": {"$numberInt":"5"}}`: {Collation: encoded(t, bson.D{{Key: "locale", Value: int32(5)}})},
	} {
		s := l.stored()
		if got := "expiry " + optionText(&s, "expireAfterSeconds") + ", collation " + optionText(&s, "collation"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// listedIndex returns an index as servers list it.
func listedIndex(name string, more ...bson.E) bson.D {
	return append(bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.D{{Key: "a", Value: int32(1)}}}, {Key: "name", Value: name}}, more...)
}

// TestListsAreRead with each option of an index, and an index that is being built.
func TestListsAreRead(t *testing.T) {
	t.Parallel()
	partial, nothing := bson.D{{Key: "a", Value: int32(1)}}, strings.TrimSuffix(strings.Repeat("none, ", 3), ", ")
	docs := []any{
		listedIndex("_id_"),
		listedIndex("plain"),
		listedIndex("unique", bson.E{Key: "unique", Value: true}, bson.E{Key: "prepareUnique", Value: true}),
		listedIndex("sparse", bson.E{Key: "sparse", Value: true}, bson.E{Key: "hidden", Value: true}),
		listedIndex("expiring", bson.E{Key: "expireAfterSeconds", Value: int32(60)}),
		listedIndex("partial", bson.E{Key: "partialFilterExpression", Value: partial}, bson.E{Key: "collation", Value: bson.D{{Key: "locale", Value: "de"}}}),
		bson.D{{Key: "spec", Value: listedIndex("building", bson.E{Key: "unique", Value: true})}, {Key: "buildUUID", Value: int32(1)}},
	}
	have, absent, err := readList(t.Context(), "things", cursorOf(t, nil, docs...))
	if absent || err != nil {
		t.Fatalf("absent is %t, %v", absent, err)
	}
	var got []string
	for _, s := range have {
		text := fmt.Sprintf("%s on %s, %s, %s, %s", s.Name, s.keys(), optionText(&s, "expireAfterSeconds"), s.text(meta.Partial), optionText(&s, "collation"))
		for _, flag := range []struct {
			name string
			set  bool
		}{{"unique", s.has(meta.Unique)}, {"sparse", s.has(meta.Sparse)}, {"hidden", s.has(meta.Hidden)}, {"prepared", s.has(meta.Prepared)}, {"building", s.building}} {
			if flag.set {
				text += ", " + flag.name
			}
		}
		got = append(got, text)
		if name, _ := s.raw.Lookup("name").StringValueOK(); name != s.Name {
			t.Errorf("%s is %s as it is listed", s.Name, s.raw)
		}
	}
	want := []string{
		"_id_ on a, " + nothing,
		"plain on a, " + nothing,
		"unique on a, " + nothing + ", unique, prepared",
		"sparse on a, " + nothing + ", sparse, hidden",
		"expiring on a, 60, none, none",
		`partial on a, none, a $eq 1, de`,
		"building on a, " + nothing + ", unique, building",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// cursorOf returns a cursor with docs, which ends with err.
func cursorOf(t *testing.T, err error, docs ...any) *mongo.Cursor {
	t.Helper()
	cursor, made := mongo.NewCursorFromDocuments(docs, err, nil)
	if made != nil {
		t.Fatal(made)
	}
	return cursor
}

// TestListsThatAreNoneOrBreakOff: every collection has the index on _id, so that an empty
// list means that there is no collection.
func TestListsThatAreNoneOrBreakOff(t *testing.T) {
	t.Parallel()
	have, absent, err := readList(t.Context(), "things", cursorOf(t, nil))
	if len(have) > 0 || !absent || err != nil {
		t.Errorf("an empty list: %v, absent is %t, %v", have, absent, err)
	}
	have, absent, err = readList(t.Context(), "things", cursorOf(t, nil, listedIndex("_id_")))
	if len(have) != 1 || absent || err != nil {
		t.Errorf("a collection without other indexes: %v, absent is %t, %v", have, absent, err)
	}
	lost := mongo.CommandError{Code: 43, Message: "the cursor is gone"}
	if _, _, err = readList(t.Context(), "things", cursorOf(t, lost, listedIndex("_id_"))); !errors.Is(err, store.ErrUnavailable) || !strings.HasPrefix(err.Error(), "things: ") {
		t.Errorf("a list that breaks off: %v", err)
	}
	odd := bson.D{{Key: "name", Value: int32(1)}, {Key: "key", Value: "none"}}
	have, absent, err = readList(t.Context(), "things", cursorOf(t, nil, listedIndex("_id_"), odd, listedIndex("a_1")))
	if len(have) > 0 || absent || err == nil || !strings.HasPrefix(err.Error(), "things: an index as the server lists it: ") {
		t.Errorf("an odd one: %v, absent is %t, %v", have, absent, err)
	}
}

// modelDatabase returns a database on a model of MongoDB.
func modelDatabase(t *testing.T) (*mongo.Database, *scripted.Server) {
	t.Helper()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database("shop"), server
}

// sent returns the commands that a server was sent, in order, with how many of a kind came
// in a row.
func sent(server *scripted.Server) string {
	var kinds []string
	var counts []int
	for _, c := range server.Commands() {
		if last := len(kinds) - 1; last >= 0 && kinds[last] == c.Name {
			counts[last]++
			continue
		}
		kinds, counts = append(kinds, c.Name), append(counts, 1)
	}
	for i, n := range counts {
		kinds[i] = fmt.Sprintf("%d %s", n, kinds[i])
	}
	return strings.Join(kinds, ", ")
}

// TestListsAreAskedForTwice if the first is not answered, and no more often.
func TestListsAreAskedForTwice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script func(r *scripted.Rule)
		sent   string
		// fails reports whether there is no list, unanswered whether that is for want of an answer.
		fails, unanswered bool
	}{
		"answered":     {func(*scripted.Rule) {}, "1 listIndexes", false, false},
		"cut once":     {func(r *scripted.Rule) { r.CutBefore() }, "2 listIndexes", false, false},
		"deposed once": {func(r *scripted.Rule) { r.Fail(scripted.Error{Code: 189}) }, "2 listIndexes", false, false},
		"cut twice":    {func(r *scripted.Rule) { r.Times(2).CutBefore() }, "2 listIndexes", true, true},
		"refused":      {func(r *scripted.Rule) { r.Fail(scripted.Error{Code: 13}) }, "1 listIndexes", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, server := modelDatabase(t)
			if _, err := db.Collection("things").Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "a", Value: 1}}}); err != nil {
				t.Fatal(err)
			}
			server.Reset()
			test.script(server.On("listIndexes"))
			have, absent, err := list(t.Context(), db.Collection("things"))
			switch {
			case absent, (err != nil) != test.fails, errors.Is(err, store.ErrUnavailable) != test.unanswered:
				t.Errorf("%v, absent is %t, %v", have, absent, err)
			case err != nil && (len(have) > 0 || !startsWith(err, "things: ")):
				t.Errorf("%v, %v", have, err)
			case err == nil && (len(have) != 2 || have[1].Name != "a_1"):
				t.Errorf("%v", have)
			}
			if got := sent(server); got != test.sent {
				t.Errorf("sent: %s", got)
			}
		})
	}
}

// TestListsOfCollections that do not exist, or have an index that is being built.
func TestListsOfCollections(t *testing.T) {
	t.Parallel()
	db, server := modelDatabase(t)
	coll := db.Collection("things")
	if have, absent, err := list(t.Context(), coll); len(have) > 0 || !absent || err != nil {
		t.Errorf("no collection: %v, absent is %t, %v", have, absent, err)
	}
	if _, err := coll.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "a", Value: 1}}}); err != nil {
		t.Fatal(err)
	}
	for _, building := range []bool{true, false} {
		if err := server.SetBuilding(db.Name(), "things", "a_1", building); err != nil {
			t.Fatal(err)
		}
		if have, absent, err := list(t.Context(), coll); len(have) != 2 || have[1].Name != "a_1" || have[1].building != building || absent || err != nil {
			t.Errorf("building is %t: %+v, absent is %t, %v", building, have, absent, err)
		}
	}
}
