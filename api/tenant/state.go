package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

// ErrState is returned if a tenant's state cannot become another.
var ErrState = errors.New("the tenant's state does not allow it")

// transitions are the states that each state may become. A tenant is provisioned once, is deleted by way of deleting,
// from where it can come back, and does not come back from deleted.
var transitions = map[tenants.StateValue][]tenants.StateValue{
	tenants.StateProvisioning: {tenants.StateActive, tenants.StateDeleting},
	tenants.StateActive:       {tenants.StateSuspended, tenants.StateDeleting},
	tenants.StateSuspended:    {tenants.StateActive, tenants.StateDeleting},
	tenants.StateDeleting:     {tenants.StateSuspended, tenants.StateDeleted},
	tenants.StateDeleted:      nil,
}

// SetState sets the tenant's state, which takes effect in this process at once. If it has the state already, nothing is
// written. The error is ErrState if its stored state cannot become this one, store.ErrNotFound, or a database's.
func (c *Catalog) SetState(ctx context.Context, t *Entry, state tenants.StateValue) error {
	err := store.ErrStale
	for errors.Is(err, store.ErrStale) {
		err = c.setState(ctx, t, state)
	}
	return err
}

// setState is SetState, if no other write of the entry is faster: then the error is store.ErrStale.
func (c *Catalog) setState(ctx context.Context, t *Entry, state tenants.StateValue) error {
	stored, err := c.repo.Get(ctx, t.ID)
	if err != nil {
		return err
	}
	if stored.State != state {
		if next := transitions[stored.State]; !slices.Contains(next, state) {
			return fmt.Errorf("%w: tenant %q is %s and cannot become %s; it can become one of %v", ErrState, t.Name, stored.State, state, next)
		}
		if _, err := c.repo.Update(ctx, t.ID, tenants.Patch{State: store.Set(state)}, store.IfRev(stored.Rev())); err != nil {
			return err
		}
	}
	t.State = state
	c.evict(t.ID, t.Name)
	return nil
}

// SetShare changes what the tenant may take of what all share, which takes effect in this process at once. The error is
// a *store.InvalidError, store.ErrNotFound, or a database's.
func (c *Catalog) SetShare(ctx context.Context, t *Entry, share tenants.SharePatch) error {
	stored, err := c.repo.Update(ctx, t.ID, tenants.Patch{Share: store.Set(share)})
	if err != nil {
		return err
	}
	t.Share = stored.Share
	c.evict(t.ID, t.Name)
	return nil
}
