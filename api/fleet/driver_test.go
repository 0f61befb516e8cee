package fleet

// The engine's own view of the driver is tested from inside: nothing outside of
// this package is handed one.

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	conformance "github.com/golang-migrate/migrate/v4/database/testing"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
)

// three are migrations whose commands would be noticed if they ran twice.
var three = fstest.MapFS{
	"0001_one.up.json":   {Data: []byte(`[{"update":"log","updates":[{"q":{"_id":1},"u":{"$inc":{"up1":1}},"upsert":true}]}]`)},
	"0001_one.down.json": {Data: []byte(`[{"update":"log","updates":[{"q":{"_id":1},"u":{"$inc":{"down1":1}}}]}]`)},
	"0002_two.up.json":   {Data: []byte(`[{"update":"log","updates":[{"q":{"_id":1},"u":{"$inc":{"up2":1}}}]}]`)},
	"0002_two.down.json": {Data: []byte(`[]`)},
	"0003_two.up.json":   {Data: []byte(`[{"insert":"log","documents":[{"_id":3}]}]`)},
	"0003_two.down.json": {Data: []byte(`[{"delete":"log","deletes":[{"q":{"_id":3},"limit":1}]}]`)},
}

// newDriver is the driver of a tenant that is there.
func newDriver(t *testing.T) (*driver, *mongo.Database) {
	t.Helper()
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: testdb.URI(t)}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	log := slog.New(slog.DiscardHandler)
	catalog, err := tenant.NewCatalog(clusters, testdb.Database(t, "admin"), time.Minute, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(catalog.Close)
	f, err := New(Config{Catalog: catalog, Migrations: three, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	name := testdb.Database(t, "one")
	entry, err := tenants.In(catalog.Admin()).Create(t.Context(), tenants.New{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return &driver{ctx: t.Context(), fleet: f, id: entry.ID}, testdb.Client(t).Database(name)
}

func TestDriverConforms(t *testing.T) {
	d, _ := newDriver(t)
	conformance.Test(t, d, three["0001_one.up.json"].Data)
}

func TestDriverUnderTheEngine(t *testing.T) {
	d, db := newDriver(t)
	engine, err := migrate.NewWithInstance("iofs", d.fleet.files.Source(), "partywall", d)
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Up(); err != nil {
		t.Fatal(err)
	}
	if err := engine.Up(); !errors.Is(err, migrate.ErrNoChange) {
		t.Errorf("once more: %v", err)
	}
	if version, dirty, err := engine.Version(); version != 3 || dirty || err != nil {
		t.Errorf("%d, %t, %v", version, dirty, err)
	}
	if m, _ := d.migration(); len(m.Checksums) != 3 || m.From != 0 || !m.Attempt.IsZero() || m.Done != 0 {
		t.Errorf("%+v", m)
	}
	if err := engine.Down(); err != nil {
		t.Fatal(err)
	}
	var log bson.M
	if err := db.Collection("log").FindOne(t.Context(), bson.D{}).Decode(&log); err != nil {
		t.Fatal(err)
	}
	if want := (bson.M{"_id": int32(1), "up1": int32(1), "up2": int32(1), "down1": int32(1)}); !equal(log, want) {
		t.Errorf("the database has %v", log)
	}
	if n, _ := db.Collection("log").CountDocuments(t.Context(), bson.D{}); n != 1 {
		t.Errorf("%d documents", n)
	}
	// The client serves all tenants.
	if source, err := engine.Close(); source != nil || err != nil {
		t.Error(source, err)
	}
	if err := db.Client().Ping(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := d.fleet.catalog.FindID(t.Context(), d.id); err != nil {
		t.Errorf("the catalog's client was closed: %v", err)
	}
}

func equal(a, b bson.M) bool {
	if len(a) != len(b) {
		return false
	}
	for key := range a {
		if a[key] != b[key] {
			return false
		}
	}
	return true
}

func TestDriverLockIsAnothers(t *testing.T) {
	d, _ := newDriver(t)
	if err := d.Lock(); err != nil {
		t.Fatal(err)
	}
	other := &driver{ctx: t.Context(), fleet: d.fleet, id: d.id}
	ended := make(chan error)
	go func() { ended <- other.Lock() }()
	if err := <-ended; !errors.Is(err, database.ErrLocked) {
		t.Errorf("%v", err)
	}
	if err := other.Unlock(); !errors.Is(err, database.ErrNotLocked) {
		t.Errorf("%v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := other.Lock(); err != nil {
		t.Errorf("a lock that was given back: %v", err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.Open("mongodb://localhost/"); err == nil {
		t.Error("it opens a URL")
	}
}
