package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Provision makes the tenant called name on the cluster: one write of its entry, since its collections come with
// their first documents. Where something has to be in its database from the beginning, it does that, or finishes
// what an interrupted call began; each step is recorded, and may be repeated. The error
// is tenant.ErrName, tenant.ErrExists, a *tenant.LockedError while another process
// is at it, or a database's, which leaves the tenant provisioning: nobody is served
// from it, and the next call or Reconcile goes on.
func (f *Fleet) Provision(ctx context.Context, name, cluster string) (*tenant.Entry, error) {
	if err := f.prepareAdmin(ctx); err != nil {
		return nil, err
	}
	t, err := f.catalog.Create(ctx, name, cluster, f.beginning())
	if err != nil {
		return nil, err
	}
	if t.State == tenants.StateActive {
		f.logProvisioned(ctx, t)
		return t, nil
	}
	t, _, err = f.complete(ctx, t.ID, f.lockTimeout)
	return t, err
}

// beginning returns what the entry of a new tenant says. Its database is empty, so that it is at the newest version and
// has all indexes, unless something is to be there from the beginning.
func (f *Fleet) beginning() tenant.Beginning {
	if f.eager || f.FillsEmpty() {
		return tenant.Beginning{State: tenants.StateProvisioning}
	}
	return tenant.Beginning{State: tenants.StateActive, Fingerprint: f.fingerprint, Migration: f.Newest()}
}

func (f *Fleet) logProvisioned(ctx context.Context, t *tenant.Entry) {
	f.log.InfoContext(ctx, "tenant provisioned", "tenant", t.Name, "database", t.Database, "cluster", t.Cluster)
}

// complete finishes a tenant's provisioning, and returns the tenant as it is then. made
// is false if another process was quicker.
func (f *Fleet) complete(ctx context.Context, id bson.ObjectID, wait time.Duration) (t *tenant.Entry, made bool, err error) {
	var held *tenant.Lease
	finished := false
	err = f.WithLease(ctx, id, wait, func(ctx context.Context, lease *tenant.Lease) (last tenants.Patch, err error) {
		held = lease
		if made = lease.Stored().State == tenants.StateProvisioning; !made {
			return last, nil
		}
		if err := f.finish(ctx, lease); err != nil {
			return last, err
		}
		finished = true
		return tenants.Patch{Fingerprint: store.Set(f.fingerprint), State: store.Set(tenants.StateActive)}, nil
	})
	if finished && err != nil {
		err = fmt.Errorf("provision %q: activate: %w", held.Stored().Name, err)
	}
	if err != nil {
		return nil, made, err
	}
	t, err = held.Entry()
	if err == nil && made {
		f.logProvisioned(ctx, t)
	}
	return t, made, err
}

// finish carries out the steps that are left of a tenant's provisioning.
func (f *Fleet) finish(ctx context.Context, lease *tenant.Lease) error {
	entry := lease.Stored()
	for _, step := range []struct {
		name tenants.StepsValue
		do   func(context.Context, *tenant.Lease) (tenants.Patch, error)
	}{
		{tenants.StepsCollections, f.createCollections},
		{tenants.StepsMigrations, f.applyAll},
		{tenants.StepsIndexes, f.BuildIndexes},
	} {
		if slices.Contains(lease.Stored().Steps, step.name) {
			continue
		}
		patch, err := step.do(ctx, lease)
		if err == nil {
			patch.Steps = store.Set(append(slices.Clone(lease.Stored().Steps), step.name))
			err = lease.Write(ctx, patch)
		}
		if err != nil {
			return fmt.Errorf("provision %q on cluster %q: %s: %w", entry.Name, entry.Cluster, step.name, err)
		}
	}
	return nil
}

// createCollections creates all collections, if they do not come with their first documents.
func (f *Fleet) createCollections(ctx context.Context, lease *tenant.Lease) (none tenants.Patch, err error) {
	if !f.eager {
		return none, nil
	}
	db, err := migrate.Database(lease)
	if err != nil {
		return none, err
	}
	for i := range f.perTenant {
		if err := indexes.CreateCollection(ctx, db, &f.perTenant[i]); err != nil {
			return none, err
		}
	}
	return none, nil
}

func (f *Fleet) applyAll(ctx context.Context, lease *tenant.Lease) (none tenants.Patch, err error) {
	return none, f.ApplyAll(ctx, lease)
}

// Reconcile finishes the provisioning of tenants that an interruption left half
// made, and reports how many. Those that another process is at it leaves alone.
// What fails is an error that names the tenant, after which it goes on.
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
		_, locked := errors.AsType[*tenant.LockedError](err)
		switch {
		case err == nil:
			finished++
		case !locked:
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
	_, _, err := f.complete(ctx, entry.ID, 0)
	return err
}
