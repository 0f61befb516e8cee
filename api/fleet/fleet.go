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
	"slices"
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

// Config configures a Fleet.
type Config struct {
	Catalog     *tenant.Catalog
	Collections []meta.Collection
	// Migrations are files as package script reads them, which name Steps. Nil means
	// none.
	Migrations fs.FS
	Steps      []steps.Step
	// Eager makes all collections of a tenant when the tenant is made, instead of each with its first document.
	Eager bool
	// LeaseTTL is how long a tenant's lock, and the lease of a run, outlive their owner; 0
	// means 30 seconds.
	LeaseTTL time.Duration
	// LockTimeout is how long an operation waits for a tenant's lock that another process
	// holds; 0 means 5 seconds.
	LockTimeout time.Duration
	// OutageTimeout is how long a run goes on asking while no database answers; 0 means
	// two minutes.
	OutageTimeout time.Duration
	Log           *slog.Logger
}

// defaultLeaseTTL is long enough to survive a process that is paused for a while, as
// on a machine that swaps, and short enough to be taken over soon.
const defaultLeaseTTL = 30 * time.Second

// defaultLockTimeout is as long as somebody waits for a command without wondering.
const defaultLockTimeout = 5 * time.Second

// defaultOutageTimeout is many times longer than elections, restarts and short network
// failures take.
const defaultOutageTimeout = 2 * time.Minute

// Fleet is the databases of all tenants.
type Fleet struct {
	*migrate.Migrator
	catalog *tenant.Catalog
	// perTenant and admin are the collections of tenants' databases and of the admin database.
	perTenant, admin []meta.Collection
	// guarded are those of perTenant that have unique indexes.
	guarded []meta.Collection
	// fingerprint is the fingerprint of perTenant's indexes, and latest the newest
	// migration's version, 0 without any: a current tenant has both.
	fingerprint string
	latest      int64
	eager       bool
	bearing     birthCounter
	// made has the clusters and collections of which one was made: the cluster has their indexes' options.
	made sync.Map
	// lockTimeout is how long an operation waits for a tenant's lock, outageTimeout how long
	// a run goes on while no database answers.
	lockTimeout, outageTimeout time.Duration
	log                        *slog.Logger

	// prepared reports whether the admin database's indexes were built.
	preparing sync.Mutex
	prepared  bool
}

// New returns the fleet of the catalog's tenants. The error names every mistake in the
// migrations.
func New(cfg Config) (*Fleet, error) {
	f := &Fleet{
		catalog: cfg.Catalog, fingerprint: meta.Fingerprint(cfg.Collections), log: cfg.Log, eager: cfg.Eager,
		lockTimeout: cmp.Or(cfg.LockTimeout, defaultLockTimeout), outageTimeout: cmp.Or(cfg.OutageTimeout, defaultOutageTimeout),
	}
	for _, c := range cfg.Collections {
		if c.Admin {
			f.admin = append(f.admin, c)
			continue
		}
		f.perTenant = append(f.perTenant, c)
		if slices.ContainsFunc(c.Indexes, func(x meta.Index) bool { return x.Unique }) {
			f.guarded = append(f.guarded, c)
		}
	}
	files, err := script.Load(cfg.Migrations, cfg.Steps, f.perTenant)
	if err != nil {
		return nil, err
	}
	f.latest = files.Latest()
	f.Migrator = migrate.New(migrate.Config{
		Catalog: cfg.Catalog, Files: files, Collections: f.perTenant, Fingerprint: f.fingerprint,
		Owner: processName(), LeaseTTL: cmp.Or(cfg.LeaseTTL, defaultLeaseTTL), LockTimeout: f.lockTimeout, OutageTimeout: f.outageTimeout,
		Prepare: f.prepareAdmin, Eager: cfg.Eager, Log: cfg.Log,
		Provision: func(ctx context.Context, id bson.ObjectID) (made bool, err error) {
			_, made, err = f.complete(ctx, id, 0)
			return made, err
		},
	})
	cfg.Catalog.SetBirths(f.births)
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

// EnsureAdmin builds the missing indexes of the admin database. The error names those
// that it cannot build.
func (f *Fleet) EnsureAdmin(ctx context.Context) error {
	f.preparing.Lock()
	defer f.preparing.Unlock()
	return f.ensureAdmin(ctx)
}

// ensureAdmin is EnsureAdmin, for those who prevent another from doing the same.
func (f *Fleet) ensureAdmin(ctx context.Context) error {
	_, err := indexes.EnsureDeclared(ctx, handle.OpenAdmin(f.catalog.Admin()), f.admin, indexes.All)
	f.prepared = err == nil
	return err
}

// prepareAdmin calls EnsureAdmin before the first write to the admin database, whose
// unique indexes the writes depend on.
func (f *Fleet) prepareAdmin(ctx context.Context) error {
	f.preparing.Lock()
	defer f.preparing.Unlock()
	if f.prepared {
		return nil
	}
	return f.ensureAdmin(ctx)
}
