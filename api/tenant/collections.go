package tenant

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

// RecordCollection notes in the tenant's entry that its database has the collection, and what is there of its
// declarations, if anything is known. It is one write, and made only while nobody holds the tenant's lock: the error is
// a *LockedError if somebody does, and ErrUnknown if the tenant is gone or being deleted.
func (c *Catalog) RecordCollection(ctx context.Context, id bson.ObjectID, name string, declarations ...string) error {
	ctx, cancel := context.WithTimeout(ctx, entryTimeout)
	defer cancel()
	now, err := c.clock.now(ctx)
	if err != nil {
		return err
	}
	patch := tenants.Patch{Collections: store.AddToSet(name), Declarations: store.AddToSet(declarations...)}
	unless := raw.SelectionOf(tenants.LockUntil.Gt(now)).Where
	unless = append(unless, raw.SelectionOf(tenants.State.In(tenants.StateDeleting, tenants.StateDeleted)).Where...)
	condition := raw.Unless(unless...)
	for {
		_, err := c.repo.Update(ctx, id, patch, condition)
		if !errors.Is(err, store.ErrStale) {
			return unknown(err)
		}
		entry, err := c.unlocked(ctx, id)
		if err != nil {
			return err
		}
		condition = store.IfRev(entry.Rev())
	}
}

// CheckUnlocked returns a *LockedError if a process holds the tenant's lock, and ErrUnknown if the tenant is gone or
// being deleted.
func (c *Catalog) CheckUnlocked(ctx context.Context, id bson.ObjectID) error {
	_, err := c.unlocked(ctx, id)
	return err
}

// unlocked reads an entry, with the errors of CheckUnlocked.
func (c *Catalog) unlocked(ctx context.Context, id bson.ObjectID) (*tenants.Tenant, error) {
	entry, err := c.repo.Get(ctx, id)
	if err != nil {
		return nil, unknown(err)
	}
	if entry.State == tenants.StateDeleting || entry.State == tenants.StateDeleted {
		return nil, ErrUnknown
	}
	now, err := c.clock.now(ctx)
	if err != nil {
		return nil, err
	}
	return entry, checkUnlocked(entry, now)
}

// checkUnlocked returns a *LockedError if a process holds the entry's lock.
func checkUnlocked(entry *tenants.Tenant, now time.Time) error {
	if until := entry.Lock.Until.Or(time.Time{}); entry.Lock.Owner != "" && until.After(now) {
		return &LockedError{entry.Name, entry.Lock.Owner, until}
	}
	return nil
}

// unknown returns ErrUnknown for the error of an entry that is not there.
func unknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrUnknown
	}
	return err
}
