package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/golang-migrate/migrate/v4/database"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// driver is golang-migrate's view of one tenant. The documents are in the tenant's
// database; version, dirty flag and lock are in its catalog entry, each written by
// one update on condition that the lock is still held. What is called without Lock
// takes the lock for as long as the call takes.
type driver struct {
	ctx   context.Context
	fleet *Fleet
	id    bson.ObjectID
	// lease is held between Lock and Unlock.
	lease *tenant.Lease
	// resume takes up a migration that was begun and not finished where it stopped.
	resume bool
	// run is the run that this is a part of, zero for none.
	run bson.ObjectID
	// interrupted says that the migration being applied had begun before.
	interrupted bool
}

var _ database.Driver = (*driver)(nil)

// Open is for drivers that are made of a URL, which this one is not: a tenant's
// database is known to the catalog alone.
func (d *driver) Open(string) (database.Driver, error) {
	return nil, errors.New("a tenant's database has no URL; the catalog names it")
}

// Close gives back a lock that is still held. The client stays open: it serves all
// tenants.
func (d *driver) Close() error {
	if d.lease == nil {
		return nil
	}
	return d.Unlock()
}

// lockWait bounds how long a lock that another process holds is waited for. The
// engine gives up after 15 s; a lock that was taken after that would be nobody's.
const (
	lockWait  = 5 * time.Second
	lockRetry = 200 * time.Millisecond
)

// Lock takes the tenant's lock. The error wraps database.ErrLocked if it is taken.
func (d *driver) Lock() error {
	if d.lease != nil {
		return fmt.Errorf("%w: it is held already", database.ErrLocked)
	}
	lease, err := d.fleet.lock(d.ctx, d.id, lockWait)
	var locked *tenant.LockedError
	if errors.As(err, &locked) {
		return fmt.Errorf("%w: %w", database.ErrLocked, err)
	}
	d.lease = lease
	return err
}

// Unlock gives the lock back.
func (d *driver) Unlock() error {
	if d.lease == nil {
		return database.ErrNotLocked
	}
	lease := d.lease
	d.lease = nil
	return lease.Release(tenants.Patch{})
}

// lock takes a tenant's lock, and waits for it where another process holds it.
func (f *Fleet) lock(ctx context.Context, id bson.ObjectID, wait time.Duration) (*tenant.Lease, error) {
	for deadline := time.Now().Add(wait); ; {
		lease, err := f.catalog.Acquire(ctx, id, f.owner, f.lease)
		var locked *tenant.LockedError
		if !errors.As(err, &locked) || time.Now().After(deadline) {
			return lease, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lockRetry):
		}
	}
}

// under calls do with the lock held.
func (d *driver) under(do func(lease *tenant.Lease) error) error {
	if d.lease != nil {
		return do(d.lease)
	}
	if err := d.Lock(); err != nil {
		return err
	}
	return errors.Join(do(d.lease), d.Unlock())
}

// Version is the tenant's version, and whether a migration to it was begun and not
// finished.
func (d *driver) Version() (version int, dirty bool, err error) {
	m, err := d.migration()
	switch {
	case err != nil:
		return 0, false, err
	case m.Dirty && d.resume:
		return toEngine(m.From), false, nil
	}
	return toEngine(m.Version), m.Dirty, nil
}

func (d *driver) migration() (tenants.MigrationState, error) {
	if d.lease != nil {
		return d.lease.Stored().Migration, nil
	}
	t, err := d.fleet.catalog.FindID(d.ctx, d.id)
	if err != nil {
		return tenants.MigrationState{}, err
	}
	return t.Migration, nil
}

// toEngine is a version as golang-migrate counts: it has -1 for none.
func toEngine(version int64) int {
	if version == 0 {
		return database.NilVersion
	}
	return int(version)
}

// SetVersion records, in one write, that the tenant is at version, or on the way
// there.
func (d *driver) SetVersion(version int, dirty bool) error {
	to := int64(max(version, 0))
	return d.under(func(lease *tenant.Lease) error {
		m := lease.Stored().Migration
		patch := tenants.MigrationStatePatch{Version: store.Set(to), Dirty: store.Set(dirty), Problem: store.Unset[string]()}
		if !d.run.IsZero() {
			patch.Run = store.Set(d.run)
		}
		d.interrupted = dirty && m.Dirty && m.Version == to
		switch {
		case dirty && !d.interrupted:
			patch.From, patch.Attempt = store.Set(m.Version), store.Set(bson.NewObjectID())
			patch.Checksums = store.Set(d.checksums(m.Checksums, to))
		case !dirty:
			patch.From, patch.Attempt = store.Unset[int64](), store.Unset[bson.ObjectID]()
			patch.Checksums = store.Set(d.checksums(m.Checksums, to))
		}
		if !d.interrupted {
			patch.Done, patch.After = store.Unset[int64](), store.Unset[[]byte]()
		}
		return lease.Write(d.ctx, tenants.Patch{Migration: store.Set(patch)})
	})
}

// checksums are those of what is applied at version, or being applied: what was
// recorded stays, so that a file that was edited is noticed.
func (d *driver) checksums(recorded []string, version int64) []string {
	sums := d.fleet.files.Checksums(version)
	copy(sums, recorded)
	return sums
}

// Run carries out a migration file on the tenant's database. Where it has come to
// is recorded as it goes, and what ended it, unless that was an interruption.
func (d *driver) Run(migration io.Reader) error {
	text, err := io.ReadAll(migration)
	if err != nil {
		return err
	}
	return d.under(func(lease *tenant.Lease) error {
		m := lease.Stored().Migration
		s, err := d.fleet.files.Parse(scriptName(m), text)
		if err != nil {
			return err
		}
		db, err := databaseOf(lease)
		if err != nil {
			return err
		}
		err = s.Run(lease.Context(), script.Run{
			DB: db, Attempt: m.Attempt, At: script.Position{Done: int(m.Done), After: m.After}, Resumed: d.interrupted,
			Save:     func(ctx context.Context, at script.Position) error { return lease.Write(ctx, position(at)) },
			Patience: min(script.Patience, d.fleet.outageTimeout),
		})
		if lost := context.Cause(lease.Context()); lost != nil {
			return lost
		}
		if errors.Is(err, store.ErrUnavailable) {
			return err // an interruption: nobody has anything to mend
		}
		if err != nil {
			return errors.Join(err, lease.Write(d.ctx, problem(err)))
		}
		return nil
	})
}

// scriptName is what the file that takes a tenant from m.From to m.Version is about.
func scriptName(m tenants.MigrationState) string {
	if m.Version < m.From {
		return fmt.Sprintf("%04d down", m.From)
	}
	return fmt.Sprintf("%04d up", m.Version)
}

func position(at script.Position) tenants.Patch {
	patch := tenants.MigrationStatePatch{Done: store.Set(int64(at.Done)), After: store.Unset[[]byte]()}
	if at.After != nil {
		patch.After = store.Set([]byte(at.After))
	}
	return tenants.Patch{Migration: store.Set(patch)}
}

// maxProblem is how much of an error is recorded, in bytes.
const maxProblem = 2000

// recorded is text as the catalog keeps it.
func recorded(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), maxProblem)], "")
	return strings.ReplaceAll(text, "\x00", "")
}

func problem(err error) tenants.Patch {
	return tenants.Patch{Migration: store.Set(tenants.MigrationStatePatch{Problem: store.Set(recorded(err.Error()))})}
}

// Drop empties the tenant's database, as golang-migrate has it. No command of this
// product's does.
func (d *driver) Drop() error {
	return d.under(func(lease *tenant.Lease) error {
		db, err := databaseOf(lease)
		if err != nil {
			return err
		}
		return raw.WrapError(db.Name(), db.Drop(lease.Context()))
	})
}
