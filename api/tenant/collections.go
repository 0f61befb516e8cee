package tenant

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

// RecordCollection notes in the tenant's entry that its database has the collection, and what is there of its
// declarations, if anything is known. It is one write, and made only if nobody has held the tenant's lock since it was
// unlocked, with that token: the error is store.ErrStale otherwise, and ErrUnknown if the tenant is gone or being deleted.
func (c *Catalog) RecordCollection(ctx context.Context, id bson.ObjectID, token int64, name string, declarations ...string) error {
	ctx, cancel := context.WithTimeout(ctx, entryTimeout)
	defer cancel()
	taken := tenants.LockToken.Ne(token)
	if token == 0 { // which an entry lacks whose lock nobody ever held
		taken = tenants.LockToken.Gt(0)
	}
	ending := tenants.State.In(tenants.StateDeleting, tenants.StateDeleted)
	unless := slices.Concat(raw.SelectionOf(taken).Where, raw.SelectionOf(ending).Where)
	patch := tenants.Patch{Collections: store.AddToSet(name), Declarations: store.AddToSet(declarations...)}
	_, err := c.repo.Update(ctx, id, patch, raw.Unless(unless...))
	return orUnknown(err)
}

// UnlockedToken reads the token of a tenant's lock that nobody holds. The error is a *LockedError if somebody does, and
// ErrUnknown if the tenant is gone or being deleted.
func (c *Catalog) UnlockedToken(ctx context.Context, id bson.ObjectID) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, entryTimeout)
	defer cancel()
	entry, err := c.repo.Get(ctx, id)
	if err != nil {
		return 0, orUnknown(err)
	}
	if entry.State == tenants.StateDeleting || entry.State == tenants.StateDeleted {
		return 0, ErrUnknown
	}
	now, err := c.clock.now(ctx)
	if err != nil {
		return 0, err
	}
	return entry.Lock.Token, checkUnlocked(entry, now)
}

// checkUnlocked returns a *LockedError if a process holds the entry's lock.
func checkUnlocked(entry *tenants.Tenant, now time.Time) error {
	if until := entry.Lock.Until.Or(time.Time{}); entry.Lock.Owner != "" && until.After(now) {
		return &LockedError{entry.Name, entry.Lock.Owner, until}
	}
	return nil
}

// orUnknown returns ErrUnknown for the error of an entry that is not there.
func orUnknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrUnknown
	}
	return err
}
