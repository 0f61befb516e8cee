package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

type fixture struct {
	*fleet.Fleet
	catalog *tenant.Catalog
	admin   *mongo.Database
	prefix  string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return fixtureOn(t, testdb.URI(t), testdb.Client(t))
}

// fixtureOn returns a fixture on the server at uri, of which client is a client.
func fixtureOn(t *testing.T, uri string, client *mongo.Client) *fixture {
	t.Helper()
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	log := slog.New(slog.DiscardHandler)
	name := testdb.Database(t, "admin")
	catalog, err := tenant.NewCatalog(clusters, name, time.Minute, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(catalog.Close)
	f := &fixture{catalog: catalog, admin: client.Database(name), prefix: testdb.Database(t, "")}
	f.Fleet = f.with(t, fleet.Config{})
	if err := f.EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// with returns a fleet of the same catalog, as cfg says, whose tenants have all collections from the beginning.
func (f *fixture) with(t *testing.T, cfg fleet.Config) *fleet.Fleet {
	t.Helper()
	cfg.Catalog, cfg.Log, cfg.Eager = f.catalog, slog.New(slog.DiscardHandler), true
	if cfg.Collections == nil {
		cfg.Collections = raw.Declarations(gen.Collections())
	}
	made, err := fleet.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// provision makes a tenant, and returns its database.
func (f *fixture) provision(t *testing.T, name string) *mongo.Database {
	t.Helper()
	made, err := f.Provision(t.Context(), name, tenant.DefaultCluster)
	if err != nil {
		t.Fatal(err)
	}
	testdb.DropAtEnd(made.Database)
	return testdb.Client(t).Database(made.Database)
}

func indexNames(t *testing.T, coll *mongo.Collection) []string {
	t.Helper()
	specs, err := coll.Indexes().ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range specs {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return names
}

const byRole = "role.name_1_createdAt_-1__id_-1"

func TestProvisioningGivesWhatTheSchemaSays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	db := f.provision(t, f.prefix)
	if got, want := indexNames(t, db.Collection("users")), []string{"_id_", "email_1", byRole}; !slices.Equal(got, want) {
		t.Errorf("indexes are %v, want %v", got, want)
	}
	if got := indexNames(t, f.admin.Collection("tenants")); !slices.Contains(got, "name_1") {
		t.Errorf("the catalog's indexes are %v", got)
	}
	served, err := f.catalog.Resolve(t.Context(), f.prefix)
	if err != nil {
		t.Fatal(err)
	}
	if want := []tenants.StepsValue{tenants.StepsCollections, tenants.StepsMigrations, tenants.StepsIndexes}; !slices.Equal(served.Steps, want) {
		t.Errorf("steps are %v", served.Steps)
	}
	if _, err := f.Provision(t.Context(), f.prefix, tenant.DefaultCluster); !errors.Is(err, tenant.ErrExists) {
		t.Errorf("once more: %v", err)
	}
}

// TestProvisioningGoesOn stops after each step, and in the middle of each.
func TestProvisioningGoesOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i, interrupt := range []func(t *testing.T, made *tenant.Entry, db *mongo.Database){
		func(*testing.T, *tenant.Entry, *mongo.Database) {},
		func(t *testing.T, _ *tenant.Entry, db *mongo.Database) {
			if err := db.CreateCollection(t.Context(), "users"); err != nil {
				t.Fatal(err)
			}
		},
		func(t *testing.T, made *tenant.Entry, _ *mongo.Database) {
			f.set(t, made.Name, bson.D{{Key: "steps", Value: bson.A{"collections"}}})
		},
		func(t *testing.T, made *tenant.Entry, db *mongo.Database) {
			f.set(t, made.Name, bson.D{{Key: "steps", Value: bson.A{"collections"}}})
			index(t, db.Collection("users"), bson.D{{Key: "email", Value: 1}}, options.Index().SetUnique(true))
		},
	} {
		name := fmt.Sprintf("%s%d", f.prefix, i)
		made, err := f.catalog.Create(t.Context(), name, tenant.DefaultCluster, tenant.Beginning{})
		if err != nil {
			t.Fatal(err)
		}
		interrupt(t, made, testdb.Client(t).Database(made.Database))
		if _, err := f.catalog.Resolve(t.Context(), name); !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("%d: half provisioned, and served: %v", i, err)
		}
		db := f.provision(t, name)
		if db.Name() != made.Database {
			t.Errorf("%d: provisioned twice: %s and %s", i, made.Database, db.Name())
		}
		if got := indexNames(t, db.Collection("users")); len(got) != 3 {
			t.Errorf("%d: indexes are %v", i, got)
		}
		if _, err := f.catalog.Resolve(t.Context(), name); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func index(t *testing.T, coll *mongo.Collection, keys bson.D, opts *options.IndexOptionsBuilder) {
	t.Helper()
	if _, err := coll.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: keys, Options: opts}); err != nil {
		t.Fatal(err)
	}
}

func drop(t *testing.T, coll *mongo.Collection, name string) {
	t.Helper()
	if err := coll.Indexes().DropOne(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

var emailKey = bson.D{{Key: "email", Value: 1}}

// drifts are the ways in which a tenant's indexes can drift, and the finding about each.
var drifts = []struct {
	name    string
	do      func(t *testing.T, users *mongo.Collection)
	index   string
	problem indexes.Kind
	detail  string
}{
	{"dropped", func(t *testing.T, c *mongo.Collection) { drop(t, c, "email_1") },
		"email_1", indexes.Missing, "declared on email"},
	{"made non-unique", func(t *testing.T, c *mongo.Collection) {
		drop(t, c, "email_1")
		index(t, c, emailKey, options.Index())
	}, "email_1", indexes.Different, "unique is false, declared true"},
	{"renamed", func(t *testing.T, c *mongo.Collection) {
		drop(t, c, "email_1")
		index(t, c, emailKey, options.Index().SetUnique(true).SetName("by_email"))
	}, "by_email", indexes.Renamed, "it is as email_1 is declared, under another name"},
	{"reordered", func(t *testing.T, c *mongo.Collection) {
		drop(t, c, byRole)
		index(t, c, bson.D{{Key: "createdAt", Value: -1}, {Key: "role.name", Value: 1}, {Key: "_id", Value: -1}}, options.Index().SetName(byRole))
	}, byRole, indexes.Different, "keys are -createdAt, role.name, -_id, declared role.name, -createdAt, -_id; it has to be dropped before it is built"},
	{"added by hand", func(t *testing.T, c *mongo.Collection) { index(t, c, bson.D{{Key: "name", Value: 1}}, options.Index()) },
		"name_1", indexes.Extra, "not declared; on name"},
	{"sparse", func(t *testing.T, c *mongo.Collection) {
		drop(t, c, "email_1")
		index(t, c, emailKey, options.Index().SetUnique(true).SetSparse(true))
		needSparse(t, c, "email_1")
	}, "email_1", indexes.Different, "sparse is true, declared false"},
}

// needSparse skips where the server forgets that an index is sparse.
func needSparse(t *testing.T, coll *mongo.Collection, name string) {
	t.Helper()
	specs, err := coll.Indexes().ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(specs, func(s mongo.IndexSpecification) bool { return s.Name == name })
	if at < 0 || specs[at].Sparse == nil || !*specs[at].Sparse {
		drop(t, coll, name)
		index(t, coll, emailKey, options.Index().SetUnique(true))
		t.Skip("needs a server whose listIndexes tells that an index is sparse")
	}
}

func TestEveryDriftIsFoundAndMended(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.provision(t, f.prefix+"agrees")
	for _, drift := range drifts {
		t.Run(drift.name, func(t *testing.T) {
			name := f.prefix + strings.ReplaceAll(drift.name, " ", "-")
			db := f.provision(t, name)
			drift.do(t, db.Collection("users"))
			found := f.check(t, visit.Options{Tenants: []string{name, f.prefix + "agrees"}})
			if len(found) != 1 {
				t.Fatalf("findings: %+v", found)
			}
			got := found[0]
			if got.Tenant != name || got.Collection != "users" || got.Index != drift.index || got.Problem != drift.problem || got.Detail != drift.detail {
				t.Errorf("found %+v", got)
			}
			// Without prune, existing indexes stay.
			kept, err := f.EnsureIndexes(t.Context(), visit.Options{}, false)
			if err != nil {
				t.Fatal(err)
			}
			if mended := len(kept.Open()) == 0; mended != (drift.problem == indexes.Missing || drift.problem == indexes.Renamed) {
				t.Errorf("ensure left %+v", kept.Open())
			}
			pruned, err := f.EnsureIndexes(t.Context(), visit.Options{}, true)
			if err != nil || len(pruned.Open()) > 0 {
				t.Errorf("ensure with prune left %+v, %v", pruned.Open(), err)
			}
			for _, left := range f.check(t, visit.Options{Tenants: []string{name}}) {
				if left.Problem != indexes.Renamed {
					t.Errorf("left: %v", left)
				}
			}
			if got := indexNames(t, db.Collection("users")); len(got) != 3 {
				t.Errorf("indexes are %v", got)
			}
		})
	}
}

func TestRepeatedKeysAreNamed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	db := f.provision(t, f.prefix)
	coll := db.Collection("users")
	drop(t, coll, "email_1")
	ids := []bson.ObjectID{}
	for _, email := range []string{"a@example.com", "b@example.com", "a@example.com", "c@example.com"} {
		id := bson.NewObjectID()
		ids = append(ids, id)
		if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "_id", Value: id}, {Key: "email", Value: email}}); err != nil {
			t.Fatal(err)
		}
	}
	report, err := f.EnsureIndexes(t.Context(), visit.Options{}, true)
	if err != nil {
		t.Fatal(err)
	}
	open := report.Open()
	if len(open) != 1 || open[0].Problem != indexes.Missing || open[0].Remedy != indexes.Refuse {
		t.Fatalf("findings: %+v", open)
	}
	for _, id := range []bson.ObjectID{ids[0], ids[2]} {
		if !strings.Contains(open[0].Detail, id.Hex()) {
			t.Errorf("%s is not named in %q", id.Hex(), open[0].Detail)
		}
	}
	if n, err := coll.CountDocuments(t.Context(), bson.D{}); err != nil || n != 4 {
		t.Errorf("%d documents, %v", n, err)
	}
}

func TestFleetGoesOnPastTrouble(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.provision(t, f.prefix)
	absent := testdb.Database(t, "absent")
	catalog := f.admin.Collection("tenants")
	for _, entry := range []bson.D{
		{{Key: "name", Value: absent}},
		{{Key: "name", Value: f.prefix + "system"}, {Key: "database", Value: "config"}},
		{{Key: "name", Value: f.prefix + "misfit"}, {Key: "state", Value: int32(1)}},
		{{Key: "name", Value: f.prefix + "gone"}, {Key: "state", Value: "deleted"}},
	} {
		if _, err := catalog.InsertOne(t.Context(), entry); err != nil {
			t.Fatal(err)
		}
	}
	report, err := f.CheckIndexes(t.Context(), visit.Options{Parallel: 2})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, finding := range report.Findings {
		got = append(got, fmt.Sprintf("%s %s", finding.Problem, finding.Index))
	}
	slices.Sort(got)
	want := []string{"absent ", "unreadable ", "unreadable "}
	if !slices.Equal(got, want) {
		t.Errorf("findings: %+v", report.Findings)
	}
	if report.Tenants != 4 {
		t.Errorf("%d tenants", report.Tenants)
	}
	names, err := testdb.Client(t).ListDatabaseNames(t.Context(), bson.D{{Key: "name", Value: absent}})
	if err != nil || len(names) > 0 {
		t.Errorf("looking made databases %v, %v", names, err)
	}
	one, err := f.CheckIndexes(t.Context(), visit.Options{Tenants: []string{f.prefix, "nobody"}})
	if err != nil || one.Tenants != 2 || len(one.Findings) != 1 || one.Findings[0].Tenant != "nobody" {
		t.Errorf("two of them: %+v, %v", one, err)
	}
}

func TestProvisionedTenantTakesUsers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.provision(t, f.prefix)
	served, err := f.catalog.Resolve(t.Context(), f.prefix)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.In(served.Handle()).Find(t.Context(), users.Query{Where: users.RoleName.Eq(users.RoleNameSuper)}); err != nil {
		t.Error(err)
	}
}

// TestRunFinishesHalfMadeTenants, counts them as its own, and says so once.
func TestRunFinishesHalfMadeTenants(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	half, err := f.catalog.Create(t.Context(), f.prefix, tenant.DefaultCluster, tenant.Beginning{})
	if err != nil {
		t.Fatal(err)
	}
	testdb.DropAtEnd(half.Database)
	var log bytes.Buffer
	all, err := fleet.New(fleet.Config{Catalog: f.catalog, Collections: raw.Declarations(gen.Collections()), Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for _, done := range []int{1, 0} {
		out, err := all.Migrate(t.Context(), migrate.Options{Target: all.Latest()})
		if err != nil || out.Done != done || out.Tenants != 1 || len(out.Failures) > 0 {
			t.Errorf("%+v, %v", out, err)
		}
	}
	if one, err := f.catalog.FindID(t.Context(), half.ID); err != nil || one.State != tenants.StateActive || one.Lock.Owner != "" {
		t.Errorf("%+v, %v", one, err)
	}
	if n := strings.Count(log.String(), "tenant provisioned"); n != 1 {
		t.Errorf("it is said %d times: %s", n, log.String())
	}
}
