package raw_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// TestIDKeys: _ids have one key if and only if the database takes them for the same.
func TestIDKeys(t *testing.T) {
	value := func(v any) bson.RawValue { return marshalled(t, bson.D{{Key: "v", Value: v}}).Lookup("v") }
	same := [][]any{
		{int32(7), int64(7), 7.0}, {int64(0), 0.0}, {int64(-1 << 63), -9223372036854775808.0}, {"7"}, {"7\x00"}, {7.5}, {int64(1<<63 - 1)},
		{bson.ObjectID{11: 7}}, {store.UUID{15: 7}, wire.UUIDValue(store.UUID{15: 7})}, {bson.Binary{Subtype: 3, Data: make([]byte, 16)}}, {"\x00"}, {""}, {nil}, {true},
	}
	known := map[string]int{}
	for i, values := range same {
		for _, v := range values {
			key := raw.IDKey(value(v))
			if of, ok := known[key]; ok && of != i {
				t.Errorf("%v has the key of %v", v, same[of][0])
			}
			if want := raw.IDKey(value(values[0])); key != want {
				t.Errorf("%v and %v have different keys", v, values[0])
			}
			known[key] = i
		}
	}
}

// TestUpsertsThatBeginAtTime: a document whose revisions begin at the time of its creation has
// that time, and not 1, which another under its _id may have had.
func TestUpsertsThatBeginAtTime(t *testing.T) {
	tenant, db := newTenant(t)
	codes := raw.Collection{Collection: meta.Collection{
		Name: "codes", Indexes: []meta.Index{{Name: "email_1", Keys: []meta.Key{{Path: "email"}}, Unique: true}},
	}}
	uniqueEmail(t, db.Collection("codes"))
	docs := raw.In(tenant, &codes)
	const begun = int64(1795464547267)
	of := func(id, email, name string) bson.Raw {
		return marshalled(t, bson.D{{Key: "_id", Value: id}, {Key: "email", Value: email}, {Key: "name", Value: name}, {Key: "_rev", Value: begun}})
	}
	for _, step := range []struct {
		id, email, name string
		created         bool
		wantID          string
		rev             int64
	}{
		{"a", "a@x.org", "A", true, "a", begun},
		{"a", "a@x.org", "B", false, "a", begun + 1},
		{"b", "a@x.org", "C", false, "a", begun + 2},
		{"b", "b@x.org", "D", true, "b", begun},
	} {
		stored, created, err := docs.Upsert(t.Context(), of(step.id, step.email, step.name), []string{"name", "email"}, []string{"email"})
		if err != nil || created != step.created || stored.Lookup("_id").StringValue() != step.wantID || stored.Lookup("_rev").AsInt64() != step.rev || stored.Lookup("name").StringValue() != step.name {
			t.Errorf("%+v: %v, %v, %v", step, stored, created, err)
		}
	}
	_, _, err := docs.Upsert(t.Context(), of("a", "c@x.org", "E"), []string{"name", "email"}, []string{"email"})
	if taken, ok := errors.AsType[*store.DuplicateError](err); !ok || taken.Field != "_id" {
		t.Errorf("an _id that is taken: %v", err)
	}
}
