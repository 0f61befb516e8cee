package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/partywall/partywall/api/internal/renewal"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/leases"
)

// BusyError says that another run migrates tenants. Two with different targets would
// leave some at the one and some at the other.
type BusyError struct {
	// Owner names the other's process, and Task says what it does, since when.
	Owner, Task string
	Since       time.Time
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("tenants are being migrated already, by %s since %s, for %s; let that run end, or end it, and try again",
		e.Owner, e.Since.UTC().Format(time.RFC3339), e.Task)
}

// migrating is the name of the lease that runs which migrate tenants hold.
const migrating = "migrate"

// turn is the lease under which a run migrates tenants.
type turn struct {
	fleet *Fleet
	entry *leases.Lease
	ctx   context.Context
	// cancel ends ctx, and what is done under it.
	cancel context.CancelCauseFunc
	kept   chan struct{}
}

// inTurn does what one run at a time may.
func (f *Fleet) inTurn(ctx context.Context, task string, do func(context.Context) (*Outcome, error)) (*Outcome, error) {
	if err := f.prepareAdmin(ctx); err != nil {
		return nil, err
	}
	t, err := f.takeTurn(ctx, task)
	if err != nil {
		return nil, err
	}
	out, err := do(t.ctx)
	return out, errors.Join(err, t.release())
}

// renewals is how often a turn is renewed while it lasts: so often that whoever wants
// it sees soon that its owner lives.
const renewals = 15

// takeTurn takes the lease for a task. If another process holds it, that one is watched
// until it has renewed it twice, which is a *BusyError, or has let it run out, as a
// process that died does: such a one may have had one renewal under way.
func (f *Fleet) takeTurn(ctx context.Context, task string) (*turn, error) {
	var held *leases.Lease
	for renewed := 0; ; {
		entry, now, err := f.migratingLease(ctx)
		if err != nil {
			return nil, err
		}
		if !taken(entry, now) {
			claimed, err := f.claimTurn(ctx, entry, task, now)
			if errors.Is(err, store.ErrStale) {
				continue
			}
			if err != nil {
				return nil, err
			}
			return f.keepTurn(ctx, claimed), nil
		}
		if held != nil && (held.Lock.Token != entry.Lock.Token || !held.Lock.Until.Equal(entry.Lock.Until)) {
			renewed++
		}
		if renewed > 1 {
			return nil, &BusyError{entry.Lock.Owner, entry.Task, entry.Since}
		}
		held = entry
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(lockedAgain, f.lease/renewals)):
		}
	}
}

// taken says that somebody holds the lease.
func taken(entry *leases.Lease, now time.Time) bool {
	return entry.Lock.Owner != "" && entry.Lock.Until.After(now)
}

// isMigrating says that a run goes on, or one died just now.
func (f *Fleet) isMigrating(ctx context.Context) (bool, error) {
	entry, err := f.leases().ByName(ctx, migrating)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now, err := f.catalog.Now(ctx)
	return taken(entry, now), err
}

// migratingLease reads the lease, or makes it, and the time that counts.
func (f *Fleet) migratingLease(ctx context.Context) (entry *leases.Lease, now time.Time, err error) {
	repo := f.leases()
	entry, err = repo.ByName(ctx, migrating)
	if errors.Is(err, store.ErrNotFound) {
		entry, err = repo.Create(ctx, leases.New{Name: migrating})
		var taken *store.DuplicateError
		if errors.As(err, &taken) {
			entry, err = repo.ByName(ctx, migrating)
		}
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	now, err = f.catalog.Now(ctx)
	return entry, now, err
}

func (f *Fleet) leases() leases.Repository { return leases.In(f.catalog.Admin()) }

// claimTurn makes the lease this process's, unless it is no longer as it was read.
func (f *Fleet) claimTurn(ctx context.Context, entry *leases.Lease, task string, now time.Time) (*leases.Lease, error) {
	return f.leases().Update(ctx, entry.ID, leases.Patch{
		Task: store.Set(recorded(task)), Since: store.Set(now),
		Lock: store.Set(leases.LockPatch{Owner: store.Set(f.owner), Token: store.Set(entry.Lock.Token + 1), Until: store.Set(now.Add(f.lease))}),
	}, store.IfRev(entry.Rev()))
}

// keepTurn renews the lease until it is released, or is another's. One that only ran
// out, as while the catalog did not answer, is kept: nothing is recorded without the
// catalog either, and every tenant has a lock of its own.
func (f *Fleet) keepTurn(ctx context.Context, entry *leases.Lease) *turn {
	t := &turn{fleet: f, entry: entry, kept: make(chan struct{})}
	t.ctx, t.cancel = context.WithCancelCause(ctx)
	go func() {
		defer close(t.kept)
		r := renewal.Renewal{Every: f.lease / renewals, Timeout: f.lease / 3, Lost: tenant.ErrFenced}
		if err := r.Keep(t.ctx, t.renew); err != nil {
			t.cancel(fmt.Errorf("the lease on migrating tenants is lost: %w", err))
		}
	}()
	return t
}

func (t *turn) renew(ctx context.Context) error {
	now, err := t.fleet.catalog.Now(ctx)
	if err != nil {
		return err
	}
	return t.write(ctx, leases.LockPatch{Until: store.Set(now.Add(t.fleet.lease))})
}

// write changes the lease, unless it is another's by now.
func (t *turn) write(ctx context.Context, lock leases.LockPatch) error {
	entry, err := t.fleet.leases().Update(ctx, t.entry.ID, leases.Patch{Lock: store.Set(lock)}, store.IfRev(t.entry.Rev()))
	if errors.Is(err, store.ErrStale) {
		// A write may have come through whose answer was lost.
		entry, err = t.fleet.leases().Get(ctx, t.entry.ID)
		if err == nil && (entry.Lock.Token != t.entry.Lock.Token || entry.Lock.Owner == "") {
			err = tenant.ErrFenced
		}
	}
	if err != nil {
		return err
	}
	t.entry = entry
	return nil
}

// release gives the lease back, even where the context it was taken in has ended.
func (t *turn) release() error {
	t.cancel(context.Canceled)
	<-t.kept
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), recordTimeout)
	defer cancel()
	err := t.write(ctx, leases.LockPatch{Owner: store.Unset[string](), Until: store.Unset[time.Time]()})
	if errors.Is(err, tenant.ErrFenced) {
		return nil
	}
	return err
}
