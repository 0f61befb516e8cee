package tenant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
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
	// entry is the stored entry as last read or written. Whoever writes one puts it here
	// unless another write came between: that one is newer.
	entry   atomic.Pointer[tenants.Tenant]
	removed bool
}

// LeaseRequest says how a tenant's lock is taken.
type LeaseRequest struct {
	// Owner names the process to operators.
	Owner string
	// TTL is how long the lock outlives its owner; it is renewed every third of it.
	TTL time.Duration
	// WaitTimeout is how long to wait for a lock that another process holds.
	WaitTimeout time.Duration
}

// WithLease calls do while this process holds the tenant's lock, and gives the lock
// back afterwards together with what do returns to be written last, even if ctx has
// ended. The context of do ends with ctx, or when the lease is lost: with ErrFenced as
// its cause if another process took it over. The error joins do's and that of the last
// write; it is a *LockedError, and do is not called, while another process holds the
// lock.
func (c *Catalog) WithLease(
	ctx context.Context, id bson.ObjectID, req LeaseRequest, do func(context.Context, *Lease) (last tenants.Patch, err error),
) (err error) {
	entry, err := c.acquireWithin(ctx, id, req)
	if err != nil {
		return err
	}
	l := &Lease{catalog: c, token: entry.Lock.Token}
	l.entry.Store(entry)
	held, cancel := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		// While the catalog does not answer, it is tried until the lease has expired.
		r := renewal.Renewal{Interval: req.TTL / 3, Timeout: req.TTL / 3, TTL: req.TTL, Lost: ErrFenced}
		if err := r.Keep(held, func(ctx context.Context) error { return l.renew(ctx, req.TTL) }); err != nil {
			cancel(err)
		}
	})
	var last tenants.Patch
	defer func() { // after a panic, too
		cancel(context.Canceled)
		renewing.Wait()
		err = errors.Join(err, l.release(context.WithoutCancel(ctx), last))
	}()
	last, err = do(held, l)
	return err
}

// acquireWithin takes the lock, and waits for it if another process holds it.
func (c *Catalog) acquireWithin(ctx context.Context, id bson.ObjectID, req LeaseRequest) (*tenants.Tenant, error) {
	for deadline := time.Now().Add(req.WaitTimeout); ; {
		entry, err := c.acquire(ctx, id, req.Owner, req.TTL)
		if _, ok := errors.AsType[*LockedError](err); !ok || time.Now().After(deadline) {
			return entry, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lockRetryInterval):
		}
	}
}

// lockRetryInterval is how often a lock that another process holds is tried again.
const lockRetryInterval = 200 * time.Millisecond

// entryTimeout is how long reading or changing an entry may take.
const entryTimeout = 5 * time.Second

func (c *Catalog) acquire(ctx context.Context, id bson.ObjectID, owner string, ttl time.Duration) (*tenants.Tenant, error) {
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
		if err := checkUnlocked(entry, now); err != nil {
			return nil, err
		}
		entry, err = c.repo.Update(ctx, id, tenants.Patch{Lock: store.Set(tenants.LockPatch{
			Owner: store.Set(owner), Token: store.Set(entry.Lock.Token + 1), Until: store.Set(now.Add(ttl)),
		})}, store.IfRev(entry.Rev()))
		if !errors.Is(err, store.ErrStale) {
			return entry, err
		}
	}
}

// Stored returns the tenant's stored entry as last read or written.
func (l *Lease) Stored() *tenants.Tenant { return l.entry.Load() }

// Entry returns the tenant as last read or written.
func (l *Lease) Entry() (*Entry, error) { return l.catalog.open(l.Stored()) }

func (l *Lease) renew(ctx context.Context, ttl time.Duration) error {
	now, err := l.catalog.clock.now(ctx)
	if err != nil {
		return err
	}
	return l.Write(ctx, tenants.Patch{Lock: store.Set(tenants.LockPatch{Until: store.Set(now.Add(ttl))})})
}

// Write changes the tenant's entry. The error is ErrFenced if the lease is now
// another's.
func (l *Lease) Write(ctx context.Context, patch tenants.Patch) error {
	return l.change(ctx, func(ctx context.Context, entry *tenants.Tenant) (*tenants.Tenant, error) {
		return l.catalog.repo.Update(ctx, entry.ID, patch, store.IfRev(entry.Rev()))
	})
}

// Remove deletes the tenant's entry, and with it the lock. The error is ErrFenced
// if the lease is now another's.
func (l *Lease) Remove(ctx context.Context) error {
	err := l.change(ctx, func(ctx context.Context, entry *tenants.Tenant) (*tenants.Tenant, error) {
		return entry, l.catalog.repo.Delete(ctx, entry.ID, store.IfRev(entry.Rev()))
	})
	entry := l.Stored()
	l.catalog.evict(entry.ID, entry.Name) // the answer may be what was lost
	if errors.Is(err, store.ErrNotFound) {
		return ErrFenced
	}
	l.removed = err == nil
	return err
}

// change makes a change of the entry, which do makes if it is still as it was read. Where
// an operator, or the renewal, was quicker, it is read and changed again.
func (l *Lease) change(ctx context.Context, do func(context.Context, *tenants.Tenant) (*tenants.Tenant, error)) error {
	ctx, cancel := context.WithTimeout(ctx, entryTimeout)
	defer cancel()
	for {
		read := l.Stored()
		changed, err := do(ctx, read)
		if err == nil {
			l.entry.CompareAndSwap(read, changed)
			l.catalog.evict(read.ID, read.Name)
			return nil
		}
		if !errors.Is(err, store.ErrStale) {
			return err
		}
		now, err := l.catalog.repo.Get(ctx, read.ID)
		if err != nil {
			return err
		}
		if now.Lock.Token != l.token || now.Lock.Owner == "" {
			return ErrFenced
		}
		l.entry.CompareAndSwap(read, now)
	}
}

// release gives the lock back with a last write. It is no error if the lease was lost:
// the lock is another's then.
func (l *Lease) release(ctx context.Context, last tenants.Patch) error {
	if l.removed {
		return nil
	}
	last.Lock = store.Set(tenants.LockPatch{Owner: store.Unset[string](), Until: store.Unset[time.Time]()})
	err := l.Write(ctx, last)
	if errors.Is(err, ErrFenced) {
		return nil
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
