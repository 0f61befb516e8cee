package raw_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// dated is a collection with timestamps and no indexes.
var dated = raw.Collection{Collection: meta.Collection{Name: "dated", Timestamps: true}, Codec: things.Codec}

// A write compares what is stored as the revision and as the date of the last write, whatever
// that is.
func TestIfRevOfWhatIsNone(t *testing.T) {
	tenant, db := newTenant(t)
	testOddRevs(t, raw.In(tenant, &dated), db.Collection(dated.Name), map[string]any{
		"nothing": nil, "text": "3", "another text": "4", "an array": bson.A{bson.DateTime(7), int64(7)}, "a document": bson.D{{Key: "n", Value: int64(3)}},
		"a boolean": true, "half a number": 3.5, "a whole double": 3.0, "a regular expression": bson.Regex{Pattern: "3"}, "bytes": bson.Binary{Data: []byte{3}},
	})
}

// TestIfRevOfEveryType is the same with what the tests' server does not store.
func TestIfRevOfEveryType(t *testing.T) {
	decimal, err := bson.ParseDecimal128("3")
	if err != nil {
		t.Fatal(err)
	}
	docs, coll, _ := modelled(t, &dated)
	testOddRevs(t, docs, coll, map[string]any{
		"undefined": bson.Undefined{}, "the least key": bson.MinKey{}, "the greatest key": bson.MaxKey{}, "no number": math.NaN(), "an infinity": math.Inf(1),
		"a decimal": decimal, "a timestamp": bson.Timestamp{T: 3}, "a symbol": bson.Symbol("3"), "code": bson.JavaScript("3"),
		"code with a scope": bson.CodeWithScope{Code: "3", Scope: bson.D{}}, "a pointer": bson.DBPointer{DB: "3"}, "an id": bson.ObjectID{3},
		"an array of undefined": bson.A{bson.Undefined{}}, "an array of expressions": bson.A{bson.Regex{Pattern: "."}}, "an empty array": bson.A{}, "an array of arrays": bson.A{bson.A{}},
		"an empty document": bson.D{}, "what looks like an operator": bson.D{{Key: "$gt", Value: ""}}, "a number too great": int64(math.MaxInt64),
	})
}

// testOddRevs writes to documents that have each of odd as revision, and as the
// date of the last write.
func testOddRevs(t *testing.T, docs raw.Documents, coll *mongo.Collection, odd map[string]any) {
	t.Helper()
	rename := thingPatch{Alias: store.Set("Renamed")}.changes()
	tags := map[string]string{}
	for name, value := range odd {
		for _, key := range []string{"_rev", "updatedAt"} {
			doc := bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: key, Value: value}}
			insert(t, coll, doc)
			id := doc[0].Value.(bson.ObjectID)
			raw, err := docs.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			rev := store.RevOf(raw, "updatedAt")
			if other, ok := tags[rev.String()]; ok && value != nil && name != "a whole double" {
				t.Errorf("%s as %s has the tag of %s", name, key, other)
			}
			tags[rev.String()] = name + " as " + key
			if _, err := docs.Update(t.Context(), id, rename, store.IfRev(store.NewRev(5, time.Time{}))); !errors.Is(err, store.ErrStale) {
				t.Errorf("%s as %s: a write to another state: %v", name, key, err)
			}
			updated, err := docs.Update(t.Context(), id, rename, store.IfRev(rev))
			if err != nil {
				t.Errorf("%s as %s: %v", name, key, err)
				continue
			}
			if now := store.RevOf(updated, "updatedAt"); now == rev || updated.Lookup("_rev").AsInt64() < 1 || updated.Lookup("updatedAt").Type != bson.TypeDateTime {
				t.Errorf("%s as %s: stored is %s", name, key, updated)
			}
			if _, err := docs.Update(t.Context(), id, rename, store.IfRev(rev)); !errors.Is(err, store.ErrStale) {
				t.Errorf("%s as %s: a write to what was: %v", name, key, err)
			}
			again := bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: key, Value: value}}
			insert(t, coll, again)
			if err := docs.Delete(t.Context(), again[0].Value.(bson.ObjectID), store.IfRev(rev)); err != nil {
				t.Errorf("%s as %s: removed: %v", name, key, err)
			}
		}
	}
}

// Changes of a document that does not fit replace what is in their way, and undoing them
// restores it.
func TestOver(t *testing.T) {
	tenant, db := newTenant(t)
	docs, coll := raw.In(tenant, &dated), db.Collection(dated.Name)
	inner := store.Entries[string]{"a": store.Set("1"), "b": store.Unset[string](), "c": store.Set("2")}
	changes := func() raw.Changes {
		var c raw.Changes
		runtime.Apply(&c, "code", store.Set("new"), wire.AppendString)
		runtime.ApplyObject(&c, "box", store.Set(inner), func(entries store.Entries[string], c *raw.Changes, prefix string) {
			runtime.Apply(c, prefix+"size", store.Set(int64(4)), wire.AppendInt)
			runtime.ApplyEntries(c, prefix+"labels", store.Set(entries), func(c *raw.Changes, path string, v store.Change[string]) {
				runtime.Apply(c, path, v, wire.AppendString)
			})
			runtime.BoundEntries(c, prefix+"labels", store.Set(entries), 2, 2, true)
			runtime.Apply(c, prefix+"gone", store.Unset[string](), wire.AppendString)
		})
		return c
	}
	whole := `{"size": {"$numberLong":"4"},"labels": {"a": "1","c": "2"}}`
	for name, test := range map[string]struct {
		stored any
		want   string
	}{
		"nothing":            {nil, whole},
		"a document":         {bson.D{{Key: "x", Value: "y"}}, `{"x": "y","labels": {"a": "1","c": "2"},"size": {"$numberLong":"4"}}`},
		"text":               {"box", whole},
		"an array":           {bson.A{bson.D{{Key: "size", Value: 1}}}, whole},
		"text within":        {bson.D{{Key: "labels", Value: "none"}, {Key: "size", Value: int64(4)}}, `{"labels": {"a": "1","c": "2"},"size": {"$numberLong":"4"}}`},
		"an array within":    {bson.D{{Key: "size", Value: int64(4)}, {Key: "labels", Value: bson.A{"x"}}}, whole},
		"a document of text": {bson.D{{Key: "labels", Value: bson.D{{Key: "c", Value: 7}, {Key: "b", Value: 8}}}, {Key: "size", Value: "x"}}, `{"labels": {"a": "1","c": "2"},"size": {"$numberLong":"4"}}`},
	} {
		id := bson.NewObjectID()
		insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "box", Value: test.stored}, {Key: "other", Value: "kept"}})
		before, err := docs.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		c := docs.Over(before, changes())
		if size, touched := c.Lookup("box.size"); !touched || size.Int64() != 4 {
			t.Errorf("%s: the size becomes %v", name, size)
		}
		after, err := docs.Update(t.Context(), id, c, store.IfRev(store.RevOf(before, "updatedAt")))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		box := after.Lookup("box").String()
		if !sameMembers(t, box, test.want) || after.Lookup("code").StringValue() != "new" || after.Lookup("other").StringValue() != "kept" {
			t.Errorf("%s: stored is %s", name, after)
		}
		undone, err := docs.Update(t.Context(), id, c.Undo(before), store.IfRev(store.RevOf(after, "updatedAt")))
		if err != nil || !undone.Lookup("box").Equal(before.Lookup("box")) || !undone.Lookup("code").IsZero() || undone.Lookup("other").StringValue() != "kept" {
			t.Errorf("%s: undone is %s, %v", name, undone, err)
		}
	}
}

// sameMembers compares documents in Extended JSON, whatever their members' order.
func sameMembers(t *testing.T, a, b string) bool {
	t.Helper()
	var values [2]any
	for i, text := range []string{a, b} {
		if err := json.Unmarshal([]byte(text), &values[i]); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return cmp.Equal(values[0], values[1])
}

// A date of creation that is no date becomes the one in its text, or else the ObjectID's. Any
// other stays as it is, and so does a missing one.
func TestOverDates(t *testing.T) {
	tenant, db := newTenant(t)
	docs, coll := raw.In(tenant, &dated), db.Collection(dated.Name)
	id := bson.NewObjectIDFromTimestamp(time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC))
	made := id.Timestamp()
	for name, test := range map[string]struct {
		stored any
		want   time.Time
	}{
		"a day":            {"2021-03-04", time.Date(2021, 3, 4, 0, 0, 0, 0, time.UTC)},
		"a date in text":   {"2021-03-04T05:06:07.0089+01:00", time.Date(2021, 3, 4, 4, 6, 7, 8e6, time.UTC)},
		"another text":     {"last week", made},
		"a number":         {7, made},
		"a date too late":  {bson.DateTime(1 << 60), made},
		"a date too early": {bson.DateTime(-1 << 60), made},
		"a date":           {bson.DateTime(5), time.UnixMilli(5)},
		"nothing":          {nil, time.Time{}},
	} {
		if _, err := coll.ReplaceOne(t.Context(), bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "createdAt", Value: test.stored}}, options.Replace().SetUpsert(true)); err != nil {
			t.Fatal(err)
		}
		before, err := docs.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		after, err := docs.Update(t.Context(), id, docs.Over(before, raw.Changes{}), store.IfRev(store.RevOf(before, "updatedAt")))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		created, _ := after.Lookup("createdAt").TimeOK()
		if !created.Equal(test.want) {
			t.Errorf("%s: created is %s, want %s", name, created, test.want)
		}
	}
}

// What is reached into by a number's name is replaced as a whole where a list is stored,
// elements of which have such names, too.
func TestOverAList(t *testing.T) {
	docs, coll, _ := modelled(t, &things)
	for _, stored := range []any{bson.A{"x"}, bson.A{bson.A{}}, bson.A{bson.D{{Key: "size", Value: 1}}}, "x", nil} {
		id := bson.NewObjectID()
		insert(t, coll, thingOf(id, id.Hex(), bson.E{Key: "parts", Value: stored}))
		before, err := docs.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var c raw.Changes
		runtime.ApplyObject(&c, "parts", store.Set(""), func(_ string, c *raw.Changes, prefix string) {
			runtime.ApplyObject(c, prefix+"0", store.Set(""), func(_ string, c *raw.Changes, prefix string) {
				runtime.Apply(c, prefix+"size", store.Set[int64](2), wire.AppendInt)
			})
		})
		after, err := docs.Update(t.Context(), id, docs.Over(before, c))
		if err != nil || after.Lookup("parts").String() != `{"0": {"size": {"$numberLong":"2"}}}` {
			t.Errorf("%v: %s, %v", stored, after, err)
		}
	}
}
