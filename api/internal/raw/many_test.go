package raw_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

func TestGetMany(t *testing.T) {
	tenant, db, seen := newWatchedTenant(t)
	people := users.In(tenant)
	misfit := bson.NewObjectID()
	insert(t, db.Collection("users"), bson.D{{Key: "_id", Value: misfit}, {Key: "name", Value: 5}})
	var made []*users.User
	for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		n := ada()
		n.Email = email
		user, err := people.Create(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, user)
	}
	seen.take()
	found, err := people.GetMany(t.Context(), made[0].ID, made[2].ID, bson.NewObjectID(), made[0].ID)
	if err != nil || len(found) != 2 || found[made[0].ID].Email != "a@example.com" || found[made[2].ID].Email != "c@example.com" {
		t.Errorf("%v, %v", found, err)
	}
	if sent := seen.take(); !slices.Equal(sent, []string{"find"}) {
		t.Errorf("the commands are %v", sent)
	}
	found, err = people.GetMany(t.Context(), misfit, made[1].ID)
	var invalid *store.DocumentError
	if len(found) != 1 || !errors.As(err, &invalid) || invalid.ID != misfit.Hex() || invalid.Path != "name" {
		t.Errorf("beside one that does not fit: %v, %v", found, err)
	}
	collection := users.Collection()
	raws, err := raw.In(tenant, &collection).GetMany(t.Context(), wire.ObjectIDValue(misfit), wire.ObjectIDValue(made[1].ID))
	if err != nil || len(raws) != 2 || raws[raw.IDKey(wire.ObjectIDValue(misfit))].Lookup("name").Int32() != 5 {
		t.Errorf("as stored: %v, %v", raws, err)
	}
}

func TestNothingIsAskedForNothing(t *testing.T) {
	tenant, _, seen := newWatchedTenant(t)
	people := users.In(tenant)
	none := users.Email.In()
	page, find := people.Find(t.Context(), users.Query{Where: none})
	count, counting := people.Count(t.Context(), store.And(none, users.Unindexed(users.RoleName.Ne("basic"))))
	exists, existing := people.Exists(t.Context(), none)
	found, get := people.GetMany(t.Context())
	for user, err := range people.All(t.Context(), users.Query{Where: none}) {
		t.Errorf("%v, %v are streamed", user, err)
	}
	if err := errors.Join(find, counting, existing, get); err != nil {
		t.Fatal(err)
	}
	if len(page.Documents) > 0 || page.Next != "" || count != 0 || exists || found == nil || len(found) > 0 {
		t.Errorf("%v, %d, %v, %v", page, count, exists, found)
	}
	if sent := seen.take(); len(sent) > 0 {
		t.Errorf("the commands are %v", sent)
	}
}

func TestCountIsServedAsFindIs(t *testing.T) {
	tenant, _ := newTenant(t)
	people := users.In(tenant)
	_, count := people.Count(t.Context(), users.Email.Ne("a"))
	_, exists := people.Exists(t.Context(), store.And(users.Email.Gt("a"), users.RoleName.Eq("basic")))
	for name, err := range map[string]error{"Count": count, "Exists": exists} {
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "role.name, createdAt, _id") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
