// Package migrate brings tenants' data to the versions of migrations, by golang-migrate's
// engine, and records what it does in the catalog.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Config configures a Migrator.
type Config struct {
	Catalog *tenant.Catalog
	Files   *script.Files
	// Collections are the collections of tenants' databases, and Fingerprint is the
	// fingerprint of their indexes.
	Collections []meta.Collection
	Fingerprint string
	// Owner names this process in locks, which expire LeaseTTL after it died.
	Owner    string
	LeaseTTL time.Duration
	// LockTimeout is how long operators' commands wait for a lock that another process holds.
	LockTimeout time.Duration
	// OutageTimeout is how long a run goes on asking while no database answers.
	OutageTimeout time.Duration
	// Prepare is called before the first write to the admin database.
	Prepare func(context.Context) error
	// Eager says that every collection is to be there, written to or not.
	Eager bool
	// Provision finishes a half provisioned tenant, under the tenant's lock. It reports
	// whether there was anything to finish.
	Provision func(ctx context.Context, id bson.ObjectID) (made bool, err error)
	Log       *slog.Logger
}

// Migrator migrates the tenants of a catalog.
type Migrator struct {
	catalog     *tenant.Catalog
	files       *script.Files
	perTenant   []meta.Collection
	fingerprint string
	// declarations are the declarations of perTenant, by name.
	declarations  map[string]string
	eager         bool
	latest        int64
	owner         string
	leaseTTL      time.Duration
	lockTimeout   time.Duration
	outageTimeout time.Duration
	prepare       func(context.Context) error
	provision     func(ctx context.Context, id bson.ObjectID) (made bool, err error)
	log           *slog.Logger
}

// New returns the Migrator of cfg.
func New(cfg Config) *Migrator {
	declarations := map[string]string{}
	for i := range cfg.Collections {
		declarations[cfg.Collections[i].Name] = cfg.Collections[i].Declaration()
	}
	return &Migrator{
		declarations: declarations, eager: cfg.Eager,
		catalog: cfg.Catalog, files: cfg.Files, perTenant: cfg.Collections, fingerprint: cfg.Fingerprint, latest: cfg.Files.Latest(),
		owner: cfg.Owner, leaseTTL: cfg.LeaseTTL, lockTimeout: cfg.LockTimeout, outageTimeout: cfg.OutageTimeout, prepare: cfg.Prepare, provision: cfg.Provision, log: cfg.Log,
	}
}

// Newest returns the migration state of a tenant to which all migrations were applied.
func (m *Migrator) Newest() tenants.MigrationState {
	return tenants.MigrationState{Version: m.latest, Checksums: m.files.Checksums(m.latest)}
}

// FillsEmpty reports whether migrations leave something in the database of a new tenant.
func (m *Migrator) FillsEmpty() bool { return m.files.FillEmpty() }

// ApplyAll applies all migrations to a tenant that is being provisioned: what they put
// into a database belongs in a new one, too.
func (m *Migrator) ApplyAll(ctx context.Context, lease *tenant.Lease) error {
	t := transition{m: m, target: m.latest, resume: true}
	return t.data(ctx, lease)
}

// BuildIndexes builds the missing indexes of the collections that are there, or should be, and returns what to note of
// it. Everything that changes a tenant's database ends with it.
func (m *Migrator) BuildIndexes(ctx context.Context, lease *tenant.Lease) (tenants.Patch, error) {
	has := tenant.IndexesOf(lease.Stored())
	return m.build(ctx, lease, m.Expected(&has))
}

// Materialize is BuildIndexes, after it has made the collections with the given names.
func (m *Migrator) Materialize(ctx context.Context, lease *tenant.Lease, names []string) (tenants.Patch, error) {
	return m.build(ctx, lease, func(name string) bool { return slices.Contains(names, name) })
}

func (m *Migrator) build(ctx context.Context, lease *tenant.Lease, expected indexes.Expected) (patch tenants.Patch, err error) {
	db, err := Database(lease)
	if err != nil {
		return patch, err
	}
	there, err := indexes.EnsureDeclared(ctx, db, m.perTenant, expected)
	if drift, ok := errors.AsType[*indexes.DriftError](err); ok && drift.TakesPrune() {
		return patch, fmt.Errorf("%w; tenantctl indexes ensure --prune replaces what is different", err)
	}
	if err != nil {
		return patch, err
	}
	return m.IndexesPatch(tenant.IndexesOf(lease.Stored()), there), nil
}

// Expected tells which collections should be in a tenant's database: those that were there, which some process counts
// on. All should be if they do not come with their first document, and where an earlier version of the product, which
// made all of them, left no list.
func (m *Migrator) Expected(has *tenant.Indexes) indexes.Expected {
	all := m.eager || has.Collections == nil && m.Brought(has)
	return func(name string) bool { return all || slices.Contains(has.Collections, name) }
}

// WithLease calls do while this process holds the tenant's lock, as the catalog's
// WithLease does.
func (m *Migrator) WithLease(
	ctx context.Context, id bson.ObjectID, wait time.Duration, do func(context.Context, *tenant.Lease) (tenants.Patch, error),
) error {
	return m.catalog.WithLease(ctx, id, tenant.LeaseRequest{Owner: m.owner, TTL: m.leaseTTL, WaitTimeout: wait}, do)
}

// Database returns the database of the lease's tenant.
func Database(lease *tenant.Lease) (*mongo.Database, error) {
	t, err := lease.Entry()
	if err != nil {
		return nil, err
	}
	return handle.OpenTenant(t.Handle()), nil
}
