// Package fleet keeps every tenant's database as the schema says: it provisions
// new ones, and compares and builds indexes in all of them.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Fleet are the databases of all tenants.
type Fleet struct {
	catalog *tenant.Catalog
	// perTenant and admin are the collections by where they live.
	perTenant, admin []store.Collection
	// fingerprint is that of perTenant's indexes, and latest the newest migration's
	// version, 0 without any: a tenant that is current has both.
	fingerprint string
	latest      int64
	log         *slog.Logger
}

// New is the fleet of the catalog's tenants, each of which has collections.
func New(catalog *tenant.Catalog, collections []store.Collection, log *slog.Logger) *Fleet {
	f := &Fleet{catalog: catalog, fingerprint: store.Fingerprint(collections), log: log}
	for _, c := range collections {
		if c.Admin {
			f.admin = append(f.admin, c)
		} else {
			f.perTenant = append(f.perTenant, c)
		}
	}
	return f
}

// EnsureAdmin builds the indexes of the admin database that are missing. What it
// cannot build is an error that names it.
func (f *Fleet) EnsureAdmin(ctx context.Context) error {
	db := handle.OpenAdmin(f.catalog.Admin())
	return ensureAll(ctx, db, f.admin)
}

// Provision makes the tenant called name on the cluster, or finishes what an
// interrupted call began. Each step is recorded, and may be repeated. The error
// is tenant.ErrName, tenant.ErrExists, or a database's, which leaves the tenant
// provisioning: nobody is served from it, and the next call goes on.
func (f *Fleet) Provision(ctx context.Context, name, cluster string) (*tenant.Tenant, error) {
	t, err := f.catalog.Begin(ctx, name, cluster)
	if err != nil {
		return nil, err
	}
	for _, step := range []struct {
		name tenants.StepsEnum
		do   func(context.Context, *mongo.Database) error
	}{
		{tenants.StepsCollections, f.createCollections},
		{tenants.StepsIndexes, f.createIndexes},
	} {
		if slices.Contains(t.Steps, step.name) {
			continue
		}
		if err := step.do(ctx, handle.OpenTenant(t.Handle())); err != nil {
			return nil, fmt.Errorf("provision %q on cluster %q: %s: %w", name, t.Cluster, step.name, err)
		}
		if err := f.catalog.Record(ctx, t, step.name, ""); err != nil {
			return nil, fmt.Errorf("provision %q: record %s: %w", name, step.name, err)
		}
	}
	if err := f.catalog.Record(ctx, t, "", tenants.StateActive); err != nil {
		return nil, fmt.Errorf("provision %q: activate: %w", name, err)
	}
	f.log.InfoContext(ctx, "tenant provisioned", "tenant", name, "database", t.Database, "cluster", t.Cluster)
	return t, nil
}

// namespaceExists is MongoDB's code for creating a collection that is there.
const namespaceExists = 48

func (f *Fleet) createCollections(ctx context.Context, db *mongo.Database) error {
	for _, c := range f.perTenant {
		err := db.CreateCollection(ctx, c.Name)
		var server mongo.ServerError
		if errors.As(err, &server) && server.HasErrorCode(namespaceExists) {
			continue
		}
		if err != nil {
			return store.Failure(c.Name, err)
		}
	}
	return nil
}

func (f *Fleet) createIndexes(ctx context.Context, db *mongo.Database) error {
	return ensureAll(ctx, db, f.perTenant)
}

// ensureAll builds what is missing. What stands in the way is an error.
func ensureAll(ctx context.Context, db *mongo.Database, collections []store.Collection) error {
	findings, err := ensure(ctx, db, collections, false)
	errs := []error{err}
	for _, f := range findings {
		if f.Problem == Unsupported {
			return errors.Join(err, errors.New(f.text()))
		}
		if !f.Done {
			errs = append(errs, errors.New(f.text()))
		}
	}
	return errors.Join(errs...)
}
