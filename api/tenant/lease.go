package tenant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/renewal"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

// ErrFenced is returned if another process has taken over the lease, so that this
// one may write no more.
var ErrFenced = errors.New("the lock was taken over by another process")

// LockedError is returned if another process holds a tenant's lock.
type LockedError struct {
	Tenant, Owner string
	// Until is when the lock expires unless its owner renews it.
	Until time.Time
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("tenant %q is locked by %s until %s; wait until then or, if that process is dead, take the lock with migrate unlock", e.Tenant, e.Owner, e.Until.UTC().Format(time.RFC3339))
}

// Lease is the right to change a tenant's migration and fingerprint. It is renewed
// in the background. Each write is conditional on the entry being as it was read:
// an owner that lost the lease without noticing writes nothing.
type Lease struct {
	catalog *Catalog
	token   int64
	length  time.Duration

	ctx    context.Context
	cancel context.CancelCauseFunc
	kept   sync.WaitGroup

	mu    sync.Mutex
	entry *tenants.Tenant
}

// Acquire takes the tenant's lock for owner. It expires after length, and is
// renewed every third of it until Release. The error is a *LockedError while
// another process holds it. Work that needs the lease must use Context.
func (c *Catalog) Acquire(ctx context.Context, id bson.ObjectID, owner string, length time.Duration) (*Lease, error) {
	entry, err := c.acquire(ctx, id, owner, length)
	if err != nil {
		return nil, err
	}
	l := &Lease{catalog: c, token: entry.Lock.Token, length: length, entry: entry}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	l.kept.Go(l.keep)
	return l, nil
}

// entryTimeout is how long reading or changing an entry may take.
const entryTimeout = 5 * time.Second

func (c *Catalog) acquire(ctx context.Context, id bson.ObjectID, owner string, length time.Duration) (*tenants.Tenant, error) {
	ctx, cancel := context.WithTimeout(ctx, entryTimeout)
	defer cancel()
	for {
		entry, err := c.repo.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		now, err := c.clock.now(ctx)
		if err != nil {
			return nil, err
		}
		if entry.Lock.Owner != "" && entry.Lock.Until.After(now) {
			return nil, &LockedError{entry.Name, entry.Lock.Owner, entry.Lock.Until}
		}
		entry, err = c.repo.Update(ctx, id, tenants.Patch{Lock: store.Set(tenants.LockPatch{
			Owner: store.Set(owner), Token: store.Set(entry.Lock.Token + 1), Until: store.Set(now.Add(length)),
		})}, store.IfRev(entry.Rev()))
		if !errors.Is(err, store.ErrStale) {
			return entry, err
		}
	}
}

// Context ends when the lease does.
func (l *Lease) Context() context.Context { return l.ctx }

// Stored returns the tenant's stored entry as last read or written.
func (l *Lease) Stored() *tenants.Tenant {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entry
}

// Entry returns the tenant as last read or written.
func (l *Lease) Entry() (*Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.catalog.open(l.entry)
}

// keep renews the lease until its context ends. While the catalog does not answer
// it keeps trying until the lease has expired.
func (l *Lease) keep() {
	r := renewal.Renewal{Every: l.length / 3, Timeout: l.length / 3, Length: l.length, Lost: ErrFenced}
	if err := r.Keep(l.ctx, l.renew); err != nil {
		l.cancel(err)
	}
}

func (l *Lease) renew(ctx context.Context) error {
	now, err := l.catalog.clock.now(ctx)
	if err != nil {
		return err
	}
	return l.Write(ctx, tenants.Patch{Lock: store.Set(tenants.LockPatch{Until: store.Set(now.Add(l.length))})})
}

// Write changes the tenant's entry. The error is ErrFenced if the lease is now
// another's.
func (l *Lease) Write(ctx context.Context, patch tenants.Patch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, entryTimeout)
	defer cancel()
	for {
		entry, err := l.catalog.repo.Update(ctx, l.entry.ID, patch, store.IfRev(l.entry.Rev()))
		if errors.Is(err, store.ErrStale) {
			// An operator may have changed something else.
			entry, err = l.catalog.repo.Get(ctx, l.entry.ID)
			if err == nil && entry.Lock.Token == l.token && entry.Lock.Owner != "" {
				l.entry = entry
				continue
			}
			if err == nil {
				err = ErrFenced
			}
		}
		if err != nil {
			return err
		}
		l.entry = entry
		l.catalog.evict(entry.ID, entry.Name)
		return nil
	}
}

// Release gives the lock back after a last write, even if the context it was
// acquired in has ended. It is no error if the lease was lost: the lock is
// another's then.
func (l *Lease) Release(last tenants.Patch) error {
	l.cancel(context.Canceled)
	l.kept.Wait()
	last.Lock = store.Set(tenants.LockPatch{Owner: store.Unset[string](), Until: store.Unset[time.Time]()})
	err := l.Write(context.WithoutCancel(l.ctx), last)
	if errors.Is(err, ErrFenced) {
		return nil
	}
	return err
}

// Remove deletes the tenant's entry, and with it the lock. The error is ErrFenced
// if the lease is now another's.
func (l *Lease) Remove() error {
	l.cancel(context.Canceled)
	l.kept.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), entryTimeout)
	defer cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.catalog.repo.Delete(ctx, l.entry.ID, store.IfRev(l.entry.Rev()))
	l.catalog.evict(l.entry.ID, l.entry.Name)
	if errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrNotFound) {
		return ErrFenced
	}
	return err
}

// Unlock takes the tenant's lock from its owner, whose further writes are refused.
// It returns the former owner, empty if there was none.
func (c *Catalog) Unlock(ctx context.Context, id bson.ObjectID) (owner string, err error) {
	for {
		entry, err := c.repo.Get(ctx, id)
		if err != nil || entry.Lock.Owner == "" {
			return "", err
		}
		_, err = c.repo.Update(ctx, id, tenants.Patch{Lock: store.Set(tenants.LockPatch{
			Owner: store.Unset[string](), Until: store.Unset[time.Time](), Token: store.Set(entry.Lock.Token + 1),
		})}, store.IfRev(entry.Rev()))
		if !errors.Is(err, store.ErrStale) {
			return entry.Lock.Owner, err
		}
	}
}
