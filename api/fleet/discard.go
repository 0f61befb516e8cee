package fleet

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// RetainedError is returned for a tenant that is not removed, and says why.
type RetainedError struct{ Tenant, Problem string }

func (e *RetainedError) Error() string { return fmt.Sprintf("tenant %q %s", e.Tenant, e.Problem) }

// Discard removes what an interrupted provisioning left of a tenant that was never
// served: its entry and, if the entry can be trusted, its database, which must be
// empty. A database on a cluster that does not exist is left alone. The error is
// tenant.ErrUnknown, a *RetainedError, a *tenant.LockedError while another process
// holds the tenant's lock, or the database's.
func (f *Fleet) Discard(ctx context.Context, name string) error {
	entry, err := f.discardable(ctx, name)
	if err != nil {
		return err
	}
	return f.WithLease(ctx, entry.ID, f.lockTimeout, func(ctx context.Context, lease *tenant.Lease) (last tenants.Patch, err error) {
		if err := f.empty(ctx, lease); err != nil {
			return last, err
		}
		return last, lease.Remove(ctx)
	})
}

// CheckDiscard returns why Discard would not remove the tenant, as far as its entry shows.
func (f *Fleet) CheckDiscard(ctx context.Context, name string) error {
	_, err := f.discardable(ctx, name)
	return err
}

func (f *Fleet) discardable(ctx context.Context, name string) (*tenants.Tenant, error) {
	entry, err := tenants.In(f.catalog.Admin()).ByName(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, tenant.ErrUnknown
	case err != nil:
		return nil, err
	}
	return entry, checkHalfMade(entry)
}

// checkHalfMade refuses a tenant whose provisioning ended.
func checkHalfMade(entry *tenants.Tenant) error {
	if entry.State == tenants.StateProvisioning {
		return nil
	}
	return &RetainedError{entry.Name, fmt.Sprintf("is %s; only a tenant whose provisioning did not end is removed", entry.State)}
}

// empty drops the database of a half provisioned tenant, unless it holds documents.
func (f *Fleet) empty(ctx context.Context, lease *tenant.Lease) error {
	entry := lease.Stored()
	if err := checkHalfMade(entry); err != nil { // since it was looked up
		return err
	}
	t, err := lease.Entry()
	if err == nil {
		t, err = f.catalog.FindID(ctx, entry.ID) // as nobody's else
	}
	if tenant.IsEntryError(err) || errors.Is(err, tenant.ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	db := handle.OpenTenant(t.Handle())
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return raw.WrapError(db.Name(), err)
	}
	for _, name := range names {
		switch empty, err := indexes.IsEmpty(ctx, db.Collection(name)); {
		case err != nil:
			return err
		case !empty:
			return &RetainedError{entry.Name, fmt.Sprintf("has documents in collection %s of its database %s; move them away, or finish its provisioning", name, db.Name())}
		}
	}
	// Should the entry outlive its database, all of it is to be made again.
	begun := tenants.Patch{
		Steps: store.Unset[[]tenants.StepsValue](), Migration: store.Unset[tenants.MigrationStatePatch](),
		Collections: store.Set([]string{}), Declarations: store.Unset[[]string](),
	}
	if err := lease.Write(ctx, begun); err != nil {
		return err
	}
	return raw.WrapError(db.Name(), db.Drop(ctx))
}
