package fleet

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Repair accepts a tenant's data as it is: the files at hand are what was applied
// up to its version. A migration that was begun and not finished counts as not
// begun, to be applied from its first element again, or as applied. It reports the version
// that the tenant is at then.
func (f *Fleet) Repair(ctx context.Context, name string, applied bool) (version int64, err error) {
	t, err := f.catalog.Find(ctx, name)
	if err != nil {
		return 0, err
	}
	lease, err := f.lock(ctx, t.ID, lockWait)
	if err != nil {
		return 0, err
	}
	last, err := f.repaired(lease, applied)
	err = errors.Join(err, lease.Release(last))
	return lease.Entry().Migration.Version, err
}

func (f *Fleet) repaired(lease *tenant.Lease, applied bool) (patch tenants.Patch, err error) {
	m := lease.Entry().Migration
	version := m.Version
	if m.Dirty && !applied {
		version = m.From
	}
	if version > f.latest || m.Version > f.latest {
		return patch, &AppliedError{fmt.Sprintf("is at version %d, the newest migration here is %d; use the files it was migrated with, or newer ones", m.Version, f.latest)}
	}
	if m.Dirty {
		if err := f.sweep(lease, m); err != nil {
			return patch, err
		}
	}
	return tenants.Patch{Migration: store.Set(tenants.MigrationPatch{
		Version: store.Set(version), Dirty: store.Set(false), Checksums: store.Set(f.files.Checksums(version)),
		From: store.Unset[int64](), Attempt: store.Unset[bson.ObjectID](), Problem: store.Unset[string](),
		Done: store.Unset[int64](), After: store.Unset[[]byte](),
	})}, nil
}

// sweep takes the marks of an attempt away that nobody takes up again.
func (f *Fleet) sweep(lease *tenant.Lease, m tenants.Migration) error {
	db, err := databaseOf(lease)
	if err != nil {
		return err
	}
	var s *script.Script
	if m.Version > m.From {
		s = f.files.Get(m.Version).Up
	} else {
		s = f.files.Get(m.From).Down
	}
	return s.Sweep(lease.Context(), db, m.Attempt)
}

// Unlock takes a tenant's lock from the process that holds it, whose writes to the
// catalog are refused from then on. It reports whose it was, empty if nobody's.
func (f *Fleet) Unlock(ctx context.Context, name string) (owner string, err error) {
	t, err := f.catalog.Find(ctx, name)
	if err != nil {
		return "", err
	}
	return f.catalog.Unlock(ctx, t.ID)
}
