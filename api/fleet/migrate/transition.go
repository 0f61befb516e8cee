package migrate

import (
	"context"
	"fmt"

	"github.com/golang-migrate/migrate/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// DirtyError is returned if a migration of the tenant, or the way back from it, is
// unfinished.
type DirtyError struct {
	Tenant  string
	Version int64
	// Problem is the error that ended it, empty if it was interrupted.
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

// transition brings tenants to the target version, and their indexes to the schema.
type transition struct {
	m      *Migrator
	target int64
	// resume has unfinished migrations go on where they stopped.
	resume bool
	run    bson.ObjectID
}

// tenant brings one tenant there under its lock, and reports whether this run did it,
// rather than another process. The error is a *tenant.LockedError while another process
// holds the lock.
func (t *transition) tenant(ctx context.Context, id bson.ObjectID) (done bool, err error) {
	half := false
	err = t.m.WithLease(ctx, id, 0, func(ctx context.Context, lease *tenant.Lease) (last tenants.Patch, err error) {
		entry := lease.Stored()
		has := tenant.IndexesOf(entry)
		switch {
		case entry.State == tenants.StateProvisioning:
			half = true
			return last, nil
		case entry.State == tenants.StateDeleting, entry.State == tenants.StateDeleted: // since the run looked for tenants
			return last, nil
		case !t.m.isStale(entry.State, entry.Migration, t.m.Noted(&has), t.target):
			done = entry.Migration.Run == store.Some(t.run)
			return last, nil
		}
		done = true
		if err := t.data(ctx, lease); err != nil {
			return last, err
		}
		return t.m.BuildIndexes(ctx, lease)
	})
	if half && err == nil {
		return t.m.provision(ctx, id)
	}
	return done, err
}

// data applies migrations one by one, up or down. An unfinished migration is finished
// first, wherever the target is, if this resumes them, or if this run began it and the
// database did not answer.
func (t *transition) data(ctx context.Context, lease *tenant.Lease) error {
	entry := lease.Stored()
	if err := t.m.checkApplied(entry.Migration); err != nil {
		return err
	}
	for {
		migration := lease.Stored().Migration
		a := &attempt{m: t.m, lease: lease, run: t.run, resume: t.resume || migration.Run == store.Some(t.run) && migration.Problem == ""}
		var err error
		switch {
		case migration.Dirty && !a.resume:
			return &DirtyError{entry.Name, max(migration.Version, migration.From), migration.Problem}
		case migration.Dirty:
			err = a.step(ctx, migration.Version > migration.From)
		case migration.Version == t.target:
			return nil
		default:
			err = a.step(ctx, migration.Version < t.target)
		}
		if err != nil {
			return err
		}
	}
}

// step has the engine apply one migration. It gets one at a time, because when one fails
// it leaks a goroutine for each that it has read ahead.
func (a *attempt) step(ctx context.Context, up bool) error {
	engine, err := migrate.NewWithInstance("iofs", a.m.files.Source(), "partywall", a.driver(ctx))
	if err != nil {
		return err
	}
	n := 1
	if !up {
		n = -1
	}
	return engine.Steps(n)
}
