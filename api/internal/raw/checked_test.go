package raw_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

// labels returns changes of a map of two to four entries that may be left out.
func labels(entries store.Entries[string]) raw.Changes { return labelsChange(store.Set(entries)) }

func labelsChange(change store.Change[store.Entries[string]]) raw.Changes {
	var c raw.Changes
	runtime.ApplyEntries(&c, "box.labels", change, func(c *raw.Changes, path string, v store.Change[string]) {
		runtime.Apply(c, path, v, wire.AppendString)
	})
	runtime.BoundEntries(&c, "box.labels", change, 2, 4, false)
	return c
}

func TestBoundedEntries(t *testing.T) {
	docs, coll := newThings(t)
	set, gone := store.Set("x"), store.Unset[string]()
	for name, c := range map[string]struct {
		stored  any
		entries store.Entries[string]
		code    string
	}{
		"within":                 {bson.D{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, store.Entries[string]{"c": set, "d": set}, ""},
		"one replaced":           {bson.D{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, store.Entries[string]{"a": set}, ""},
		"one for another":        {bson.D{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, store.Entries[string]{"a": gone, "c": set}, ""},
		"too many":               {bson.D{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, store.Entries[string]{"c": set, "d": set, "e": set}, "too_long"},
		"too few":                {bson.D{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, store.Entries[string]{"a": gone}, "too_short"},
		"none":                   {bson.D{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, store.Entries[string]{"a": gone, "b": gone}, "too_short"},
		"gone from none":         {nil, store.Entries[string]{"a": gone}, ""},
		"too few of a null":      {nil, store.Entries[string]{"a": set}, "too_short"},
		"enough for a null":      {nil, store.Entries[string]{"a": set, "b": set}, ""},
		"of what is no document": {"text", store.Entries[string]{"a": set}, "too_short"},
	} {
		t.Run(name, func(t *testing.T) {
			id := bson.NewObjectID()
			insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: name}, {Key: "box", Value: bson.D{{Key: "labels", Value: c.stored}}}})
			before, err := docs.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			_, err = docs.Update(t.Context(), id, labels(c.entries))
			after, readErr := docs.Get(t.Context(), id)
			var invalid *store.InvalidError
			switch {
			case readErr != nil:
				t.Error(readErr)
			case c.code == "" && err != nil:
				t.Error(err)
			case c.code == "":
			case !errors.As(err, &invalid) || invalid.Fields[0].Code != c.code || invalid.Fields[0].Pointer != "/box/labels":
				t.Errorf("the error is %v", err)
			case after.String() != before.String():
				t.Errorf("stored is %v", after)
			}
		})
	}
	if _, err := docs.Update(t.Context(), bson.NewObjectID(), labels(store.Entries[string]{"a": set})); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a document that is not there: %v", err)
	}
}

// TestUnchangedEntriesAreNotCounted: a change of another member leaves a map as it is, even one
// with fewer entries than it must have.
func TestUnchangedEntriesAreNotCounted(t *testing.T) {
	docs, coll := newThings(t)
	for name, change := range map[string]store.Change[store.Entries[string]]{"left out": {}, "removed": store.Unset[store.Entries[string]]()} {
		id := bson.NewObjectID()
		insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: name}, {Key: "box", Value: bson.D{{Key: "labels", Value: bson.D{{Key: "a", Value: "1"}}}}}})
		changes := labelsChange(change)
		if len(changes.Sizes) > 0 {
			t.Errorf("%s: %+v are demanded", name, changes.Sizes)
		}
		runtime.Apply(&changes, "note", store.Set("new"), wire.AppendString)
		if _, err := docs.Update(t.Context(), id, changes); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// However many add an entry at once, there are never more than may be.
func TestBoundedEntriesTogether(t *testing.T) {
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}, {Key: "box", Value: bson.D{{Key: "labels", Value: bson.D{{Key: "a", Value: "1"}}}}}})
	var done atomic.Int64
	together(func(i int) {
		_, err := docs.Update(t.Context(), id, labels(store.Entries[string]{fmt.Sprintf("n%d", i): store.Set("x")}))
		var invalid *store.InvalidError
		switch {
		case err == nil:
			done.Add(1)
		case !errors.As(err, &invalid) && !errors.Is(err, store.ErrStale):
			t.Error(err)
		}
	})
	raw, err := docs.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := raw.Lookup("box", "labels").Document().Elements()
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1+int(done.Load()) || len(entries) > 4 {
		t.Errorf("%d entries after %d changes", len(entries), done.Load())
	}
}

// A change within a nested document that is not there would create it: it has to give what is
// required there.
func TestRequiredMembers(t *testing.T) {
	c := users.Collection()
	docs, coll, server := modelled(t, &c)
	change := func(path string, given bool) raw.Changes {
		var changes raw.Changes
		runtime.ApplyObject(&changes, path, store.Set("hos"), func(v string, c *raw.Changes, prefix string) {
			runtime.Require(c, prefix, "permission", given)
			runtime.Apply(c, prefix+"name", store.Set(v), wire.AppendString)
		})
		return changes
	}
	for name, test := range map[string]struct {
		stored bson.D
		path   string
		given  bool
		unread bool
		at     string
	}{
		"an object that is there":           {bson.D{{Key: "role", Value: bson.D{{Key: "permission", Value: bson.A{}}}}}, "role", false, true, ""},
		"one without it":                    {bson.D{{Key: "role", Value: bson.D{}}}, "role", false, true, ""},
		"one that is missing":               {bson.D{}, "role", false, false, "/role/permission"},
		"one that is null":                  {bson.D{{Key: "role", Value: nil}}, "role", false, false, "/role/permission"},
		"one that is missing, with it":      {bson.D{}, "role", true, true, ""},
		"an entry that is there":            {bson.D{{Key: "home", Value: bson.D{{Key: "a", Value: bson.D{{Key: "x", Value: 1}}}}}}, "home.a", false, false, ""},
		"an entry that is missing":          {bson.D{{Key: "home", Value: bson.D{{Key: "b", Value: bson.D{}}}}}, "home.a", false, false, "/home/a/permission"},
		"an entry of a map that is missing": {bson.D{}, "home.a", false, false, "/home/a/permission"},
	} {
		id := bson.NewObjectID()
		doc := bson.D{{Key: "_id", Value: id}, {Key: "name", Value: name}, {Key: "email", Value: id.Hex() + "@example.com"}, {Key: "_rev", Value: 7}}
		insert(t, coll, append(doc, test.stored...))
		server.Reset()
		_, done, err := docs.UpdateUnread(t.Context(), id, change(test.path, test.given))
		if err != nil || done != test.unread {
			t.Errorf("%s, unread: %t, %v", name, done, err)
		}
		if have := sent(server); done && len(have) != 1 {
			t.Errorf("%s, unread: sent are %q", name, have)
		}
		after, err := docs.Update(t.Context(), id, change(test.path, test.given))
		var invalid *store.InvalidError
		switch {
		case test.at == "" && (err != nil || after.Lookup(append(strings.Split(test.path, "."), "name")...).StringValue() != "hos"):
			t.Errorf("%s: %s, %v", name, after, err)
		case test.at != "" && (!errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Pointer != test.at || invalid.Fields[0].Code != "required"):
			t.Errorf("%s: %v, want a problem at %s", name, err, test.at)
		}
	}
}
