package raw_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/wire"
)

// keptThings are things that stay when they are deleted.
var keptThings = func() raw.Collection {
	c := things
	c.SoftDelete = true
	c.Indexes = slices.Clone(c.Indexes)
	for i := range c.Indexes {
		if x := &c.Indexes[i]; x.Unique {
			x.Living = true
			if x.Sparse {
				x.Sparse, x.Partial = false, []meta.Condition{{Path: x.Keys[0].Path, Op: meta.Exists, Value: wire.BoolValue(true)}}
			}
		}
	}
	c.Indexes = append(c.Indexes, meta.Index{Name: "deletedAt_1__id_1", Keys: []meta.Key{{Path: meta.DeletedPath}, {Path: "_id"}}})
	c.Paths = append(slices.Clone(c.Paths), meta.Path{Name: meta.DeletedPath, Optional: true})
	c.Refs = []meta.Ref{{Path: "next", Collection: "things", SoftDelete: true}}
	return c
}()

var thingDeleted = runtime.NewTimeField[thing](meta.DeletedPath)

// onBoth runs a test of keptThings on the tests' server and on the model of MongoDB.
func onBoth(t *testing.T, test func(t *testing.T, docs raw.Documents, coll *mongo.Collection)) {
	t.Run("on the tests' server", func(t *testing.T) {
		t.Parallel()
		docs, coll := newKeptThings(t)
		test(t, docs, coll)
	})
	t.Run("by the book", func(t *testing.T) {
		t.Parallel()
		docs, coll, _ := modelled(t, &keptThings)
		test(t, docs, coll)
	})
}

// TestDeletedAreHidden asks for a deleted document in every way. One of an older program, with a
// deletedAt that is null, is there.
func TestDeletedAreHidden(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, docs raw.Documents, coll *mongo.Collection) {
		id, other := bson.NewObjectID(), bson.NewObjectID()
		insert(t, coll,
			thingOf(id, "a", bson.E{Key: "alias", Value: "x"}, bson.E{Key: "group", Value: "g"}, bson.E{Key: "n", Value: int64(1)}),
			thingOf(other, "b", bson.E{Key: "group", Value: "g"}, bson.E{Key: "deletedAt", Value: nil}))
		if err := docs.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		all := []string{"b"}
		for name, q := range map[string]store.Query[thing]{
			"all": {}, "by a key": {Where: store.And(thingGroup.Eq("g"))}, "in the order of one": {Sort: thingCode.Asc()},
			"of a choice": {Where: thingCode.In("a", "b")}, "without an index": {Where: store.Unindexed(thingN.Ne(7))},
			"that have no date": {Where: store.Unindexed(thingDeleted.Exists(false))},
		} {
			if got := codes(t, docs, q, 1); !slices.Equal(got, all) {
				t.Errorf("%s: %q", name, got)
			}
			for d, err := range runtime.All[thing](t.Context(), docs, q) {
				if err != nil || d.Code != "b" {
					t.Errorf("%s, streamed: %v, %v", name, d, err)
				}
			}
			q.Deleted = true
			if name == "that have no date" {
				q.Where = store.Unindexed(thingDeleted.Exists(true))
			}
			page, err := runtime.Find(t.Context(), docs, q)
			if indexed := name != "in the order of one" && name != "of a choice"; indexed != (err == nil) || err == nil && (len(page.Documents) != 1 || page.Documents[0].Code != "a") {
				t.Errorf("the deleted, %s: %v, %v", name, page, err)
			}
		}
		if got := codes(t, docs, store.Query[thing]{Where: store.Unindexed(thingDeleted.Exists(true))}, 1); len(got) > 0 {
			t.Errorf("the others that have a date: %q", got)
		}
		if n, err := runtime.Count(t.Context(), docs, store.Filter[thing]{}); n != 1 || err != nil {
			t.Errorf("there are %d, %v", n, err)
		}
		if has, err := runtime.HasAny(t.Context(), docs, thingCode.Eq("a")); has || err != nil {
			t.Errorf("there is one: %t, %v", has, err)
		}
		none := func(name string, err error) {
			t.Helper()
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := docs.Get(t.Context(), id)
		none("Get", err)
		_, err = docs.GetBy(t.Context(), meta.Condition{Path: "code", Op: meta.Eq, Value: wire.StringValue("a")})
		none("GetBy", err)
		_, err = docs.First(t.Context(), raw.SelectionOf(thingCode.Eq("a")))
		none("First", err)
		_, err = change(t, docs, id, thingPatch{N: store.Set(int64(5))})
		none("Update", err)
		_, err = change(t, docs, id, thingPatch{Few: store.AddToSet("v")})
		none("an Update by what is stored", err)
		_, err = change(t, docs, id, thingPatch{N: store.Set(int64(5))}, store.IfRev(store.Rev{}))
		none("Update of another state", err)
		none("Delete", docs.Delete(t.Context(), id))
		none("Delete of another state", docs.Delete(t.Context(), id, store.IfRev(store.Rev{})))
		found, err := docs.GetMany(t.Context(), wire.ObjectIDValue(id), wire.ObjectIDValue(other))
		if err != nil || len(found) != 1 || found[raw.IDKey(wire.ObjectIDValue(other))] == nil {
			t.Errorf("GetMany: %v, %v", found, err)
		}
		var invalid *store.InvalidError
		if err := docs.Insert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "c", bson.E{Key: "next", Value: id}))); !errors.As(err, &invalid) {
			t.Errorf("a reference to it: %v", err)
		}
		if err := docs.Insert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "c", bson.E{Key: "next", Value: other}))); err != nil {
			t.Errorf("a reference to the other: %v", err)
		}
		if err := docs.CheckFree(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "a"))); err != nil {
			t.Errorf("its key is free: %v", err)
		}
		if err := docs.Insert(t.Context(), marshalled(t, thingOf(id, "z"))); field(t, err) != "_id" {
			t.Errorf("its _id: %v", err)
		}
	})
}

// TestRestoreAndPurge takes deletions back, and removes what is deleted for good.
func TestRestoreAndPurge(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, docs raw.Documents, coll *mongo.Collection) {
		id := bson.NewObjectID()
		insert(t, coll, thingOf(id, "a", bson.E{Key: "alias", Value: "x"}, bson.E{Key: "_rev", Value: int64(4)}))
		for name, err := range map[string]error{
			"Restore": func() error { _, err := docs.Restore(t.Context(), id, raw.Changes{}); return err }(),
			"Purge":   docs.Purge(t.Context(), id),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s of what is not deleted: %v", name, err)
			}
		}
		if err := docs.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		gone, err := docs.Deleted().Get(t.Context(), id)
		if err != nil || gone.Lookup("_rev").AsInt64() != 5 {
			t.Errorf("deleted, it is %s, %v", gone, err)
		}
		if err := docs.Purge(t.Context(), id, store.IfRev(store.Rev{})); !errors.Is(err, store.ErrStale) {
			t.Errorf("Purge of another state: %v", err)
		}
		if _, err := docs.Restore(t.Context(), id, raw.Changes{}, store.IfRev(store.Rev{})); !errors.Is(err, store.ErrStale) {
			t.Errorf("Restore of another state: %v", err)
		}
		back, err := docs.Restore(t.Context(), id, raw.Changes{}, store.IfRev(store.RevOf(gone, "updatedAt")))
		if err != nil || back.Lookup("_rev").AsInt64() != 6 || !back.Lookup("deletedAt").IsZero() {
			t.Errorf("restored, it is %s, %v", back, err)
		}
		if err := docs.Delete(t.Context(), id, store.IfRev(store.RevOf(back, "updatedAt"))); err != nil {
			t.Fatal(err)
		}
		insert(t, coll, thingOf(bson.NewObjectID(), "b", bson.E{Key: "alias", Value: "x"}))
		if _, err := docs.Restore(t.Context(), id, raw.Changes{}); field(t, err) != "alias" {
			t.Errorf("Restore of a key that is taken: %v", err)
		}
		if err := docs.Purge(t.Context(), id); err != nil {
			t.Error(err)
		}
		if n, err := coll.CountDocuments(t.Context(), bson.D{{Key: "_id", Value: id}}); n != 0 || err != nil {
			t.Errorf("purged, there are %d, %v", n, err)
		}
	})
}

// TestUpsertOfDeleted stores a new document in the place of a deleted one, and changes a living one
// whose deletedAt is null.
func TestUpsertOfDeleted(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, docs raw.Documents, coll *mongo.Collection) {
		id := bson.NewObjectID()
		insert(t, coll, thingOf(id, "a"))
		if err := docs.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		doc := marshalled(t, thingOf(bson.NewObjectID(), "a", bson.E{Key: "group", Value: "new"}))
		made, created, err := docs.Upsert(t.Context(), doc, []string{"group"}, []string{"code"})
		if err != nil || !created {
			t.Fatalf("%s, %t, %v", made, created, err)
		}
		if v, err := made.LookupErr("deletedAt"); err == nil {
			t.Errorf("it has the deletedAt %s", v)
		}
		if _, err := coll.UpdateByID(t.Context(), made.Lookup("_id").ObjectID(), bson.D{{Key: "$set", Value: bson.D{{Key: "deletedAt", Value: nil}}}}); err != nil {
			t.Fatal(err)
		}
		doc = marshalled(t, thingOf(bson.NewObjectID(), "a", bson.E{Key: "group", Value: "newer"}))
		changed, created, err := docs.Upsert(t.Context(), doc, []string{"group"}, []string{"code"})
		if err != nil || created || changed.Lookup("group").StringValue() != "newer" || !changed.Lookup("_id").Equal(made.Lookup("_id")) {
			t.Errorf("%s, %t, %v", changed, created, err)
		}
		if err := docs.Delete(t.Context(), changed.Lookup("_id").ObjectID()); err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{"a", "b"} { // its own, and another
			doc = marshalled(t, thingOf(id, code, bson.E{Key: "group", Value: "lost"}))
			if _, _, err := docs.Upsert(t.Context(), doc, []string{"group"}, []string{"code"}); field(t, err) != "_id" {
				t.Errorf("the deleted one's _id with the key %s: %v", code, err)
			}
		}
		if kept := stored(t, coll, id); kept["code"] != "a" || kept["deletedAt"] == nil || kept["group"] != nil {
			t.Errorf("the deleted one is %v", kept)
		}
	})
}

// TestWhichKeyKeepsFromRestoring: the field is named whatever the server says.
func TestWhichKeyKeepsFromRestoring(t *testing.T) {
	t.Parallel()
	for _, as := range []*scripted.Error{nil, {Code: 11000, Message: "a key is taken"}, {Code: 1, Message: "unexpected"}} {
		docs, coll, server := modelled(t, &keptThings)
		id := bson.NewObjectID()
		insert(t, coll, thingOf(id, "a", bson.E{Key: "alias", Value: "x"}))
		if err := docs.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		insert(t, coll, thingOf(bson.NewObjectID(), "b", bson.E{Key: "alias", Value: "x"}))
		if as != nil {
			server.On("findAndModify").Always().Fail(*as)
		}
		if _, err := docs.Restore(t.Context(), id, raw.Changes{}); field(t, err) != "alias" {
			t.Errorf("as %v: %v", as, err)
		}
	}
}

// TestDeletedIDsAreTaken: the _id of a deleted document is taken, whatever the server says.
func TestDeletedIDsAreTaken(t *testing.T) {
	t.Parallel()
	docs, coll, server := modelled(t, &keptThings)
	id := bson.NewObjectID()
	insert(t, coll, thingOf(id, "a", bson.E{Key: "deletedAt", Value: bson.DateTime(5)}))
	server.On("insert").Always().Fail(scripted.Error{Code: 11000, Message: "a key is taken"})
	if err := docs.Insert(t.Context(), marshalled(t, thingOf(id, "b"))); field(t, err) != "_id" {
		t.Error(err)
	}
}

// TestNothingIsKept: collections without soft deletion remove, and have nothing deleted.
func TestNothingIsKept(t *testing.T) {
	t.Parallel()
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll, thingOf(id, "a", bson.E{Key: "deletedAt", Value: bson.DateTime(0)}))
	if got := codes(t, docs, store.Query[thing]{}, 10); !slices.Equal(got, []string{"a"}) {
		t.Errorf("%q", got)
	}
	var invalid *store.InvalidError
	_, err := runtime.Find(t.Context(), docs, store.Query[thing]{Deleted: true})
	if !errors.As(err, &invalid) || invalid.Fields[0].Pointer != "deleted" {
		t.Errorf("the deleted: %v", err)
	}
	for _, err := range runtime.All[thing](t.Context(), docs, store.Query[thing]{Deleted: true}) {
		if !errors.As(err, &invalid) {
			t.Errorf("the deleted, streamed: %v", err)
		}
	}
	if err := docs.Purge(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if _, err := docs.Restore(t.Context(), id, raw.Changes{}); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if err := docs.Delete(t.Context(), id); err != nil {
		t.Error(err)
	}
	if n, err := coll.CountDocuments(t.Context(), bson.D{}); n != 0 || err != nil {
		t.Errorf("%d are left, %v", n, err)
	}
}

// TestDeletedCommands: each filter has the condition by which the server knows the partial index.
func TestDeletedCommands(t *testing.T) {
	t.Parallel()
	docs, _, server := modelled(t, &keptThings)
	id := bson.NewObjectID()
	sent := func(do func()) string {
		server.Reset()
		do()
		text := ""
		for _, c := range server.Commands() {
			text += fmt.Sprintln(c.Name, c.Body)
		}
		return text
	}
	for name, do := range map[string]func(){
		"find":          func() { _ = codes(t, docs, store.Query[thing]{Where: thingCode.Eq("a")}, 1) },
		"aggregate":     func() { _, _ = runtime.Count(t.Context(), docs, thingCode.Eq("a")) },
		"findAndModify": func() { _, _ = change(t, docs, id, thingPatch{N: store.Set(int64(1))}) },
		"update":        func() { _ = docs.Delete(t.Context(), id) },
	} {
		if sent := sent(do); !strings.Contains(sent, name) || !strings.Contains(sent, `"deletedAt": {"$eq": null}`) {
			t.Errorf("%s: sent are %s", name, sent)
		}
	}
	// A filter that asks about deletedAt itself has no path twice.
	twice := sent(func() {
		_, _ = docs.Count(t.Context(), raw.Selection{Where: []meta.Condition{meta.Existing("deletedAt", true)}})
	})
	if !strings.Contains(twice, `{"$and": [{"deletedAt": {"$exists": true,"$ne": null}},{"deletedAt": {"$eq": null}}]}`) {
		t.Errorf("sent are %s", twice)
	}
}

// TestSearchesAmongTheDeleted: words are looked for in what is asked for.
func TestSearchesAmongTheDeleted(t *testing.T) {
	t.Parallel()
	_, coll, _ := modelled(t, &raw.Collection{Collection: meta.Collection{Name: "notes"}})
	var command bson.D
	if err := bson.UnmarshalExtJSON([]byte(makeWords), false, &command); err != nil {
		t.Fatal(err)
	}
	if err := coll.Database().RunCommand(t.Context(), command).Err(); err != nil {
		t.Fatal(err)
	}
	kept := notes
	kept.SoftDelete = true
	docs := raw.In(tenantOf(coll), &kept)
	insert(t, coll, bson.D{{Key: "_id", Value: 1}, {Key: "title", Value: "tea"}}, bson.D{{Key: "_id", Value: 2}, {Key: "title", Value: "tea"}, {Key: "deletedAt", Value: bson.DateTime(5)}})
	for want, in := range map[string]raw.Documents{"1": docs, "2": docs.Deleted()} {
		if got, err := found(t, in, searching("tea")); got != want || err != nil {
			t.Errorf("found are %q, not %s, %v", got, want, err)
		}
		if n, err := in.Count(t.Context(), searching("tea")); n != 1 || err != nil {
			t.Errorf("there are %d, %v", n, err)
		}
	}
}

// TestLongCursorsAtDeleted: a cursor that has nothing but the _id of a document goes on behind it when
// that is deleted.
func TestLongCursorsAtDeleted(t *testing.T) {
	t.Parallel()
	docs, coll := newKeptThings(t)
	long, id := strings.Repeat("x", 3000), bson.NewObjectID()
	insert(t, coll, thingOf(id, long+"a"), thingOf(bson.NewObjectID(), long+"b"))
	q := store.Query[thing]{Sort: thingCode.Asc(), Limit: 1}
	first, err := runtime.Find(t.Context(), docs, q)
	if err != nil || len(first.Documents) != 1 {
		t.Fatalf("%v, %v", first, err)
	}
	if err := docs.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	q.After = first.Next
	second, err := runtime.Find(t.Context(), docs, q)
	if err != nil || len(second.Documents) != 1 || second.Documents[0].Code != long+"b" {
		t.Errorf("%v, %v", second, err)
	}
}

// newKeptThings returns the collection in a database of its own, with its indexes.
func newKeptThings(t *testing.T) (raw.Documents, *mongo.Collection) {
	t.Helper()
	tenant, db := newTenant(t)
	coll := db.Collection(keptThings.Name)
	createIndexes(t, coll, keptThings.Indexes)
	return raw.In(tenant, &keptThings), coll
}
