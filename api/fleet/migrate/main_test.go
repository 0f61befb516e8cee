package migrate

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// newMigrator returns one of the catalog in the database called admin, at uri.
func newMigrator(t *testing.T, uri, admin string, files fs.FS) *Migrator {
	t.Helper()
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	log := slog.New(slog.DiscardHandler)
	catalog, err := tenant.NewCatalog(clusters, admin, time.Minute, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(catalog.Close)
	loaded, err := script.Load(files, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	things := meta.Collection{Name: "things", Indexes: []meta.Index{{Name: "a_1", Keys: []meta.Key{{Path: "a"}}, Unique: true}}}
	return New(Config{
		Catalog: catalog, Files: loaded, Collections: []meta.Collection{things}, Fingerprint: "these", Owner: "a test",
		LeaseTTL: time.Minute, LockTimeout: time.Minute, OutageTimeout: time.Minute, Log: log,
		Prepare:   func(context.Context) error { return nil },
		Provision: func(context.Context, bson.ObjectID) (bool, error) { return false, nil },
	})
}
