package tenant_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

func TestMain(m *testing.M) {
	askNameServers()
	os.Exit(testdb.Run(m))
}

// fixture is a catalog with a database of its own.
type fixture struct {
	*tenant.Catalog
	clusters *tenant.Clusters
	adminDB  string
	log      *bytes.Buffer
	// prefix starts the names of databases that the test may make.
	prefix string
}

func newFixture(t *testing.T, ttl time.Duration) *fixture {
	t.Helper()
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: testdb.URI(t)}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	f := &fixture{clusters: clusters, adminDB: testdb.Database(t, "admin"), prefix: testdb.Database(t, ""), log: &bytes.Buffer{}}
	f.Catalog = f.another(t, ttl)
	// api/fleet builds it when a server starts; names are unique through it.
	_, err = f.entries(t).Indexes().CreateOne(t.Context(), mongo.IndexModel{
		Keys: bson.D{{Key: "name", Value: 1}}, Options: options.Index().SetUnique(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// another returns a second catalog on the same database, as another process has.
func (f *fixture) another(t *testing.T, ttl time.Duration) *tenant.Catalog {
	t.Helper()
	c, err := tenant.NewCatalog(f.clusters, f.adminDB, ttl, slog.New(slog.NewTextHandler(f.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// enter stores an entry as it is.
func (f *fixture) enter(t *testing.T, entry bson.D) {
	t.Helper()
	if _, err := f.entries(t).InsertOne(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
}

// entries returns the catalog as it is stored.
func (f *fixture) entries(t *testing.T) *mongo.Collection {
	t.Helper()
	return testdb.Client(t).Database(f.adminDB).Collection("tenants")
}

func (f *fixture) databases(t *testing.T) []string {
	t.Helper()
	names, err := testdb.Client(t).ListDatabaseNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func TestNameAloneIsAdopted(t *testing.T) {
	f := newFixture(t, time.Minute)
	name := testdb.Database(t, "Northwind-Foods")
	f.enter(t, bson.D{{Key: "name", Value: name}, {Key: "__v", Value: int32(0)}})
	got, err := f.Resolve(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if got.Database != name || got.Cluster != tenant.DefaultCluster || got.State != tenants.StateActive {
		t.Errorf("%+v", got)
	}
	if _, err := users.In(got.Handle()).Find(t.Context(), users.Query{}); err != nil {
		t.Errorf("its handle: %v", err)
	}
	byID, err := f.ResolveID(t.Context(), got.ID)
	if err != nil || byID.Name != name {
		t.Errorf("by id: %+v, %v", byID, err)
	}
	if _, err := f.Resolve(t.Context(), strings.ToLower(name)); !errors.Is(err, tenant.ErrUnknown) {
		t.Errorf("names are compared exactly, but: %v", err)
	}
}

var malformed = []string{
	"", " ", "../x", "a.b", "$", "a$b", "a\x00b", "\x00", "a b", " a", "a ", "a/b", `a\b`, `a"b`, "a\nb", "-a", "_a",
	"admin.users", "é", "😀", strings.Repeat("a", 64), strings.Repeat("a", 300), "{$ne:null}", "a%2fb",
}

func TestNamesThatAreNoneReachNoDatabase(t *testing.T) {
	f := newFixture(t, time.Minute)
	before := f.databases(t)
	for _, name := range append(slices.Clone(malformed), "admin", "local", "config", f.adminDB, "nobody") {
		if _, err := f.Resolve(t.Context(), name); !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("Resolve(%.40q): %v", name, err)
		}
		if _, err := f.Find(t.Context(), name); !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("Find(%.40q): %v", name, err)
		}
	}
	for _, name := range append(slices.Clone(malformed), "admin", "Admin", "LOCAL", "local", "config", "Capitals", f.adminDB) {
		if _, err := f.Create(t.Context(), name, tenant.DefaultCluster, tenant.Beginning{}); !errors.Is(err, tenant.ErrName) {
			t.Errorf("Begin(%.40q): %v", name, err)
		}
	}
	if after := f.databases(t); !slices.Equal(before, after) {
		t.Errorf("databases were %v, are %v", before, after)
	}
}

func TestAnothersDatabaseIsRefused(t *testing.T) {
	f := newFixture(t, time.Minute)
	owner, thief, adopted := f.prefix+"owner", f.prefix+"thief", f.prefix+"adopted"
	f.enter(t, bson.D{{Key: "name", Value: owner}, {Key: "database", Value: f.prefix + "theirs"}})
	f.enter(t, bson.D{{Key: "name", Value: adopted}})
	f.enter(t, bson.D{{Key: "name", Value: thief}, {Key: "database", Value: f.prefix + "theirs"}})
	f.enter(t, bson.D{{Key: "name", Value: thief + "2"}, {Key: "database", Value: adopted}})
	// The entry's own name is another's database.
	f.enter(t, bson.D{{Key: "name", Value: f.prefix + "theirs"}})
	refused := []string{thief, thief + "2", f.prefix + "theirs"}
	for i, database := range []string{"admin", "Local", "config", f.adminDB, strings.ToUpper(f.adminDB), "a.b", "$x", "../x", "a b"} {
		name := fmt.Sprintf("%s%d", f.prefix, i)
		refused = append(refused, name)
		f.enter(t, bson.D{{Key: "name", Value: name}, {Key: "database", Value: database}})
	}
	for _, name := range []string{owner, adopted} {
		if _, err := f.Resolve(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range refused {
		if _, err := f.Resolve(t.Context(), name); !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(f.log.String(), name) {
			t.Errorf("%s: the log does not name it", name)
		}
	}
	for _, fleet := range []iter.Seq2[*tenant.Entry, error]{f.List(t.Context()), f.ListByPage(t.Context())} {
		var served []string
		for one, err := range fleet {
			if err == nil {
				served = append(served, one.Name)
			} else if !tenant.IsEntryError(err) {
				t.Fatal(err)
			}
		}
		if want := []string{owner, adopted}; !slices.Equal(served, want) {
			t.Errorf("the fleet is %v, want %v", served, want)
		}
	}
	if _, err := f.Create(t.Context(), strings.ToLower(f.prefix+"theirs"), tenant.DefaultCluster, tenant.Beginning{}); !errors.Is(err, tenant.ErrName) {
		t.Errorf("a new tenant called as another's database: %v", err)
	}
}

func TestStates(t *testing.T) {
	f := newFixture(t, time.Minute)
	for state, want := range map[string]error{
		"provisioning": tenant.ErrUnknown, "active": nil, "suspended": tenant.ErrSuspended,
		"deleting": tenant.ErrUnknown, "deleted": tenant.ErrUnknown, "unheard-of": tenant.ErrUnknown,
	} {
		name := f.prefix + state
		f.enter(t, bson.D{{Key: "name", Value: name}, {Key: "state", Value: state}})
		got, err := f.Resolve(t.Context(), name)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", state, err, want)
		}
		if errors.Is(err, tenant.ErrSuspended) {
			if _, err := users.In(got.Handle()).Find(t.Context(), users.Query{}); !errors.Is(err, store.ErrNoTenant) {
				t.Errorf("a suspended tenant's handle opens: %v", err)
			}
		}
	}
}

func TestSuspensionIsSeen(t *testing.T) {
	f := newFixture(t, time.Hour)
	other := f.another(t, 20*time.Millisecond)
	made, err := f.Create(t.Context(), strings.ToLower(f.prefix)+"x", tenant.DefaultCluster, tenant.Beginning{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Resolve(t.Context(), made.Name); !errors.Is(err, tenant.ErrUnknown) {
		t.Fatalf("half provisioned: %v", err)
	}
	for _, state := range []tenants.StateValue{tenants.StateActive, tenants.StateSuspended, tenants.StateActive} {
		want := map[tenants.StateValue]error{tenants.StateSuspended: tenant.ErrSuspended}[state]
		if err := f.SetState(t.Context(), made, state); err != nil {
			t.Fatal(err)
		}
		if made.State != state {
			t.Errorf("it is %s, and was made %s", made.State, state)
		}
		if _, err := f.Resolve(t.Context(), made.Name); !errors.Is(err, want) {
			t.Errorf("%s, here: %v", state, err)
		}
		if _, err := f.ResolveID(t.Context(), made.ID); !errors.Is(err, want) {
			t.Errorf("%s, here by id: %v", state, err)
		}
		for {
			if _, err := other.Resolve(t.Context(), made.Name); errors.Is(err, want) {
				break
			}
			if t.Context().Err() != nil {
				t.Fatalf("%s is never seen elsewhere", state)
			}
		}
	}
}

func TestBeginIsForOneOnly(t *testing.T) {
	f := newFixture(t, time.Minute)
	name := strings.ToLower(f.prefix) + "race"
	var mu sync.Mutex
	ids := map[bson.ObjectID]bool{}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			got, err := f.Create(t.Context(), name, tenant.DefaultCluster, tenant.Beginning{})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			ids[got.ID] = true
			if got.Database != "t_"+got.ID.Hex() {
				t.Errorf("database is %s", got.Database)
			}
		})
	}
	all.Wait()
	if len(ids) != 1 {
		t.Errorf("%d tenants are called %s", len(ids), name)
	}
	if _, err := f.Create(t.Context(), name, "nowhere", tenant.Beginning{}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("an unknown cluster: %v", err)
	}
}

func TestCachedTenantTakesNoMemory(t *testing.T) {
	f := newFixture(t, time.Hour)
	f.enter(t, bson.D{{Key: "name", Value: f.prefix}})
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		if _, err := f.Resolve(ctx, f.prefix); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCatalogOutOfReach(t *testing.T) {
	server := testdb.Own(t)
	clusters, err := tenant.NewClusters(map[string]string{
		tenant.DefaultCluster: server.URI() + "?serverSelectionTimeoutMS=300",
	}, 10)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = clusters.Close(context.Background()) }()
	c, err := tenant.NewCatalog(clusters, "catalog", time.Hour, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for clusters.Ping(t.Context(), tenant.DefaultCluster) != nil { // it may take longer than 300 ms here
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
	}
	made, err := c.Create(t.Context(), "known", tenant.DefaultCluster, tenant.Beginning{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetState(t.Context(), made, tenants.StateActive); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Resolve(t.Context(), "known"); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	if _, err := c.Resolve(t.Context(), "known"); err != nil {
		t.Errorf("a tenant that is known: %v", err)
	}
	if _, err := c.Resolve(t.Context(), "other"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a tenant that is not: %v", err)
	}
	server.Restart()
	for {
		if _, err := c.Resolve(t.Context(), "other"); errors.Is(err, tenant.ErrUnknown) {
			break
		} else if !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("coming back: %v", err)
		}
	}
}

func TestNothingStaysBehind(t *testing.T) {
	testdb.Client(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: testdb.URI(t)}, 10)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tenant.NewCatalog(clusters, testdb.Database(t, "admin"), time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if _, err := c.Resolve(t.Context(), fmt.Sprintf("nobody%d", i)); !errors.Is(err, tenant.ErrUnknown) {
			t.Fatal(err)
		}
	}
	c.Close()
	if err := clusters.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestClustersNeverQuote(t *testing.T) {
	for _, uri := range []string{
		"mongodb://user:hunter2@host:notaport/", "mongodb://user:hunter%zz2@host/", "http://user:hunter2@host/",
		"mongodb://user:hun@ter2@host/", "hunter2",
	} {
		_, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, 10)
		if err == nil || strings.Contains(err.Error(), "hunter") || strings.Contains(err.Error(), "ter2") {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	clusters, err := tenant.NewClusters(map[string]string{
		tenant.DefaultCluster: "mongodb://user:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=200",
	}, 10)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = clusters.Close(context.Background()) }()
	err = clusters.Ping(t.Context(), tenant.DefaultCluster)
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}
