package migrate

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// RepairOptions are what an unfinished migration counts as.
type RepairOptions struct {
	// Applied means that somebody completed it by hand. Otherwise it counts as not begun,
	// and is applied from its first element again.
	Applied bool
	// Force means that somebody undid by hand what it changed: it counts as not begun
	// although it would change documents a second time.
	Force bool
}

// TracesError is returned if a migration cannot count as not begun, because it would
// change documents a second time.
type TracesError struct {
	Version int64
	script.Traces
}

func (e *TracesError) Error() string {
	text := fmt.Sprintf("migration %04d was at work before it stopped", e.Version)
	if e.Documents > 0 {
		text += fmt.Sprintf("; %d documents show it", e.Documents)
	}
	if e.Element != "" {
		text += fmt.Sprintf("; %s is done, and comes to something else if it is done again", e.Element)
	}
	return text + ". Go on with migrate resume; or undo by hand what it did and say so with --force; or complete it by hand and say so with --applied"
}

// Repair accepts a tenant's data as it is: these files are what was applied up to its
// version. It returns the version that the tenant is at then. The error is a *TracesError
// if a migration that stopped half way would be done twice.
func (m *Migrator) Repair(ctx context.Context, name string, how RepairOptions) (version int64, err error) {
	t, err := m.catalog.Find(ctx, name)
	if err != nil {
		return 0, err
	}
	err = m.WithLease(ctx, t.ID, m.lockTimeout, func(ctx context.Context, lease *tenant.Lease) (last tenants.Patch, err error) {
		last, version, err = m.repaired(ctx, lease, how)
		return last, err
	})
	return version, err
}

// repaired returns the patch that makes the tenant's migration count as how says, and the
// version that the tenant is at then.
func (m *Migrator) repaired(ctx context.Context, lease *tenant.Lease, how RepairOptions) (patch tenants.Patch, version int64, err error) {
	migration := lease.Stored().Migration
	version = migration.Version
	if err := m.checkKnown(migration); err != nil {
		return patch, version, err
	}
	if migration.Dirty && !how.Applied {
		version = migration.From
	}
	if migration.Dirty {
		if err := m.giveUp(ctx, lease, migration, how); err != nil {
			return patch, migration.Version, err
		}
	}
	return tenants.Patch{Migration: store.Set(tenants.MigrationStatePatch{
		Version: store.Set(version), Dirty: store.Set(false), Checksums: store.Set(m.files.Checksums(version)),
		From: store.Unset[int64](), Attempt: store.Unset[bson.ObjectID](), Problem: store.Unset[string](),
		Done: store.Unset[int64](), After: store.Unset[[]byte]()},
	)}, version, nil
}

// giveUp removes the marks of an attempt that will not be resumed.
func (m *Migrator) giveUp(ctx context.Context, lease *tenant.Lease, migration tenants.MigrationState, how RepairOptions) error {
	db, err := Database(lease)
	if err != nil {
		return err
	}
	s := m.scriptOf(migration)
	if !how.Applied && !how.Force {
		traces, err := s.Traces(ctx, db, migration.Attempt.Or(bson.NilObjectID), int(migration.Done))
		if err != nil {
			return err
		}
		if traces != (script.Traces{}) {
			return &TracesError{max(migration.Version, migration.From), traces}
		}
	}
	return script.Sweep(ctx, db, migration.Attempt.Or(bson.NilObjectID))
}

// Correction is about a tenant whose migration stopped half way, and whose file was
// changed since.
type Correction struct {
	Tenant  string
	Version int64
	// At is the place in the file at which it goes on, such as "element 2".
	At string
	// Err says why it cannot.
	Err error
}

// Correct accepts these files for migrations that stopped half way, in the tenants with
// the given names, or in all: Resume goes on at the element at which each stopped. The
// elements before it are taken to be unchanged. Entries that cannot be trusted, and
// unknown names, are among the corrections, with an error.
func (m *Migrator) Correct(ctx context.Context, names []string) ([]Correction, error) {
	var list []Correction
	missing := slices.Clone(names)
	for t, err := range m.catalog.ListByPage(ctx) {
		if err != nil && !tenant.IsEntryError(err) {
			return list, err
		}
		name := visit.Name(t, err)
		missing = slices.DeleteFunc(missing, func(other string) bool { return other == name })
		switch {
		case len(names) > 0 && !slices.Contains(names, name):
		case err != nil:
			list = append(list, Correction{Tenant: name, Err: err})
		case checkRecord(t.Migration) != nil:
			list = append(list, Correction{Tenant: name, Err: checkRecord(t.Migration)})
		case m.corrected(&t.Migration):
			migration := &t.Migration
			list = append(list, Correction{name, migration.Version, m.stoppedAt(migration), m.correct(ctx, t.ID)})
		}
	}
	for _, name := range missing {
		list = append(list, Correction{Tenant: name, Err: tenant.ErrUnknown})
	}
	return list, ctx.Err()
}

// corrected reports whether a migration stopped half way, and its file was changed since.
// It does not know of files of ways back.
func (m *Migrator) corrected(migration *tenants.MigrationState) bool {
	return checkRecord(*migration) == nil && migration.Dirty && migration.From < migration.Version && slices.ContainsFunc(m.files.Edited(migration.Checksums), func(edited *script.Migration) bool {
		return edited.Version == migration.Version
	})
}

// stoppedAt returns the place in the file at which a migration stopped, empty if the file
// is shorter by now.
func (m *Migrator) stoppedAt(migration *tenants.MigrationState) string {
	return m.files.Get(migration.Version).Up.At(int(migration.Done))
}

func (m *Migrator) correct(ctx context.Context, id bson.ObjectID) error {
	return m.WithLease(ctx, id, m.lockTimeout, func(_ context.Context, lease *tenant.Lease) (last tenants.Patch, err error) {
		migration := lease.Stored().Migration
		switch {
		case !m.corrected(&migration):
			return last, nil
		case m.stoppedAt(&migration) == "":
			return last, m.checkApplied(migration)
		}
		sums := slices.Clone(migration.Checksums)
		sums[migration.Version-1] = m.files.Get(migration.Version).Checksum
		// Another step may stand there now, for which the position among documents means nothing.
		last.Migration = store.Set(tenants.MigrationStatePatch{Checksums: store.Set(sums), After: store.Unset[[]byte]()})
		return last, nil
	})
}

// Unlock takes a tenant's lock away from the process that holds it, whose writes to the
// catalog are refused from then on. It returns the former owner, empty if there was none.
func (m *Migrator) Unlock(ctx context.Context, name string) (owner string, err error) {
	t, err := m.catalog.Find(ctx, name)
	if err != nil {
		return "", err
	}
	return m.catalog.Unlock(ctx, t.ID)
}
