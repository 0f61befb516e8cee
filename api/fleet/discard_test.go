package fleet_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
)

// TestDiscard removes what nobody was served from, and nothing else.
func TestDiscard(t *testing.T) {
	f := newFixture(t)
	half := bson.E{Key: "state", Value: "provisioning"}
	active := f.provision(t, f.prefix+"active")
	empty := f.enter(t, "empty", half)
	if err := empty.CreateCollection(t.Context(), "users"); err != nil {
		t.Fatal(err)
	}
	filled := f.enter(t, "filled", half)
	if _, err := filled.Collection("users").InsertOne(t.Context(), bson.D{{Key: "name", Value: "Ada"}}); err != nil {
		t.Fatal(err)
	}
	f.enter(t, "nowhere", half, bson.E{Key: "cluster", Value: "mars"})
	thief := bson.D{{Key: "name", Value: f.prefix + "thief"}, {Key: "database", Value: active.Name()}, half}
	held := bson.E{Key: "lock", Value: bson.D{{Key: "owner", Value: "another"}, {Key: "until", Value: time.Now().Add(time.Hour)}}}
	f.enter(t, "held", half, held)
	if _, err := f.admin.Collection("tenants").InsertOne(t.Context(), thief); err != nil {
		t.Fatal(err)
	}
	var retained *fleet.RetainedError
	for name, says := range map[string]string{"active": "is active", "filled": "has documents in collection users"} {
		if err := f.Discard(t.Context(), f.prefix+name); !errors.As(err, &retained) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var locked *tenant.LockedError
	if err := f.Discard(t.Context(), f.prefix+"held"); !errors.As(err, &locked) {
		t.Errorf("held: %v", err)
	}
	for _, name := range []string{"empty", "nowhere", "thief"} {
		if err := f.Discard(t.Context(), f.prefix+name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Discard(t.Context(), f.prefix+name); !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("%s once more: %v", name, err)
		}
	}
	var left []string
	for _, name := range []string{"active", "filled", "held", "empty", "nowhere", "thief"} {
		n, err := f.admin.Collection("tenants").CountDocuments(t.Context(), bson.D{{Key: "name", Value: f.prefix + name}})
		if err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			left = append(left, name)
		}
	}
	if want := []string{"active", "filled", "held"}; !slices.Equal(left, want) {
		t.Errorf("left are %v", left)
	}
	names, err := testdb.Client(t).ListDatabaseNames(t.Context(), bson.D{{Key: "name", Value: bson.D{{Key: "$in", Value: bson.A{empty.Name(), filled.Name(), active.Name()}}}}})
	if slices.Sort(names); err != nil || len(names) != 2 || slices.Contains(names, empty.Name()) {
		t.Errorf("databases left are %v, %v", names, err)
	}
	if _, err := f.catalog.Resolve(t.Context(), f.prefix+"active"); err != nil {
		t.Errorf("the tenant whose database another named: %v", err)
	}
}
