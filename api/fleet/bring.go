package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/golang-migrate/migrate/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// DirtyError says that a migration of the tenant, or the way back from it, was begun and
// not finished.
type DirtyError struct {
	Tenant  string
	Version int64
	// Problem is what ended it, empty if it was interrupted.
	Problem string
}

func (e *DirtyError) Error() string {
	return fmt.Sprintf("migration %04d stopped half way: %s", e.Version, e.why())
}

func (e *DirtyError) why() string {
	if e.Problem == "" {
		return "it was interrupted; go on with migrate resume"
	}
	return e.Problem + "; mend that, and go on with migrate resume"
}

// bring takes one tenant to the target version, and its indexes to the schema.
type bring struct {
	fleet  *Fleet
	target int64
	// resume takes up what was begun and not finished.
	resume bool
	run    bson.ObjectID
}

// tenant does it under the tenant's lock, and reports whether this run did, or another
// process meanwhile. The error is a *tenant.LockedError while another process holds the
// lock.
func (b *bring) tenant(ctx context.Context, id bson.ObjectID) (brought bool, err error) {
	lease, err := b.fleet.lock(ctx, id, 0)
	if err != nil {
		return false, err
	}
	entry := lease.Stored()
	switch {
	case entry.State == tenants.StateProvisioning:
		_, err := b.fleet.finish(lease)
		return true, err
	case entry.State == tenants.StateDeleting, entry.State == tenants.StateDeleted: // since the run looked for tenants
		return false, lease.Release(tenants.Patch{})
	case !b.fleet.isStale(entry.State, entry.Migration, b.fleet.indexed(entry.Fingerprint, entry.Kept), b.target):
		return entry.Migration.Run == b.run, lease.Release(tenants.Patch{})
	}
	err = b.data(ctx, lease)
	var last tenants.Patch
	if err == nil {
		if err = b.fleet.buildIndexes(lease); err == nil {
			last = b.fleet.indexesPatch(entry.Fingerprint, entry.Kept)
		}
	}
	return true, errors.Join(err, lease.Release(last))
}

// data applies migrations one by one, up or down. A migration that is to be taken
// up again is finished first, wherever the target is: any that was begun, or such as
// this run began and a database did not answer.
func (b *bring) data(ctx context.Context, lease *tenant.Lease) error {
	entry := lease.Stored()
	if err := b.fleet.checkApplied(entry.Migration); err != nil {
		return err
	}
	d := &driver{ctx: ctx, fleet: b.fleet, id: entry.ID, lease: lease, run: b.run}
	for {
		m := lease.Stored().Migration
		d.resume = b.resume || m.Run == b.run && m.Problem == ""
		var err error
		switch {
		case m.Dirty && !d.resume:
			return &DirtyError{entry.Name, max(m.Version, m.From), m.Problem}
		case m.Dirty:
			err = b.step(d, m.Version > m.From)
		case m.Version == b.target:
			return nil
		default:
			err = b.step(d, m.Version < b.target)
		}
		if err != nil {
			return err
		}
	}
}

// underLease is a driver whose lock is held from outside of the engine.
type underLease struct {
	*driver
	// failed is why the beginning of a migration could not be recorded. The engine
	// hears of it from Run, which reads the file first: otherwise the goroutine that
	// feeds it would wait for a reader for ever.
	failed error
}

func (*underLease) Lock() error   { return nil }
func (*underLease) Unlock() error { return nil }

func (d *underLease) SetVersion(version int, dirty bool) error {
	err := d.driver.SetVersion(version, dirty)
	if !dirty {
		return err
	}
	d.failed = err
	return nil
}

func (d *underLease) Run(migration io.Reader) error {
	if d.failed == nil {
		return d.driver.Run(migration)
	}
	_, _ = io.Copy(io.Discard, migration)
	return d.failed
}

// step has the engine apply one migration. It is given one at a time, since those
// that it has read ahead when one fails it leaves behind, with a goroutine each.
func (b *bring) step(d *driver, up bool) error {
	engine, err := migrate.NewWithInstance("iofs", b.fleet.files.Source(), "partywall", &underLease{driver: d})
	if err != nil {
		return err
	}
	n := 1
	if !up {
		n = -1
	}
	return engine.Steps(n)
}
