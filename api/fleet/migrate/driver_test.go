package migrate

// What the engine makes of the driver is tested from inside: nothing outside of this
// package is handed one.

import (
	"context"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/golang-migrate/migrate/v4/database"
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

// newTenant returns a Migrator of three, the _id of a tenant, and its database.
func newTenant(t *testing.T) (*Migrator, bson.ObjectID, *mongo.Database) {
	t.Helper()
	f := newMigrator(t, testdb.URI(t), testdb.Database(t, "admin"), three)
	name := testdb.Database(t, "one")
	entry, err := tenants.In(f.catalog.Admin()).Create(t.Context(), tenants.New{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return f, entry.ID, testdb.Client(t).Database(name)
}

// bring takes the tenant to the target, and returns what is recorded then.
func bring(t *testing.T, f *Migrator, id bson.ObjectID, target int64) tenants.MigrationState {
	t.Helper()
	var m tenants.MigrationState
	err := f.WithLease(t.Context(), id, f.lockTimeout, func(ctx context.Context, lease *tenant.Lease) (last tenants.Patch, err error) {
		err = (&transition{m: f, target: target}).data(ctx, lease)
		m = lease.Stored().Migration
		return last, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEngineAppliesEachMigrationOnce(t *testing.T) {
	t.Parallel()
	f, id, db := newTenant(t)
	for range 2 {
		if m := bring(t, f, id, 3); m.Version != 3 || m.Dirty || len(m.Checksums) != 3 || m.From != 0 || !m.Attempt.IsZero() || m.Done != 0 {
			t.Errorf("%+v", m)
		}
	}
	if m := bring(t, f, id, 0); m.Version != 0 || m.Dirty || len(m.Checksums) != 0 {
		t.Errorf("%+v", m)
	}
	var log bson.M
	if err := db.Collection("log").FindOne(t.Context(), bson.D{}).Decode(&log); err != nil {
		t.Fatal(err)
	}
	if want := (bson.M{"_id": int32(1), "up1": int32(1), "up2": int32(1), "down1": int32(1)}); !maps.Equal(log, want) {
		t.Errorf("the database has %v", log)
	}
	if n, _ := db.Collection("log").CountDocuments(t.Context(), bson.D{}); n != 1 {
		t.Errorf("%d documents", n)
	}
	// The client serves all tenants.
	if _, err := f.catalog.FindID(t.Context(), id); err != nil {
		t.Errorf("the catalog's client was closed: %v", err)
	}
}

// TestDriver has what the engine may ask of a database, and no migration does.
func TestDriver(t *testing.T) {
	t.Parallel()
	var d database.Driver = driver{}
	if err := d.Drop(); err == nil {
		t.Error("it drops a tenant's database")
	}
	if _, err := d.Open("mongodb://localhost/"); err == nil {
		t.Error("it opens a URL")
	}
	if err := errors.Join(d.Lock(), d.Unlock(), d.Close()); err != nil {
		t.Error(err)
	}
}

// TestBeginningsThatAreNotRecorded end the migration before it changes anything.
func TestBeginningsThatAreNotRecorded(t *testing.T) {
	t.Parallel()
	failed := errors.New("not recorded")
	a := &attempt{failed: failed}
	text := strings.NewReader(`[{"drop": "users"}]`)
	if err := a.driver(t.Context()).Run(text); !errors.Is(err, failed) {
		t.Error(err)
	}
	if rest, err := io.ReadAll(text); len(rest) > 0 || err != nil {
		t.Errorf("the engine waits for a reader: %q, %v", rest, err)
	}
}
