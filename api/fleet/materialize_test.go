package fleet_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// notes and orders are collections that come with their first document.
var (
	notes  = meta.Collection{Name: "notes"}
	orders = meta.Collection{Name: "orders", Indexes: []meta.Index{{Name: "number_1", Keys: []meta.Key{{Path: "number"}}, Unique: true}}}
)

// lazy gives the fixture a fleet whose tenants get notes and orders with their first documents.
func (f *fixture) lazy(t *testing.T) *fixture {
	t.Helper()
	made, err := fleet.New(fleet.Config{
		Catalog: f.catalog, Log: slog.New(slog.DiscardHandler), Collections: []meta.Collection{notes, orders}, LockTimeout: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Fleet = made
	return f
}

// lazyModel is such a fleet on a model of MongoDB, with its client.
func lazyModel(t *testing.T) (*fixture, *scripted.Server, *mongo.Client) {
	t.Helper()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return fixtureOn(t, server.URI(), client).lazy(t), server, client
}

// TestMaterialize makes what is named, then all, then nothing more, on each server; the gate and the catalog know of it.
func TestMaterialize(t *testing.T) {
	t.Parallel()
	embedded := newFixture(t).lazy(t)
	model, _, client := lazyModel(t)
	for server, on := range map[string]struct {
		*fixture
		client *mongo.Client
	}{"the test server": {embedded, testdb.Client(t)}, "the model": {model, client}} {
		t.Run(server, func(t *testing.T) {
			made, err := on.Provision(t.Context(), on.prefix, tenant.DefaultCluster)
			if err != nil {
				t.Fatal(err)
			}
			testdb.DropAtEnd(made.Database)
			db := on.client.Database(made.Database)
			for _, row := range []struct {
				names []string
				want  fleet.Materialized
				yet   int
			}{
				{[]string{"orders"}, fleet.Materialized{Made: []string{"orders"}, There: []string{}}, 1},
				{nil, fleet.Materialized{Made: []string{"notes"}, There: []string{"orders"}}, 0},
				{[]string{"orders", "notes", "orders"}, fleet.Materialized{Made: []string{}, There: []string{"notes", "orders"}}, 0},
			} {
				got, err := on.Materialize(t.Context(), on.prefix, row.names)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(&row.want, got); diff != "" {
					t.Errorf("%v: %s", row.names, diff)
				}
				report, err := on.CheckIndexes(t.Context(), visit.Options{Parallel: 1, Tenants: []string{on.prefix}})
				if err != nil || len(report.Findings) > 0 || report.NotThereYet != row.yet {
					t.Errorf("%v: the gate says %+v, %v", row.names, report, err)
				}
			}
			if got := indexNames(t, db.Collection("orders")); !slices.Equal(got, []string{"_id_", "number_1"}) {
				t.Errorf("indexes are %v", got)
			}
			if got := on.find(t, on.prefix).Collections; !slices.Equal(slices.Sorted(slices.Values(got)), []string{"notes", "orders"}) {
				t.Errorf("the entry records %v", got)
			}
		})
	}
}

// TestMaterializeRefuses what there is not, and tenants that are not to be changed.
func TestMaterializeRefuses(t *testing.T) {
	t.Parallel()
	f, _, client := lazyModel(t)
	var databases []string
	for name, state := range map[string]string{"active": "active", "suspended": "suspended", "half": "provisioning", "going": "deleting", "gone": "deleted"} {
		databases = append(databases, f.enter(t, name, bson.E{Key: "state", Value: state}).Name())
	}
	for name, says := range map[string]string{"half": "still being provisioned", "going": "it is deleting", "gone": "it is deleted"} {
		if _, err := f.Materialize(t.Context(), f.prefix+name, nil); !errors.Is(err, tenant.ErrState) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), f.prefix+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"nobody", "../x"} {
		if _, err := f.Materialize(t.Context(), name, nil); !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := f.Materialize(t.Context(), f.prefix+"active", []string{"orders", "order", "tenants"})
	if _, ok := errors.AsType[*fleet.CollectionsError](err); !ok || err.Error() != `no tenant has a collection "order, tenants"; there are notes, orders` {
		t.Errorf("unknown collections: %v", err)
	}
	if names, err := client.ListDatabaseNames(t.Context(), bson.D{}); err != nil || slices.ContainsFunc(names, func(name string) bool { return slices.Contains(databases, name) }) {
		t.Errorf("databases are %v, %v", names, err)
	}
	for _, name := range []string{"active", "suspended"} {
		if got, err := f.Materialize(t.Context(), f.prefix+name, []string{"notes"}); err != nil || !slices.Equal(got.Made, []string{"notes"}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	f.set(t, f.prefix+"active", bson.D{{Key: "lock", Value: bson.D{{Key: "owner", Value: "another"}, {Key: "until", Value: time.Now().Add(time.Hour)}}}})
	if _, err := f.Materialize(t.Context(), f.prefix+"active", nil); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("while another holds the lock: %v", err)
	}
}

// TestMaterializeRefusedIndexes says which index is not there, why, and what to do; nothing is recorded.
func TestMaterializeRefusedIndexes(t *testing.T) {
	t.Parallel()
	f, server, client := lazyModel(t)
	repeats, refused := f.enter(t, "repeats"), f.enter(t, "refused")
	for range 2 {
		if _, err := client.Database(repeats.Name()).Collection("orders").InsertOne(t.Context(), bson.D{{Key: "number", Value: 1}}); err != nil {
			t.Fatal(err)
		}
	}
	server.On("createIndexes").Where(func(c scripted.Command) bool { return c.Database == refused.Name() }).Always().Fail(scripted.Error{Code: 13, Message: "not authorized"})
	for name, says := range map[string][]string{
		"repeats": {"index number_1 is missing", "repeats the keys of another", "tenantctl indexes plan"},
		"refused": {"index number_1 is missing", "not authorized", "tenantctl indexes plan"},
	} {
		_, err := f.Materialize(t.Context(), f.prefix+name, nil)
		if _, ok := errors.AsType[*indexes.DriftError](err); !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, word := range says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q is not in %v", name, word, err)
			}
		}
		if got := f.find(t, f.prefix+name); len(got.Collections) > 0 || got.Fingerprint != "" {
			t.Errorf("%s: the entry records %v", name, got.Indexes)
		}
	}
	// Once what stands against it is gone, the same call ends what the first began.
	server.Reset()
	if _, err := client.Database(repeats.Name()).Collection("orders").DeleteOne(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"repeats", "refused"} {
		if _, err := f.Materialize(t.Context(), f.prefix+name, nil); err != nil || len(f.find(t, f.prefix+name).Collections) != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
