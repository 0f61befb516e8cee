package raw_test

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// shelves have unique keys of all sorts.
var shelves = raw.Collection{
	Collection: meta.Collection{Name: "shelves",
		Indexes: []meta.Index{
			{Name: "code_1", Keys: []meta.Key{{Path: "code"}}, Unique: true},
			{Name: "room.name_1_row_1", Keys: []meta.Key{{Path: "room.name"}, {Path: "row"}}, Unique: true},
			{Name: "alias_1", Keys: []meta.Key{{Path: "alias"}}, Unique: true, Sparse: true},
			{Name: "lock_1", Keys: []meta.Key{{Path: "lock"}}, Unique: true, Partial: []meta.Condition{{Path: "locked", Op: meta.Eq, Value: wire.BoolValue(true)}}},
			{Name: "color_1__id_1", Keys: []meta.Key{{Path: "color"}, {Path: "_id"}}},
		},
		Paths: []meta.Path{{Name: "_id"}, {Name: "code"}}},
}

func shelf(members ...bson.E) bson.D {
	return append(bson.D{{Key: "_id", Value: bson.NewObjectID()}}, members...)
}

func set(path, value string) raw.Changes {
	var c raw.Changes
	runtime.Apply(&c, path, store.Set(value), wire.AppendString)
	return c
}

// TestTakenKeysAreSeenBefore a write meets them.
func TestTakenKeysAreSeenBefore(t *testing.T) {
	tenant, db := newTenant(t)
	docs := raw.In(tenant, &shelves)
	room := bson.E{Key: "room", Value: bson.D{{Key: "name", Value: "east"}}}
	first := shelf(bson.E{Key: "code", Value: "a"}, room, bson.E{Key: "row", Value: "1"}, bson.E{Key: "alias", Value: "x"},
		bson.E{Key: "lock", Value: "k"}, bson.E{Key: "locked", Value: true}, bson.E{Key: "color", Value: "red"})
	other := shelf(bson.E{Key: "code", Value: "b"}, room, bson.E{Key: "row", Value: "2"})
	for _, doc := range []bson.D{first, other, shelf(bson.E{Key: "code", Value: nil})} {
		if _, err := db.Collection(shelves.Name).InsertOne(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	inc := raw.Changes{}
	runtime.ApplyNumber(&inc, "row", store.Inc(int64(1)), wire.AppendInt)
	for name, test := range map[string]struct {
		err   error
		field string
	}{
		"one key":                       {docs.CheckFree(t.Context(), marshalled(t, shelf(bson.E{Key: "code", Value: "a"}))), "code"},
		"both parts of a key":           {docs.CheckFree(t.Context(), marshalled(t, shelf(room, bson.E{Key: "row", Value: "2"}))), "room.name"},
		"half a key":                    {docs.CheckFree(t.Context(), marshalled(t, shelf(room, bson.E{Key: "row", Value: "3"}))), ""},
		"half a key, and no more":       {docs.CheckFree(t.Context(), marshalled(t, shelf(room))), ""},
		"a key that may be missing":     {docs.CheckFree(t.Context(), marshalled(t, shelf(bson.E{Key: "alias", Value: "x"}))), "alias"},
		"one that is missing":           {docs.CheckFree(t.Context(), marshalled(t, shelf(bson.E{Key: "code", Value: nil}))), ""},
		"one that is not unique":        {docs.CheckFree(t.Context(), marshalled(t, shelf(bson.E{Key: "color", Value: "red"}))), ""},
		"one of some documents":         {docs.CheckFree(t.Context(), marshalled(t, shelf(bson.E{Key: "lock", Value: "k"}))), ""},
		"itself":                        {docs.CheckFree(t.Context(), marshalled(t, first)), ""},
		"a change to another's":         {docs.CheckFreeAfter(t.Context(), marshalled(t, other), new(set("code", "a"))), "code"},
		"a change to half another's":    {docs.CheckFreeAfter(t.Context(), marshalled(t, other), new(set("row", "1"))), "room.name"},
		"a change to its own":           {docs.CheckFreeAfter(t.Context(), marshalled(t, other), new(set("code", "b"))), ""},
		"a change elsewhere":            {docs.CheckFreeAfter(t.Context(), marshalled(t, shelf(bson.E{Key: "code", Value: "a"})), new(set("color", "blue"))), ""},
		"a change that is not known":    {docs.CheckFreeAfter(t.Context(), marshalled(t, other), &inc), ""},
		"a change in a zero collection": {raw.In(store.Tenant{}, &shelves).CheckFree(t.Context(), marshalled(t, first)), "?"},
	} {
		var taken *store.DuplicateError
		switch {
		case test.field == "?":
			if !errors.Is(test.err, store.ErrNoTenant) {
				t.Errorf("%s: %v", name, test.err)
			}
		case test.field == "":
			if test.err != nil {
				t.Errorf("%s: %v", name, test.err)
			}
		case !errors.As(test.err, &taken) || taken.Field != test.field || taken.Collection != shelves.Name:
			t.Errorf("%s: %v", name, test.err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := docs.CheckFree(ctx, marshalled(t, first)); !errors.Is(err, context.Canceled) {
		t.Errorf("a database that does not answer: %v", err)
	}
}
