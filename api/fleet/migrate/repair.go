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

// RepairOptions say what to make of a migration that was begun and not finished.
type RepairOptions struct {
	// Applied has it count as applied: somebody completed it by hand. Else it counts as
	// not begun, to be applied from its first element again.
	Applied bool
	// Force has it count as not begun although it would change again what it changed
	// before: somebody undid that by hand.
	Force bool
}

// TracesError says why a migration does not count as not begun: it changed documents
// that it would change again.
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

// Repair accepts a tenant's data as it is: the files at hand are what was applied
// up to its version. It reports the version that the tenant is at then. The error is a
// *TracesError where a migration that stopped half way would be done twice.
func (m *Migrator) Repair(ctx context.Context, name string, how RepairOptions) (version int64, err error) {
	t, err := m.catalog.Find(ctx, name)
	if err != nil {
		return 0, err
	}
	err = m.WithLease(ctx, t.ID, LockTimeout, func(ctx context.Context, lease *tenant.Lease) (last tenants.Patch, err error) {
		last, version, err = m.repaired(ctx, lease, how)
		return last, err
	})
	return version, err
}

// repaired returns what makes the tenant's migration count as how says, and the version
// that the tenant is at then.
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

// giveUp takes the marks of an attempt away that nobody takes up again.
func (m *Migrator) giveUp(ctx context.Context, lease *tenant.Lease, migration tenants.MigrationState, how RepairOptions) error {
	db, err := Database(lease)
	if err != nil {
		return err
	}
	s := m.scriptOf(migration)
	if !how.Applied && !how.Force {
		traces, err := s.Traces(ctx, db, migration.Attempt, int(migration.Done))
		if err != nil {
			return err
		}
		if traces != (script.Traces{}) {
			return &TracesError{max(migration.Version, migration.From), traces}
		}
	}
	return script.Sweep(ctx, db, migration.Attempt)
}

// Correction is a tenant whose migration stopped half way, and whose file was changed
// since.
type Correction struct {
	Tenant  string
	Version int64
	// At is where in the file it goes on, such as "element 2".
	At string
	// Err says why it cannot.
	Err error
}

// Correct accepts the files at hand for migrations that stopped half way, in the tenants
// called so or in all: resume takes each up at the element at which it stopped. Those
// that came before are taken to be as they were. Entries that cannot be trusted, and names
// that nobody has, are among the corrections that cannot be made.
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

// corrected says that m stopped half way, and that its file is another by now. Files of
// ways back are not told apart.
func (m *Migrator) corrected(migration *tenants.MigrationState) bool {
	return checkRecord(*migration) == nil && migration.Dirty && migration.From < migration.Version && slices.ContainsFunc(m.files.Edited(migration.Checksums), func(edited *script.Migration) bool {
		return edited.Version == migration.Version
	})
}

// stoppedAt is where in the file at hand m stopped; empty where that is behind its end.
func (m *Migrator) stoppedAt(migration *tenants.MigrationState) string {
	return m.files.Get(migration.Version).Up.At(int(migration.Done))
}

func (m *Migrator) correct(ctx context.Context, id bson.ObjectID) error {
	return m.WithLease(ctx, id, LockTimeout, func(_ context.Context, lease *tenant.Lease) (last tenants.Patch, err error) {
		migration := lease.Stored().Migration
		switch {
		case !m.corrected(&migration):
			return last, nil
		case m.stoppedAt(&migration) == "":
			return last, m.checkApplied(migration)
		}
		sums := slices.Clone(migration.Checksums)
		sums[migration.Version-1] = m.files.Get(migration.Version).Checksum
		// Another step may be where the one that stopped had come to some document.
		last.Migration = store.Set(tenants.MigrationStatePatch{Checksums: store.Set(sums), After: store.Unset[[]byte]()})
		return last, nil
	})
}

// Unlock takes a tenant's lock from the process that holds it, whose writes to the
// catalog are refused from then on. It reports whose it was, empty if nobody's.
func (m *Migrator) Unlock(ctx context.Context, name string) (owner string, err error) {
	t, err := m.catalog.Find(ctx, name)
	if err != nil {
		return "", err
	}
	return m.catalog.Unlock(ctx, t.ID)
}
