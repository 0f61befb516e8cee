// Package fleet keeps every tenant's database as the schema says: it provisions
// new ones, migrates their data, and compares and builds indexes in all of them.
package fleet

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
)

// Config is what a fleet is made of.
type Config struct {
	Catalog     *tenant.Catalog
	Collections []meta.Collection
	// Migrations are files as package script reads them, which name Steps. Nil means
	// none.
	Migrations fs.FS
	Steps      []steps.Step
	// LeaseTTL is how long a tenant's lock, and the lease of a run, outlive their owner; 0
	// means 30 seconds.
	LeaseTTL time.Duration
	// OutageTimeout is for how long a run asks databases again of which none answers; 0
	// means two minutes.
	OutageTimeout time.Duration
	Log           *slog.Logger
}

// defaultLeaseTTL lets a lock outlive a process that is stopped for a while, as by a
// collection of garbage on a machine that swaps, and be taken over soon.
const defaultLeaseTTL = 30 * time.Second

// defaultOutageTimeout is that of elections, restarts and short cuts of a network, many
// times over.
const defaultOutageTimeout = 2 * time.Minute

// Fleet is the databases of all tenants.
type Fleet struct {
	*migrate.Migrator
	catalog *tenant.Catalog
	// perTenant and admin are the collections by where they live.
	perTenant, admin []meta.Collection
	// fingerprint is that of perTenant's indexes, and latest the newest migration's
	// version, 0 without any: a tenant that is current has both.
	fingerprint string
	latest      int64
	// outageTimeout is for how long nothing may answer a run.
	outageTimeout time.Duration
	log           *slog.Logger

	// prepared says that the admin database has its indexes, as far as preparing has
	// seen.
	preparing sync.Mutex
	prepared  bool
}

// New returns the fleet of the catalog's tenants. The error tells every mistake in the
// migrations.
func New(cfg Config) (*Fleet, error) {
	files, err := script.Load(cfg.Migrations, cfg.Steps)
	if err != nil {
		return nil, err
	}
	f := &Fleet{
		catalog: cfg.Catalog, latest: files.Latest(), fingerprint: meta.Fingerprint(cfg.Collections),
		outageTimeout: cmp.Or(cfg.OutageTimeout, defaultOutageTimeout), log: cfg.Log,
	}
	for _, c := range cfg.Collections {
		if c.Admin {
			f.admin = append(f.admin, c)
		} else {
			f.perTenant = append(f.perTenant, c)
		}
	}
	f.Migrator = migrate.New(migrate.Config{
		Catalog: cfg.Catalog, Files: files, Collections: f.perTenant, Fingerprint: f.fingerprint,
		Owner: processName(), LeaseTTL: cmp.Or(cfg.LeaseTTL, defaultLeaseTTL), OutageTimeout: f.outageTimeout,
		Prepare: f.prepareAdmin, Log: cfg.Log,
		Provision: func(ctx context.Context, id bson.ObjectID) (made bool, err error) {
			_, made, err = f.complete(ctx, id, 0)
			return made, err
		},
	})
	return f, nil
}

// processName tells operators who holds a lock.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%.150s, process %d", host, os.Getpid())
}

// EnsureAdmin builds the indexes of the admin database that are missing. What it
// cannot build is an error that names it.
func (f *Fleet) EnsureAdmin(ctx context.Context) error {
	return indexes.EnsureDeclared(ctx, handle.OpenAdmin(f.catalog.Admin()), f.admin)
}

// prepareAdmin calls EnsureAdmin before the first write to the admin database: what
// is unique there is so by its indexes.
func (f *Fleet) prepareAdmin(ctx context.Context) error {
	f.preparing.Lock()
	defer f.preparing.Unlock()
	if f.prepared {
		return nil
	}
	err := f.EnsureAdmin(ctx)
	f.prepared = err == nil
	return err
}
