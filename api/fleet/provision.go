package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Provision makes the tenant called name on the cluster, or finishes what an
// interrupted call began. Each step is recorded, and may be repeated. The error
// is tenant.ErrName, tenant.ErrExists, a *tenant.LockedError while another process
// is at it, or a database's, which leaves the tenant provisioning: nobody is served
// from it, and the next call or Reconcile goes on.
func (f *Fleet) Provision(ctx context.Context, name, cluster string) (*tenant.Entry, error) {
	if err := f.prepareAdmin(ctx); err != nil {
		return nil, err
	}
	t, err := f.catalog.Create(ctx, name, cluster)
	if err != nil {
		return nil, err
	}
	lease, err := f.lock(ctx, t.ID, lockWait)
	if err != nil {
		return nil, err
	}
	return f.finish(lease)
}

// finish carries out the steps that are left of a tenant's provisioning, and gives
// the lease back.
func (f *Fleet) finish(lease *tenant.Lease) (*tenant.Entry, error) {
	entry := lease.Stored()
	if entry.State != tenants.StateProvisioning { // another process was quicker
		t, err := lease.Entry()
		return t, errors.Join(err, lease.Release(tenants.Patch{}))
	}
	for _, step := range []struct {
		name tenants.StepsValue
		do   func(*tenant.Lease) error
	}{
		{tenants.StepsCollections, f.createCollections},
		{tenants.StepsMigrations, f.migrateNew},
		{tenants.StepsIndexes, f.buildIndexes},
	} {
		if slices.Contains(lease.Stored().Steps, step.name) {
			continue
		}
		err := step.do(lease)
		if err == nil {
			done := append(slices.Clone(lease.Stored().Steps), step.name)
			err = lease.Write(lease.Context(), tenants.Patch{Steps: store.Set(done)})
		}
		if err != nil {
			err = fmt.Errorf("provision %q on cluster %q: %s: %w", entry.Name, entry.Cluster, step.name, err)
			return nil, errors.Join(err, lease.Release(tenants.Patch{}))
		}
	}
	active := tenants.Patch{Fingerprint: store.Set(f.fingerprint), State: store.Set(tenants.StateActive)}
	if err := lease.Release(active); err != nil {
		return nil, fmt.Errorf("provision %q: activate: %w", entry.Name, err)
	}
	t, err := lease.Entry()
	if err == nil {
		f.log.Info("tenant provisioned", "tenant", t.Name, "database", t.Database, "cluster", t.Cluster)
	}
	return t, err
}

func (f *Fleet) createCollections(lease *tenant.Lease) error {
	db, err := databaseOf(lease)
	if err != nil {
		return err
	}
	for _, c := range f.perTenant {
		if err := create(lease.Context(), db, c.Name); err != nil {
			return err
		}
	}
	return nil
}

// migrateNew applies all migrations: what they put into a database belongs into a
// new one, too.
func (f *Fleet) migrateNew(lease *tenant.Lease) error {
	b := bring{fleet: f, target: f.files.Latest(), resume: true}
	return b.data(lease.Context(), lease)
}

// buildIndexes builds what is missing: every path by which a tenant's database is
// changed ends here.
func (f *Fleet) buildIndexes(lease *tenant.Lease) error {
	db, err := databaseOf(lease)
	if err != nil {
		return err
	}
	return ensureDeclared(lease.Context(), db, f.perTenant)
}

// databaseOf is what the lease is about.
func databaseOf(lease *tenant.Lease) (*mongo.Database, error) {
	t, err := lease.Entry()
	if err != nil {
		return nil, err
	}
	return handle.OpenTenant(t.Handle()), nil
}

// Reconcile finishes the provisioning of tenants that an interruption left half
// made, and reports how many. Those that another process is at it leaves alone.
// What fails is an error that names the tenant, behind which it goes on.
func (f *Fleet) Reconcile(ctx context.Context) (finished int, err error) {
	var errs []error
	half := tenants.Query{Where: tenants.Unindexed(tenants.State.Eq(tenants.StateProvisioning))}
	var entries []*tenants.Tenant
	for entry, err := range tenants.In(f.catalog.Admin()).All(ctx, half) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		entries = append(entries, entry)
	}
	// The work comes after the reading: a cursor that is left waiting dies.
	for _, entry := range entries {
		err := f.reconcile(ctx, entry)
		var locked *tenant.LockedError
		switch {
		case err == nil:
			finished++
		case !errors.As(err, &locked):
			errs = append(errs, err)
		}
	}
	return finished, errors.Join(errs...)
}

func (f *Fleet) reconcile(ctx context.Context, entry *tenants.Tenant) error {
	// Read once more, as nobody's else.
	if _, err := f.catalog.FindID(ctx, entry.ID); err != nil {
		return fmt.Errorf("tenant %q: %w", entry.Name, err)
	}
	lease, err := f.lock(ctx, entry.ID, 0)
	if err != nil {
		return err
	}
	_, err = f.finish(lease)
	return err
}
