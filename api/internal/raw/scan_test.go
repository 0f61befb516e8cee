package raw_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestReadsThatBreakOff has documents in two answers, of which the second does not come: the
// first is not taken for all of them.
func TestReadsThatBreakOff(t *testing.T) {
	t.Parallel()
	server := scripted.Start(t)
	docs, coll := openZoo(t, server.URI())
	for i := range 2 {
		insert(t, coll, bson.D{{Key: "_id", Value: i}, {Key: "text", Value: strings.Repeat("x", 9<<20)}})
	}
	for name, breaks := range map[string]func(*scripted.Rule) *scripted.Rule{
		"the cursor is gone": func(r *scripted.Rule) *scripted.Rule { return r.Fail(scripted.Error{Code: 43}) },
		"the server is slow": func(r *scripted.Rule) *scripted.Rule { return r.Fail(scripted.Error{Code: 50}) },
		"it is cut":          func(r *scripted.Rule) *scripted.Rule { return r.CutBefore() },
		"it is cut in answering": func(r *scripted.Rule) *scripted.Rule {
			return r.CutAfter()
		},
	} {
		server.Reset()
		breaks(server.On("getMore").Always())
		seen := 0
		visit := func(bson.Raw) error { seen++; return nil }
		for limit := 2; limit <= 3; limit++ {
			if next, err := docs.Scan(t.Context(), raw.Selection{Limit: limit}, visit); err == nil || next != "" {
				t.Errorf("%s: a page of %d of %d documents: %q %v", name, limit, seen, next, err)
			}
		}
		if err := docs.Stream(t.Context(), raw.Selection{}, visit); err == nil {
			t.Errorf("%s: a stream of %d documents", name, seen)
		}
		if seen != 3 {
			t.Errorf("%s: %d documents were read in three goes", name, seen)
		}
	}
}

// TestVisitsThatFail has an error of the one who reads, on a page that would go on
// with a second command.
func TestVisitsThatFail(t *testing.T) {
	t.Parallel()
	docs, coll := openZoo(t, scripted.Start(t).URI())
	for i, a := range []any{bson.A{0, "x"}, 1, 2, 3, 4} {
		insert(t, coll, bson.D{{Key: "_id", Value: i}, {Key: "a", Value: a}})
	}
	s := raw.Selection{Sort: "a", Limit: 2}
	next, err := docs.Scan(t.Context(), s, func(bson.Raw) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	s.After = next
	full := errors.New("full")
	for n := range 2 {
		seen := 0
		got, err := docs.Scan(t.Context(), s, func(bson.Raw) error {
			if seen++; seen > n {
				return full
			}
			return nil
		})
		if !errors.Is(err, full) || got != "" || seen != n+1 {
			t.Errorf("behind %d documents: %q %v", seen, got, err)
		}
	}
}

// TestManyOfOneKey has more documents of one key than a page, and than two, as there
// may be while a unique index is missing: each is shown once.
func TestManyOfOneKey(t *testing.T) {
	t.Parallel()
	docs, coll := openZoo(t, scripted.Start(t).URI())
	const n = 2*meta.MaxLimit + 50
	var stored []any
	for i := range n {
		stored = append(stored, bson.D{{Key: "_id", Value: i}, {Key: "u", Value: "same"}})
	}
	if _, err := coll.InsertMany(t.Context(), append(stored, bson.D{{Key: "_id", Value: n}, {Key: "u", Value: "z"}})); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{meta.MaxLimit, meta.MaxLimit/2 + 1} {
		shown := map[int64]bool{}
		all := scanned(t, docs, raw.Selection{Sort: "u"}, limit)
		for _, doc := range all {
			shown[doc.Lookup("_id").AsInt64()] = true
		}
		if len(all) != n+1 || len(shown) != n+1 || all[n].Lookup("u").StringValue() != "z" {
			t.Errorf("in pages of %d: %d documents are shown, %d of them for the first time", limit, len(all), len(shown))
		}
	}
}

// TestStreamsGoOn has a stream begin where a page ended.
func TestStreamsGoOn(t *testing.T) {
	t.Parallel()
	docs, coll := openZoo(t, scripted.Start(t).URI())
	for i, a := range []any{1, bson.A{1, "x"}, bson.A{0, "y"}, bson.Regex{Pattern: "b"}, bson.Regex{Pattern: "a"}, "x", bson.A{}} {
		insert(t, coll, bson.D{{Key: "_id", Value: i}, {Key: "a", Value: a}})
	}
	all := scanned(t, docs, raw.Selection{Sort: "a"}, meta.MaxLimit)
	for n := range len(all) - 1 {
		next, err := docs.Scan(t.Context(), raw.Selection{Sort: "a", Limit: n + 1}, func(bson.Raw) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		var rest []bson.Raw
		err = docs.Stream(t.Context(), raw.Selection{Sort: "a", After: next}, func(doc bson.Raw) error { rest = append(rest, slices.Clone(doc)); return nil })
		if err != nil || fmt.Sprint(rest) != fmt.Sprint(all[n+1:]) {
			t.Errorf("behind %d: %v %v, want %v", n+1, rest, err, all[n+1:])
		}
	}
}

// TestAfterID reads a collection in batches, as changes to all documents of one do.
func TestAfterID(t *testing.T) {
	t.Parallel()
	for name, uri := range map[string]string{
		"the tests' server": testdb.URI(t), "MongoDB 7, modelled": scripted.Start(t, scripted.Version(7)).URI(), "MongoDB 8, modelled": scripted.Start(t).URI(),
	} {
		_, coll := openZoo(t, uri)
		for _, v := range everyValue() {
			if embedded := strings.HasPrefix(name, "the") && os.Getenv("MONGO_URI") == ""; embedded && notEmbedded(v) {
				continue
			}
			_, err := coll.InsertOne(t.Context(), bson.D{{Key: "_id", Value: v}})
			var refused mongo.ServerError
			if err != nil && !errors.As(err, &refused) { // an equal one, or what no _id can be
				t.Fatal(err)
			}
		}
		want := ids(t, coll, bson.D{}, 0)
		for batch := 1; batch < 4; batch++ {
			var got []bson.RawValue
			for filter := (bson.D{}); ; filter = raw.AfterID(got[len(got)-1]) {
				next := ids(t, coll, filter, batch)
				if got = append(got, next...); len(next) < batch {
					break
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: in batches of %d\n%v\nwant\n%v", name, batch, got, want)
			}
		}
		if n, err := coll.CountDocuments(t.Context(), bson.D{}); err != nil || int(n) != len(want) || n < 20 {
			t.Errorf("%s: %d documents: %v", name, n, err)
		}
	}
}

func ids(t *testing.T, coll *mongo.Collection, filter bson.D, limit int) (ids []bson.RawValue) {
	t.Helper()
	cursor, err := coll.Find(t.Context(), filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		t.Fatal(err)
	}
	for cursor.Next(t.Context()) {
		ids = append(ids, cursor.Current.Lookup("_id"))
	}
	if cursor.Err() != nil {
		t.Fatal(cursor.Err())
	}
	return ids
}
