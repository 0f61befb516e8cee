package fleet_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/gen"
)

func insert(t *testing.T, coll *mongo.Collection, docs ...bson.D) {
	t.Helper()
	if _, err := coll.InsertMany(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
}

// TestRepeatsAreNamedBeforehand has documents that violate a unique index that is missing, or
// exists and is not unique.
func TestRepeatsAreNamedBeforehand(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, coll *mongo.Collection){
		"missing": func(t *testing.T, coll *mongo.Collection) { drop(t, coll, "email_1") },
		"different": func(t *testing.T, coll *mongo.Collection) {
			drop(t, coll, "email_1")
			index(t, coll, emailKey, options.Index())
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			coll := f.provision(t, f.prefix).Collection("users")
			prepare(t, coll)
			ids := make([]string, 7)
			for i, email := range []string{"b", "a", "a", "c", "a", "b", "a"} {
				id := bson.NewObjectID()
				ids[i] = id.Hex()
				insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "email", Value: email + "@example.com"}})
			}
			found := f.check(t, visit.Options{})
			if len(found) != 1 {
				t.Fatalf("found %+v", found)
			}
			want := &indexes.Repeats{Count: 4, Pairs: [][2]string{{ids[1], ids[2]}, {ids[2], ids[4]}, {ids[4], ids[6]}}}
			got := found[0]
			if got.Problem != indexes.Kind(name) || got.Remedy != indexes.Refuse || !cmp.Equal(got.Repeats, want) {
				t.Errorf("found %+v, %+v", got, got.Repeats)
			}
			if said := "; 4 documents repeat the keys of another (" + ids[1] + " and " + ids[2] + ", "; !strings.Contains(got.Detail, said) || strings.Contains(got.Detail, "example.com") {
				t.Errorf("detail: %s", got.Detail)
			}
			before := indexNames(t, coll)
			left := f.ensure(t, visit.Options{}, true).Open()
			if len(left) != 1 || !cmp.Equal(left[0].Repeats, want) {
				t.Errorf("ensure left %+v", left)
			}
			if after := indexNames(t, coll); !slices.Equal(before, after) {
				t.Errorf("indexes were %v, and are %v", before, after)
			}
			if _, err := coll.DeleteMany(t.Context(), bson.D{}); err != nil {
				t.Fatal(err)
			}
			if left := f.ensure(t, visit.Options{}, true).Open(); len(left) > 0 {
				t.Errorf("without the documents: %+v", left)
			}
		})
	}
}

// TestWhatCountsAsRepeated compares keys as an index does.
func TestWhatCountsAsRepeated(t *testing.T) {
	t.Parallel()
	doc := func(id int, members ...bson.E) bson.D {
		return append(bson.D{{Key: "_id", Value: int32(id)}}, members...)
	}
	n := func(v any) bson.E { return bson.E{Key: "n", Value: v} }
	pair := func(ids ...string) *indexes.Repeats {
		return &indexes.Repeats{Count: 1, Pairs: [][2]string{{ids[0], ids[1]}}}
	}
	one, two := `{"$numberInt":"1"}`, `{"$numberInt":"2"}`
	for name, c := range map[string]struct {
		docs  []bson.D
		index meta.Index
		list  bool
		want  *indexes.Repeats
	}{
		"numbers of different types": {docs: []bson.D{doc(1, n(int32(5))), doc(2, n(5.0)), doc(3, n("5"))}, want: pair(one, two)},
		"null and nothing":           {docs: []bson.D{doc(1, n(nil)), doc(2)}, want: pair(one, two)},
		"a sparse index leaves nothing out that is null": {
			docs: []bson.D{doc(1, n(nil)), doc(2), doc(3)}, index: meta.Index{Sparse: true},
		},
		"one of two keys": {
			docs:  []bson.D{doc(1, n(1), bson.E{Key: "m", Value: 1}), doc(2, n(1), bson.E{Key: "m", Value: 2})},
			index: meta.Index{Keys: []meta.Key{{Path: "n"}, {Path: "m", Descending: true}}},
		},
		"both of two keys": {
			docs:  []bson.D{doc(1, n(1), bson.E{Key: "m", Value: 1}), doc(2, n(1), bson.E{Key: "m", Value: 1})},
			index: meta.Index{Keys: []meta.Key{{Path: "n"}, {Path: "m", Descending: true}}},
			want:  pair(one, two),
		},
		"a key within a value": {
			docs:  []bson.D{doc(1, n(bson.D{{Key: "m", Value: 1}})), doc(2, n(bson.D{{Key: "m", Value: 1}, {Key: "o", Value: 1}}))},
			index: meta.Index{Keys: []meta.Key{{Path: "n.m"}}},
			want:  pair(one, two),
		},
		"elements of lists": {
			docs: []bson.D{doc(1, n(bson.A{"b", "a", "b"})), doc(2, n(bson.A{"c", "b"}))}, list: true, want: pair(one, two),
		},
		"elements of one list": {docs: []bson.D{doc(1, n(bson.A{"b", "b"})), doc(2, n(bson.A{"a"}))}, list: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			insert(t, f.provision(t, f.prefix).Collection("things"), c.docs...)
			c.index.Name, c.index.Unique = "by_n", true
			if c.index.Keys == nil {
				c.index.Keys = []meta.Key{{Path: "n"}}
			}
			things := meta.Collection{Name: "things", Indexes: []meta.Index{c.index}, Paths: []meta.Path{{Name: "n", Many: c.list}}}
			f.Fleet = f.with(t, fleet.Config{Collections: append(raw.Declarations(gen.Collections()), things)})
			found := f.check(t, visit.Options{})
			if len(found) != 1 || found[0].Problem != indexes.Missing || !cmp.Equal(found[0].Repeats, c.want) {
				t.Errorf("found %+v, want %+v", found, c.want)
			}
		})
	}
}
