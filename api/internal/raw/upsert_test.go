package raw_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

func TestUpsert(t *testing.T) {
	tenant, db := newTenant(t)
	people := users.In(tenant)
	coll := db.Collection("users")
	uniqueEmail(t, coll)
	made, created, err := people.UpsertByEmail(t.Context(), ada())
	if err != nil || !created || made.Email != "ada@example.com" || made.Rev().String()[:2] != "1-" || made.Role.Name != "basic" || made.CreatedAt.IsZero() {
		t.Fatalf("%+v, %v, %v", made, created, err)
	}
	others := bson.D{{Key: "phone", Value: "+1"}, {Key: "role.since", Value: 1990}, {Key: "role.name", Value: "hos"}, {Key: "createdAt", Value: bson.DateTime(5)}}
	if _, err := coll.UpdateByID(t.Context(), made.ID, bson.D{{Key: "$set", Value: others}}); err != nil {
		t.Fatal(err)
	}
	again := person("ADA@example.com")
	again.ID, again.Name, again.Role = bson.NewObjectID(), "Ada L.", store.Optional[users.Role]{}
	changed, created, err := people.UpsertByEmail(t.Context(), again)
	if err != nil || created || changed.ID != made.ID || changed.Name != "Ada L." || changed.Role.Name != "hos" || len(changed.Role.Permission) != 2 || changed.Rev().String()[:2] != "2-" {
		t.Errorf("%+v, %v, %v", changed, created, err)
	}
	doc := stored(t, coll, made.ID)
	if doc["phone"] != "+1" || doc["createdAt"] != bson.DateTime(5) || !strings.Contains(fmt.Sprint(doc["role"]), "1990") {
		t.Errorf("an upsert left %v", doc)
	}
	if n, err := people.Count(t.Context(), users.Filter{}); err != nil || n != 1 {
		t.Errorf("%d are stored, %v", n, err)
	}
	demoted := person("ada@example.com")
	demoted.Role = store.Some(users.Role{Permission: []users.Permission{}})
	if stored, _, err := people.UpsertByEmail(t.Context(), demoted); err != nil || stored.Role.Name != "hos" || len(stored.Role.Permission) != 0 {
		t.Errorf("an empty list that is given: %+v, %v", stored, err)
	}
	same := person("ada@example.com")
	same.ID = made.ID
	if stored, created, err := people.UpsertByEmail(t.Context(), same); err != nil || created || stored.ID != made.ID || stored.Rev().String()[:2] != "4-" {
		t.Errorf("one that is there, with its own _id: %+v, %v, %v", stored, created, err)
	}
	_, _, err = people.UpsertByEmail(t.Context(), users.New{Email: "x"})
	var invalid *store.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Fields) != 3 {
		t.Errorf("what does not fit: %v", err)
	}
	new := person("new@example.com")
	new.ID = made.ID
	_, _, err = people.UpsertByEmail(t.Context(), new)
	var taken *store.DuplicateError
	if !errors.As(err, &taken) || taken.Field != "_id" {
		t.Errorf("an _id that is taken: %#v", err)
	}
}

// marshalled returns doc as stored.
func marshalled(t *testing.T, doc bson.D) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestUpsertOfWhatStays(t *testing.T) {
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll,
		bson.D{
			{Key: "_id", Value: id}, {Key: "code", Value: "c"}, {Key: "made", Value: "then"}, {Key: "n", Value: 5}, {Key: "alias", Value: "gone"},
			{Key: "box", Value: nil}, {Key: "lid", Value: bson.D{{Key: "made", Value: "then"}, {Key: "size", Value: 3}}},
		},
		bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "other"}, {Key: "alias", Value: "taken"}},
	)
	members := []string{"n", "alias", "box.in.size", "lid.size", "labels"}
	doc := bson.D{
		{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "c"}, {Key: "made", Value: "now"}, {Key: "n", Value: int64(7)},
		{Key: "box", Value: bson.D{{Key: "made", Value: "now"}, {Key: "in", Value: bson.D{{Key: "size", Value: 1}}}}},
		{Key: "lid", Value: bson.D{{Key: "made", Value: "now"}, {Key: "size", Value: 4}}},
		{Key: "labels", Value: bson.D{{Key: "a", Value: "b"}}}, {Key: "_rev", Value: int64(1)},
	}
	upsert := func() bson.D {
		raw, _, err := docs.Upsert(t.Context(), marshalled(t, doc), members, []string{"code"})
		if err != nil {
			t.Fatal(err)
		}
		var have bson.D
		if err := bson.Unmarshal(raw, &have); err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(have, func(a, b bson.E) int { return strings.Compare(a.Key, b.Key) })
		return have
	}
	want := bson.D{
		{Key: "_id", Value: id}, {Key: "_rev", Value: int64(1)}, {Key: "box", Value: bson.D{{Key: "in", Value: bson.D{{Key: "size", Value: int32(1)}}}}},
		{Key: "code", Value: "c"}, {Key: "labels", Value: bson.D{{Key: "a", Value: "b"}}},
		{Key: "lid", Value: bson.D{{Key: "made", Value: "then"}, {Key: "size", Value: int32(4)}}}, {Key: "made", Value: "then"}, {Key: "n", Value: int64(7)},
	}
	if diff := cmp.Diff(want, upsert()); diff != "" {
		t.Errorf("one that is there (-want +have):\n%s", diff)
	}
	doc[1].Value = "new"
	doc = append(doc, bson.E{Key: "meta", Value: bson.D{}})
	want = slices.Insert(want, 7, bson.E{Key: "meta", Value: bson.D{}})
	have := upsert()
	want[0].Value, want[3].Value, want[6].Value = doc[0].Value, "new", "now"
	for i, e := range have {
		if e.Key != "box" && e.Key != "lid" && !cmp.Equal(e, want[i]) {
			t.Errorf("one that is not there has %v, want %v", e, want[i])
		}
	}
	if made, err := docs.Get(t.Context(), doc[0].Value.(bson.ObjectID)); err != nil || made.Lookup("box", "made").StringValue() != "now" ||
		made.Lookup("box", "in", "size").Int32() != 1 || made.Lookup("meta").Type != bson.TypeEmbeddedDocument || made.Lookup("lid", "made").StringValue() != "now" {
		t.Errorf("one that is not there: %v, %v", made, err)
	}
	taken := append(slices.Clone(doc), bson.E{Key: "alias", Value: "taken"})
	for _, code := range []string{"c", "third"} {
		taken[0].Value, taken[1].Value = bson.NewObjectID(), code
		_, _, err := docs.Upsert(t.Context(), marshalled(t, taken), members, []string{"code"})
		var dup *store.DuplicateError
		if !errors.As(err, &dup) || dup.Field != "alias" {
			t.Errorf("another key that is taken, by %s: %#v", code, err)
		}
	}
	_, _, err := docs.Upsert(t.Context(), marshalled(t, doc), members, []string{"alias"})
	var invalid *store.InvalidError
	if !errors.As(err, &invalid) || invalid.Fields[0].Pointer != "/alias" {
		t.Errorf("a key that is missing: %v", err)
	}
}

// Whichever upsert is first, one document has the key, and none fails.
func TestUpsertRaces(t *testing.T) {
	tenant, db := newTenant(t)
	people := users.In(tenant)
	uniqueEmail(t, db.Collection("users"))
	const rounds, each = 5, 8
	for range rounds {
		if _, err := db.Collection("users").DeleteMany(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
		made, errs := make(chan bool, 2*each), make(chan error, 2*each)
		for range each {
			go func() {
				_, created, err := people.UpsertByEmail(t.Context(), ada())
				made <- created
				errs <- err
			}()
			go func() {
				_, err := people.Create(t.Context(), ada())
				made <- err == nil
				if taken, ok := errors.AsType[*store.DuplicateError](err); ok && taken.Field == "email" {
					err = nil
				}
				errs <- err
			}()
		}
		total := 0
		for range 2 * each {
			if err := <-errs; err != nil {
				t.Error(err)
			}
			if <-made {
				total++
			}
		}
		if n, err := people.Count(t.Context(), users.Filter{}); err != nil || n != 1 || total != 1 {
			t.Errorf("%d are stored, %d were created, %v", n, total, err)
		}
	}
}

// TestUpsertNeedsItsKey: a key that is missing or null may be that of many documents.
func TestUpsertNeedsItsKey(t *testing.T) {
	docs, coll := newThings(t)
	for name, members := range map[string]bson.D{"missing": nil, "null": {{Key: "code", Value: nil}}} {
		doc := marshalled(t, append(bson.D{{Key: "_id", Value: bson.NewObjectID()}}, members...))
		_, _, err := docs.Upsert(t.Context(), doc, []string{"n"}, []string{"code"})
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Pointer != "/code" || invalid.Fields[0].Code != "required" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n, err := coll.CountDocuments(t.Context(), bson.D{}); err != nil || n != 0 {
		t.Errorf("%d are stored, %v", n, err)
	}
}
