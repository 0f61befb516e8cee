package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// nowhere is a connection string that nobody answers at.
const nowhere = "mongodb://127.0.0.1:1/"

// openClusters returns clusters that nobody needs to answer.
func openClusters(t *testing.T, uris map[string]string) *tenant.Clusters {
	t.Helper()
	clusters, err := tenant.NewClusters(uris, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.WithoutCancel(t.Context())) })
	return clusters
}

// said fails the test unless err says want, and nothing else.
func said(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// TestConnectionStringsAreRefused, with the cluster's name and what to write instead.
func TestConnectionStringsAreRefused(t *testing.T) {
	t.Parallel()
	const (
		unsafe = `cluster "eu": the connection string has w=0, with which no server acknowledges writes; leave it out: writes wait for a majority`
		crowd  = `cluster "eu": the connection string's minPoolSize is above 10, the maximum number of connections; write a smaller one`
		none   = `cluster "eu": not a MongoDB connection string; write mongodb://HOST:PORT/ or mongodb+srv://HOST/, with special characters of a password percent-encoded`
	)
	for uri, want := range map[string]string{
		nowhere + "?w=0":                                      unsafe,
		nowhere + "?w=0&journal=true":                         unsafe,
		nowhere + "?w=0&minPoolSize=11":                       unsafe,
		nowhere + "?minPoolSize=11":                           crowd,
		nowhere + "?minPoolSize=5&w=x&w=y&z=%x":               none,
		"mongodb://user:hunter2@host:port/":                   none,
		"mongodb+srv://user:hunter2@host:27017/":              none,
		"mongodb+srv://user:hunter2@a,b/":                     none,
		"mongodb://a,b/?directConnection=true&minPoolSize=10": none,
		nowhere + "?readPreference=x&minPoolSize=10":          none,
		nowhere + "?connectTimeoutMS=TXT record hunter2":      none,
		"http://host/":                                        none,
		"":                                                    none,
	} {
		_, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: nowhere, "eu": uri}, 10)
		said(t, uri, err, want)
	}
	_, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: "x", "eu": nowhere + "?w=0"}, 10)
	if err == nil || !strings.Contains(err.Error(), unsafe) || !strings.Contains(err.Error(), `cluster "default": not a MongoDB`) {
		t.Errorf("two at once: %v", err)
	}
	_, err = tenant.NewClusters(map[string]string{"eu": nowhere}, 10)
	said(t, "without the catalog's", err, `there is no cluster "default"`)
}

// TestClustersThatAreNotThere are named together with those that are.
func TestClustersThatAreNotThere(t *testing.T) {
	t.Parallel()
	clusters := openClusters(t, map[string]string{tenant.DefaultCluster: nowhere, "eu": nowhere})
	const want = `there is no cluster "us"; there are default, eu`
	said(t, "asking it", clusters.Ping(t.Context(), "us"), want)
	said(t, "connecting", clusters.Connect(t.Context(), "us", slog.New(slog.DiscardHandler)), want)
	if err := clusters.Connect(t.Context(), "eu", slog.New(slog.DiscardHandler)); err != nil {
		t.Errorf("connecting waits for nobody: %v", err)
	}
	if clusters.Answered("eu") || clusters.Away("eu") <= 0 || clusters.Away(tenant.DefaultCluster) != 0 {
		t.Errorf("answered: %t; away for %v, and %v", clusters.Answered("eu"), clusters.Away("eu"), clusters.Away(tenant.DefaultCluster))
	}
}

// TestTheAdminDatabase is none of MongoDB's own, and nobody else's.
func TestTheAdminDatabase(t *testing.T) {
	t.Parallel()
	clusters := openClusters(t, map[string]string{tenant.DefaultCluster: nowhere, "eu": nowhere})
	log := slog.New(slog.DiscardHandler)
	for _, name := range []string{"", "admin", "Local", "config", "a.b", "-x", "a b", strings.Repeat("x", 64)} {
		_, err := tenant.NewCatalog(clusters, name, time.Minute, log)
		said(t, name, err, fmt.Sprintf("%q cannot be the admin database; write 1 to 63 of A-Z, a-z, 0-9, - and _, and none of admin, local and config", name))
	}
	for _, name := range []string{"tenantsDb", "_x", strings.Repeat("x", 63)} {
		c, err := tenant.NewCatalog(clusters, name, time.Minute, log)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := c.ReservedDatabases(), []string{"admin", "local", "config", name}; !slices.Equal(got, want) {
			t.Errorf("%v are reserved, want %v", got, want)
		}
		if got := c.Clusters(); !slices.Equal(got, []string{"default", "eu"}) {
			t.Errorf("%v are its clusters", got)
		}
		c.Close()
	}
}

// TestNewNamesAreRefused, with what is wrong with them.
func TestNewNamesAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, time.Minute)
	taken := strings.ToLower(f.prefix) + "taken"
	f.enter(t, bson.D{{Key: "name", Value: f.prefix + "owner"}, {Key: "database", Value: taken}})
	active := strings.ToLower(f.prefix) + "active"
	f.enter(t, bson.D{{Key: "name", Value: active}})
	long := strings.Repeat("x", 100)
	for name, want := range map[string]struct {
		kind error
		text string
	}{
		"a.b":     {tenant.ErrName, `not a tenant's name: "a.b"; write 1 to 63 of a-z, 0-9, - and _, the first a letter or digit`},
		long:      {tenant.ErrName, `not a tenant's name: "` + long[:70] + `"; write 1 to 63 of a-z, 0-9, - and _, the first a letter or digit`},
		"Acme":    {tenant.ErrName, `not a tenant's name: "Acme" has capitals; write "acme"`},
		"admin":   {tenant.ErrName, `not a tenant's name: "admin" is a database of MongoDB's own; choose another`},
		f.adminDB: {tenant.ErrName, fmt.Sprintf("not a tenant's name: %q is the admin database; choose another", f.adminDB)},
		taken:     {tenant.ErrName, fmt.Sprintf("not a tenant's name: %q is tenant %q's database; choose another", taken, f.prefix+"owner")},
		active:    {tenant.ErrExists, fmt.Sprintf("there already is a tenant of that name: %q is active", active)},
	} {
		made, err := f.Create(t.Context(), name, tenant.DefaultCluster, tenant.Beginning{})
		said(t, name, err, want.text)
		if !errors.Is(err, want.kind) || made != nil {
			t.Errorf("%s: %+v, %v", name, made, err)
		}
	}
	made, err := f.Create(t.Context(), "acme", "us", tenant.Beginning{})
	said(t, "an unknown cluster", err, `unknown cluster: "us"; there are [default]`)
	if !errors.Is(err, tenant.ErrCluster) || made != nil {
		t.Errorf("%+v, %v", made, err)
	}
}

// TestEntriesAreRefused: the fleet goes on past each of them and says why, the log does
// where one is asked for, and a request does not learn it.
func TestEntriesAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, time.Minute)
	name := func(n string) string { return f.prefix + n }
	f.enter(t, bson.D{{Key: "name", Value: name("owner")}})
	problems := map[string]string{}
	for at, entry := range []struct {
		change  bson.D
		problem string
	}{
		{bson.D{{Key: "database", Value: "a.b"}}, `has database "a.b", which MongoDB cannot have`},
		{bson.D{{Key: "database", Value: "Admin"}}, `has database "Admin", which is not a tenant's`},
		{bson.D{{Key: "database", Value: strings.ToUpper(f.adminDB)}}, fmt.Sprintf("has database %q, which is not a tenant's", strings.ToUpper(f.adminDB))},
		{bson.D{{Key: "cluster", Value: "us"}}, `is on cluster "us", which is not among CLUSTERS`},
		{bson.D{{Key: "database", Value: name("owner")}}, fmt.Sprintf("has database %q, which is tenant %q's", name("owner"), name("owner"))},
	} {
		one := name(fmt.Sprint("refused", at))
		problems[one] = fmt.Sprintf("tenant %q %s", one, entry.problem)
		f.enter(t, append(bson.D{{Key: "name", Value: one}}, entry.change...))
	}
	problems[name("odd name")] = fmt.Sprintf("tenant %q has a name that no request can carry", name("odd name"))
	f.enter(t, bson.D{{Key: "name", Value: name("odd name")}})
	f.enter(t, bson.D{{Key: "name", Value: name("gone")}, {Key: "state", Value: "deleted"}})
	f.enter(t, bson.D{{Key: "name", Value: name("begun")}, {Key: "state", Value: "provisioning"}})
	f.enter(t, bson.D{{Key: "name", Value: name("last")}, {Key: "state", Value: "suspended"}})
	for what, fleet := range map[string]iter.Seq2[*tenant.Entry, error]{"at once": f.List(t.Context()), "by pages": f.ListByPage(t.Context())} {
		var served, refused []string
		for one, err := range fleet {
			if err == nil {
				served = append(served, one.Name)
				continue
			}
			refused = append(refused, err.Error())
			if !tenant.IsEntryError(err) || one != nil {
				t.Errorf("%s: %+v, %v", what, one, err)
			}
		}
		var want []string
		for _, problem := range problems {
			want = append(want, problem)
		}
		slices.Sort(want)
		if slices.Sort(refused); !slices.Equal(refused, want) {
			t.Errorf("%s are refused %q, want %q", what, refused, want)
		}
		if !slices.Equal(served, []string{name("owner"), name("begun"), name("last")}) {
			t.Errorf("%s are served %q", what, served)
		}
	}
	for one, problem := range problems {
		var stored struct {
			ID bson.ObjectID `bson:"_id"`
		}
		if err := f.entries(t).FindOne(t.Context(), bson.D{{Key: "name", Value: one}}).Decode(&stored); err != nil {
			t.Fatal(err)
		}
		f.log.Reset()
		if got, err := f.FindID(t.Context(), stored.ID); err != tenant.ErrUnknown || got != nil { //nolint:errorlint // nothing of the problem comes with it
			t.Errorf("%s: %+v, %v", one, got, err)
		}
		if want := fmt.Sprintf("error=%q", problem); !strings.Contains(f.log.String(), want) {
			t.Errorf("%s: the log says %s, want %s", one, f.log.String(), want)
		}
	}
	if tenant.IsEntryError(tenant.ErrUnknown) {
		t.Error("an unknown tenant is no entry")
	}
}

// TestTheFleetStopsWhenAsked, wherever it is.
func TestTheFleetStopsWhenAsked(t *testing.T) {
	t.Parallel()
	f := newFixture(t, time.Minute)
	for _, entry := range []bson.D{
		{{Key: "name", Value: f.prefix + "1"}}, {{Key: "name", Value: f.prefix + "2"}, {Key: "database", Value: "a.b"}},
		{{Key: "name", Value: f.prefix + "3"}, {Key: "state", Value: 7}}, {{Key: "name", Value: f.prefix + "4"}, {Key: "state", Value: 7}},
	} {
		f.enter(t, entry)
	}
	for what, fleet := range map[string]iter.Seq2[*tenant.Entry, error]{"at once": f.List(t.Context()), "by pages": f.ListByPage(t.Context())} {
		for most := 1; most <= 4; most++ {
			came := 0
			for one, err := range fleet {
				if (one == nil) != (err != nil) || err != nil && !tenant.IsEntryError(err) {
					t.Errorf("%s: %+v, %v", what, one, err)
				}
				if came++; came == most {
					break
				}
			}
			if came != most {
				t.Errorf("%s: %d came, want %d", what, came, most)
			}
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for what, fleet := range map[string]iter.Seq2[*tenant.Entry, error]{"at once": f.List(ended), "by pages": f.ListByPage(ended)} {
		came := 0
		for one, err := range fleet {
			if came++; err == nil || one != nil || tenant.IsEntryError(err) {
				t.Errorf("%s, where it cannot be read: %+v, %v", what, one, err)
			}
		}
		if came != 1 {
			t.Errorf("%s, where it cannot be read: it comes to %d", what, came)
		}
	}
}

// TestAViewOfATenant is what operators see.
func TestAViewOfATenant(t *testing.T) {
	t.Parallel()
	one := &tenant.Entry{ID: bson.NewObjectID(), Name: "acme", Cluster: "eu", Database: "t_1", State: tenants.StateSuspended, Indexes: tenant.Indexes{Fingerprint: "f", Collections: []string{"users"}}}
	if got, want := one.View(), (tenant.View{ID: one.ID.Hex(), Name: "acme", State: "suspended", Cluster: "eu", Database: "t_1", Collections: []string{"users"}}); !cmp.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	locked := &tenant.LockedError{Tenant: "acme", Owner: "host:7", Until: time.Date(2026, 5, 1, 14, 0, 0, 0, time.FixedZone("", 7200))}
	said(t, "a lock", locked, `tenant "acme" is locked by host:7 until 2026-05-01T12:00:00Z; wait until then or, if that process is dead, take the lock with migrate unlock`)
}
