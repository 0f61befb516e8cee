package raw_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

// A time with nanoseconds is compared with milliseconds, so that nothing equals it, and no
// query is sent.
func TestFiltersFinerThanWhatIsStored(t *testing.T) {
	tenant, db, seen := newWatchedTenant(t)
	at := time.Date(1969, 12, 31, 23, 59, 59, 998e6, time.UTC) // the next ones are those of 1970
	for i, name := range []string{"a", "b", "c"} {
		insert(t, db.Collection("users"), bson.D{
			{Key: "_id", Value: bson.NewObjectID()}, {Key: "email", Value: name}, {Key: "role", Value: bson.D{{Key: "name", Value: "hos"}}},
			{Key: "createdAt", Value: at.Add(time.Duration(i) * time.Millisecond)},
		})
	}
	finer := at.Add(time.Millisecond + time.Nanosecond)
	people, created := users.In(tenant), users.CreatedAt
	for name, test := range map[string]struct {
		where users.Filter
		want  []string
		asked bool
	}{
		"Gt":          {created.Gt(finer), []string{"c"}, true},
		"Gte":         {created.Gte(finer), []string{"c"}, true},
		"Lt":          {created.Lt(finer), []string{"a", "b"}, true},
		"Lte":         {created.Lte(finer), []string{"a", "b"}, true},
		"Eq":          {created.Eq(finer), nil, false},
		"In":          {created.In(finer, at.Add(time.Microsecond)), nil, false},
		"In of two":   {created.In(finer, at), []string{"a"}, true},
		"a range":     {store.And(created.Gt(at.Add(-1)), created.Lt(at.Add(1))), []string{"a"}, true},
		"Ne":          {users.Unindexed(created.Ne(finer)), []string{"a", "b", "c"}, true},
		"not Eq":      {users.Unindexed(store.Not(created.Eq(finer))), []string{"a", "b", "c"}, true},
		"Or":          {users.Unindexed(store.Or(created.Eq(finer), created.Eq(at))), []string{"a"}, true},
		"exact":       {created.Eq(at), []string{"a"}, true},
		"all of them": {created.Gt(time.Time{}), []string{"a", "b", "c"}, true},
	} {
		seen.take()
		page, err := people.Find(t.Context(), users.Query{Where: store.And(users.RoleName.Eq("hos"), test.where)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var have []string
		for _, u := range page.Documents {
			have = append(have, u.Email)
		}
		slices.Sort(have)
		if !slices.Equal(have, test.want) || len(seen.take()) > 0 != test.asked {
			t.Errorf("%s: %v, want %v", name, have, test.want)
		}
	}
	seen.take()
	_, err := users.In(tenant).ByEmail(t.Context(), "a")
	if asked := seen.take(); err != nil || len(asked) != 1 {
		t.Fatalf("%v, %v", asked, err)
	}
	collection := users.Collection()
	_, err = runtime.GetBy[users.User](t.Context(), raw.In(tenant, &collection), created.Eq(finer))
	if asked := seen.take(); !errors.Is(err, store.ErrNotFound) || len(asked) > 0 {
		t.Errorf("by a key that nothing has: %v, %v", asked, err)
	}
}
