package tenant_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/tenants"
)

// modelled returns a catalog on a server whose commands can be counted.
func modelled(t *testing.T, ttl time.Duration) (*tenant.Catalog, *mongo.Collection, *scripted.Server, *bytes.Buffer) {
	t.Helper()
	server := scripted.Start(t)
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: server.URI()}, 10)
	if err != nil {
		t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	c, err := tenant.NewCatalog(clusters, "catalog", ttl, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		_ = client.Disconnect(context.WithoutCancel(t.Context()))
		_ = clusters.Close(context.WithoutCancel(t.Context()))
	})
	return c, client.Database("catalog").Collection("tenants"), server, log
}

func finds(server *scripted.Server) int {
	n := 0
	for _, c := range server.Commands() {
		if c.Name == "find" {
			n++
		}
	}
	return n
}

// Whoever has a database that is named after its own id, or none but its name, is known
// by one query; only an entry of another kind takes a second look. Refused is whoever
// would have another's database.
func TestCommandsOfTheCatalog(t *testing.T) {
	t.Parallel()
	c, entries, server, log := modelled(t, time.Hour)
	id := func(n byte) bson.ObjectID { return bson.ObjectID{0: 0x65, 11: n} }
	own := func(n byte) string { return "t_" + id(n).Hex() }
	entry := func(n byte, name, database string, more ...bson.E) bson.D {
		d := append(bson.D{{Key: "_id", Value: id(n)}, {Key: "name", Value: name}}, more...)
		if database != "" {
			d = append(d, bson.E{Key: "database", Value: database})
		}
		return d
	}
	for _, d := range []bson.D{
		entry(1, "early", own(2)), // says that it has the database of one that came later
		entry(2, "proven", own(2)),
		entry(3, "thief", own(2)),
		entry(4, "alone", ""),
		entry(5, "rival", "alone"),
		entry(6, "odd", "theirs"),
		entry(7, "odd-thief", "theirs"),
		entry(8, "theirs", ""),
		entry(9, "itself", "itself"),
		entry(10, "robbed", "", bson.E{Key: "state", Value: "active"}),
		entry(11, "elsewhere", "moved"),
		entry(12, "buried", "graves", bson.E{Key: "state", Value: "deleted"}),
		entry(13, "graves", ""),
		entry(14, "spoilt", "", bson.E{Key: "state", Value: 7}),
		entry(15, "moved", "far"),
		entry(16, "past", "gone"), // which is called as the next one's database, but has another
		entry(17, "present", "past"),
		entry(18, own(18), ""),
	} {
		if _, err := entries.InsertOne(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "_id", Value: bson.ObjectID{0: 0x64}}, {Key: "name", Value: "robber"}, {Key: "database", Value: "robbed"}}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name             string
		id               byte
		served           bool
		byName, byID     int
		databaseIfServed string
	}{
		{"proven", 2, true, 1, 1, own(2)},
		{"early", 1, false, 2, 2, ""},
		{"thief", 3, false, 2, 2, ""},
		{"alone", 4, true, 1, 2, "alone"},
		{"rival", 5, false, 2, 2, ""},
		{"odd", 6, true, 2, 2, "theirs"},
		{"odd-thief", 7, false, 2, 2, ""},
		{"theirs", 8, false, 1, 2, ""},
		{"itself", 9, true, 1, 2, "itself"},
		{"robbed", 10, false, 1, 2, ""},
		{"elsewhere", 11, true, 2, 2, "moved"},
		{"graves", 13, true, 1, 2, "graves"},
		{"spoilt", 14, false, 1, 1, ""},
		{"present", 17, true, 2, 2, "past"},
		{own(18), 18, true, 1, 1, own(18)},
		{"nobody", 99, false, 1, 1, ""},
	} {
		for _, by := range []struct {
			what    string
			resolve func() (*tenant.Entry, error)
			want    int
		}{
			{"name", func() (*tenant.Entry, error) { return c.Resolve(t.Context(), test.name) }, test.byName},
			{"id", func() (*tenant.Entry, error) { return c.ResolveID(t.Context(), id(test.id)) }, test.byID},
		} {
			server.Reset()
			log.Reset()
			for range 2 {
				got, err := by.resolve()
				if test.served && (err != nil || got.Database != test.databaseIfServed) || !test.served && !errors.Is(err, tenant.ErrUnknown) {
					t.Errorf("%s, by %s: %+v, %v", test.name, by.what, got, err)
				}
			}
			if n := finds(server); n != by.want {
				t.Errorf("%s, by %s: %d queries, want %d", test.name, by.what, n, by.want)
			}
			if refused := !test.served && test.name != "nobody"; refused != strings.Contains(log.String(), "refused") {
				t.Errorf("%s, by %s: the log says %q", test.name, by.what, log.String())
			}
		}
	}
}

// Going through the fleet takes a query a page, whatever databases tenants have; a name
// that no tenant can have takes none.
func TestCommandsOfTheFleet(t *testing.T) {
	t.Parallel()
	c, entries, server, _ := modelled(t, time.Hour)
	const pages = 2
	var docs []bson.D
	for i := range meta.MaxLimit + 5 {
		docs = append(docs, bson.D{{Key: "name", Value: fmt.Sprint("t", i)}, {Key: "database", Value: fmt.Sprint("d", i)}})
	}
	if _, err := entries.InsertMany(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	for what, test := range map[string]struct {
		fleet iter.Seq2[*tenant.Entry, error]
		finds int
	}{"at once": {c.List(t.Context()), 1}, "by pages": {c.ListByPage(t.Context()), pages}} {
		server.Reset()
		seen := map[string]bool{}
		for one, err := range test.fleet {
			if err != nil {
				t.Fatal(err)
			}
			seen[one.Name] = true
		}
		if n := finds(server); len(seen) != len(docs) || n != test.finds {
			t.Errorf("%s: %d of %d tenants by %d queries, want %d", what, len(seen), len(docs), n, test.finds)
		}
	}
	server.Reset()
	for _, name := range malformed {
		_, _ = c.Resolve(t.Context(), name)
		_, _ = c.Find(t.Context(), name)
	}
	if n := finds(server); n != 0 {
		t.Errorf("%d queries for names that nobody can have", n)
	}
}

// TestAClosedCatalogLooksNothingUp.
func TestAClosedCatalogLooksNothingUp(t *testing.T) {
	t.Parallel()
	c, _, server, _ := modelled(t, time.Hour)
	c.Close()
	if _, err := c.Resolve(t.Context(), "acme"); !errors.Is(err, context.Canceled) {
		t.Errorf("by name: %v", err)
	}
	if _, err := c.ResolveID(t.Context(), bson.NewObjectID()); !errors.Is(err, context.Canceled) {
		t.Errorf("by id: %v", err)
	}
	if n := finds(server); n != 0 {
		t.Errorf("%d queries", n)
	}
}

// A tenant that was met before is answered without waiting for the catalog, though what
// is known of it is old: many who ask at once have it looked up once, behind them. What
// this process changes it knows at once.
func TestExpiryIsNobodysBusiness(t *testing.T) {
	t.Parallel()
	for ttl := 100 * time.Millisecond; !isAnsweredPast(t, ttl); ttl *= 2 {
		if ttl > 10*time.Second {
			t.Fatal("whoever asks waits for the catalog")
		}
	}
}

// isAnsweredPast reports whether all were answered before twice ttl is over, when nothing is
// known any more: a slow machine needs a longer one.
func isAnsweredPast(t *testing.T, ttl time.Duration) bool {
	t.Helper()
	c, entries, server, _ := modelled(t, ttl)
	if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "name", Value: "alone"}}); err != nil {
		t.Fatal(err)
	}
	forgotten := time.Now().Add(2 * ttl)
	known, err := c.Resolve(t.Context(), "alone")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(ttl + ttl/10) // so that it is past its age
	server.Reset()
	held := server.On("find").Always().Hold()
	ctx, cancel := context.WithDeadline(t.Context(), forgotten)
	defer cancel()
	errs := make([]error, 20)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			got, err := c.Resolve(ctx, "alone")
			if errs[i] = err; err == nil && got.ID != known.ID {
				t.Errorf("%+v", got)
			}
		})
	}
	all.Wait() // while the catalog answers nobody
	if ctx.Err() != nil {
		held.Release()
		return false
	}
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	<-held.Arrived()
	if n := finds(server); n != 1 {
		t.Errorf("it is looked up %d times", n)
	}
	held.Release()
	server.Reset()
	<-ctx.Done() // from now on, what was looked up is awaited
	if _, err := c.Resolve(t.Context(), "alone"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetState(t.Context(), known, tenants.StateSuspended); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Resolve(t.Context(), "alone"); !errors.Is(err, tenant.ErrSuspended) {
		t.Errorf("once it is suspended here: %v", err)
	}
	return true
}
