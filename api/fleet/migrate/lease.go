package migrate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/renewal"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/leases"
)

// BusyError is returned if another run migrates tenants. Two with different targets would
// leave some at the one and some at the other.
type BusyError struct {
	// Owner is the other run's process, and Task what it does.
	Owner, Task string
	Since       time.Time
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("tenants are being migrated already, by %s since %s, for %s; let that run end, or end it, and try again",
		e.Owner, e.Since.UTC().Format(time.RFC3339), e.Task)
}

// migrating is the name of the lease that a run holds while it migrates tenants.
const migrating = "migrate"

// runLease is the lease under which a run migrates tenants. A lease that only expired,
// as while the catalog did not answer, is kept: nothing is recorded without the catalog
// either, and every tenant has a lock of its own.
type runLease struct {
	m     *Migrator
	entry *leases.Lease
}

// withRunLease calls do while no other run migrates tenants. The context of do ends
// with ctx, or when the lease is lost.
func (m *Migrator) withRunLease(ctx context.Context, task string, do func(context.Context) (*Outcome, error)) (out *Outcome, err error) {
	if err := m.prepare(ctx); err != nil {
		return nil, err
	}
	entry, err := m.acquireRunLease(ctx, task)
	if err != nil {
		return nil, err
	}
	l := &runLease{m: m, entry: entry}
	held, cancel := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		r := renewal.Renewal{Interval: m.leaseTTL / renewals, Timeout: m.leaseTTL / 3, Lost: tenant.ErrFenced}
		if err := r.Keep(held, l.renew); err != nil {
			cancel(fmt.Errorf("the lease on migrating tenants is lost: %w", err))
		}
	})
	defer func() { // after a panic, too
		cancel(context.Canceled)
		renewing.Wait()
		err = errors.Join(err, l.release(ctx))
	}()
	return do(held)
}

// renewals is how often the lease is renewed within its TTL: often enough to show soon
// that its owner lives.
const renewals = 15

// acquireRunLease acquires the lease for a task. If another process holds it, it waits
// until that process has renewed it twice, which is a *BusyError, or the lease expires. A
// process that died may have had one renewal under way, so that one does not count.
func (m *Migrator) acquireRunLease(ctx context.Context, task string) (*leases.Lease, error) {
	var held *leases.Lease
	for renewed := 0; ; {
		entry, now, err := m.readRunLease(ctx)
		if err != nil {
			return nil, err
		}
		if !taken(entry, now) {
			claimed, err := m.claimRunLease(ctx, entry, task, now)
			if errors.Is(err, store.ErrStale) {
				continue
			}
			return claimed, err
		}
		if held != nil && (held.Lock.Token != entry.Lock.Token || !until(held).Equal(until(entry))) {
			renewed++
		}
		if renewed > 1 {
			return nil, &BusyError{entry.Lock.Owner, entry.Task, entry.Since.Or(time.Time{})}
		}
		held = entry
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(visit.LockedInterval, m.leaseTTL/renewals)):
		}
	}
}

// taken reports whether a process holds the lease.
func taken(entry *leases.Lease, now time.Time) bool {
	return entry.Lock.Owner != "" && until(entry).After(now)
}

// until returns when the lease expires, the zero time if nobody holds it.
func until(entry *leases.Lease) time.Time { return entry.Lock.Until.Or(time.Time{}) }

// isMigrating reports whether a run is going on, or died just now.
func (m *Migrator) isMigrating(ctx context.Context) (bool, error) {
	entry, err := m.leases().ByName(ctx, migrating)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now, err := m.catalog.Now(ctx)
	return taken(entry, now), err
}

// readRunLease reads the lease, which it creates if need be, and the time at the server.
func (m *Migrator) readRunLease(ctx context.Context) (entry *leases.Lease, now time.Time, err error) {
	repo := m.leases()
	entry, err = repo.ByName(ctx, migrating)
	if errors.Is(err, store.ErrNotFound) {
		entry, err = repo.Create(ctx, leases.New{Name: migrating})
		if _, ok := errors.AsType[*store.DuplicateError](err); ok {
			entry, err = repo.ByName(ctx, migrating)
		}
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	now, err = m.catalog.Now(ctx)
	return entry, now, err
}

func (m *Migrator) leases() leases.Repository { return leases.In(m.catalog.Admin()) }

// claimRunLease makes this process the lease's owner, unless it was written since it was read.
func (m *Migrator) claimRunLease(ctx context.Context, entry *leases.Lease, task string, now time.Time) (*leases.Lease, error) {
	return m.leases().Update(ctx, entry.ID, leases.Patch{
		Task: store.Set(recorded(task)), Since: store.Set(now),
		Lock: store.Set(leases.LockPatch{Owner: store.Set(m.owner), Token: store.Set(entry.Lock.Token + 1), Until: store.Set(now.Add(m.leaseTTL))}),
	}, store.IfRev(entry.Rev()))
}

func (l *runLease) renew(ctx context.Context) error {
	now, err := l.m.catalog.Now(ctx)
	if err != nil {
		return err
	}
	return l.write(ctx, leases.LockPatch{Until: store.Set(now.Add(l.m.leaseTTL))})
}

// write changes the lease, unless another process holds it by now.
func (l *runLease) write(ctx context.Context, lock leases.LockPatch) error {
	entry, err := l.m.leases().Update(ctx, l.entry.ID, leases.Patch{Lock: store.Set(lock)}, store.IfRev(l.entry.Rev()))
	if errors.Is(err, store.ErrStale) {
		// The write may have been made and only its answer lost.
		entry, err = l.m.leases().Get(ctx, l.entry.ID)
		if err == nil && (entry.Lock.Token != l.entry.Lock.Token || entry.Lock.Owner == "") {
			err = tenant.ErrFenced
		}
	}
	if err != nil {
		return err
	}
	l.entry = entry
	return nil
}

// release releases the lease, even if ctx has ended.
func (l *runLease) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := l.write(ctx, leases.LockPatch{Owner: store.Unset[string](), Until: store.Unset[time.Time]()})
	if errors.Is(err, tenant.ErrFenced) {
		return nil
	}
	return err
}
