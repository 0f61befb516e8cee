package fleet_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestDiscard removes tenants that were never served, and nothing else.
func TestDiscard(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Fleet = f.with(t, fleet.Config{LockTimeout: time.Millisecond})
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

// TestDiscardCutShort: an entry that outlives its database is provisioned from the
// beginning, whatever was done before.
func TestDiscardCutShort(t *testing.T) {
	t.Parallel()
	f, server, _ := modelled(t)
	f.Fleet = f.with(t, fleet.Config{Collections: []meta.Collection{visits}, Migrations: fstest.MapFS{
		"0001_make.up.json":   {Data: []byte(`[{"create": "made"}]`)},
		"0001_make.down.json": {Data: []byte(`[{"drop": "made"}]`)},
	}})
	if _, err := f.Provision(t.Context(), "half", tenant.DefaultCluster); err != nil {
		t.Fatal(err)
	}
	f.set(t, "half", bson.D{{Key: "state", Value: "provisioning"}})
	server.On("delete").In("tenants").Nth(1).Fail(scripted.Error{Code: 13})
	if err := f.Discard(t.Context(), "half"); err == nil {
		t.Fatal("the entry went")
	}
	if n, err := f.Reconcile(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d finished, %v", n, err)
	}
	report, err := f.CheckIndexes(t.Context(), visit.Options{})
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	names, err := handle.OpenTenant(f.find(t, "half").Handle()).ListCollectionNames(t.Context(), bson.D{})
	if slices.Sort(names); err != nil || !slices.Equal(names, []string{"made", "visits"}) {
		t.Errorf("it is served from %v, %v", names, err)
	}
}
