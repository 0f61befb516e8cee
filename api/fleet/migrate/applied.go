package migrate

import (
	"fmt"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/gen/tenants"
)

// checkApplied refuses data that was changed by other files than these, and entries
// with an impossible record of it.
func (m *Migrator) checkApplied(migration tenants.MigrationState) error {
	if err := m.checkKnown(migration); err != nil {
		return err
	}
	list := m.files.Edited(migration.Checksums)
	if len(list) == 0 {
		return m.checkDone(migration)
	}
	first := list[0]
	if migration.Dirty && migration.From < migration.Version && first.Version == migration.Version {
		return &AppliedError{fmt.Sprintf("migration %04d_%s stopped half way%s", first.Version, first.Name, howToGoOn(first.Up.At(int(migration.Done))))}
	}
	return &AppliedError{fmt.Sprintf("migration %04d_%s was edited after it was applied; take the edit back and write a new migration, or accept it with migrate repair", first.Version, first.Name)}
}

// checkKnown refuses an entry that names an unknown migration.
func (m *Migrator) checkKnown(migration tenants.MigrationState) error {
	if err := checkRecord(migration); err != nil {
		return err
	}
	if newest := max(migration.Version, migration.From); newest > m.latest {
		return &AppliedError{fmt.Sprintf("is at version %d, the newest migration here is %d; use the files it was migrated with, or newer ones", newest, m.latest)}
	}
	return nil
}

// checkDone refuses a migration that stopped half way, and has fewer elements by now
// than were done.
func (m *Migrator) checkDone(migration tenants.MigrationState) error {
	if !migration.Dirty || m.scriptOf(migration).At(int(migration.Done)) != "" {
		return nil
	}
	return &AppliedError{fmt.Sprintf("migration %s stopped half way%s", scriptName(migration), howToGoOn(""))}
}

// scriptOf returns the file that takes a tenant from migration.From to migration.Version.
func (m *Migrator) scriptOf(migration tenants.MigrationState) *script.Script {
	if migration.Version < migration.From {
		return m.files.Get(migration.From).Down
	}
	return m.files.Get(migration.Version).Up
}

// howToGoOn returns what to do about a file that was changed since it stopped at that
// place, which is empty if the file is shorter by now than what was done of it.
func howToGoOn(at string) string {
	if at == "" {
		return ", and its file was made shorter since than what is done of it; put back what is done"
	}
	return fmt.Sprintf(", at %s, and its file was changed since; if it was corrected, say so with migrate repair --failed and go on with migrate resume, or take the change back", at)
}

// AppliedError is returned if a tenant's data was changed by other migrations than this
// program's.
type AppliedError struct{ Problem string }

func (e *AppliedError) Error() string { return e.Problem }

// checkRecord refuses a record that no migration leaves in an entry, for which a run would
// look for files that do not exist. A migration leads from a version to the next, or back.
func checkRecord(migration tenants.MigrationState) error {
	var problem string
	switch {
	case migration.Version < 0 || migration.From < 0:
		problem = fmt.Sprintf("version %d", min(migration.Version, migration.From))
	case migration.Done < 0:
		problem = fmt.Sprintf("%d elements done", migration.Done)
	case migration.Dirty && migration.Version-migration.From != 1 && migration.From-migration.Version != 1:
		problem = fmt.Sprintf("a migration that stopped half way from version %d to %d", migration.From, migration.Version)
	default:
		return nil
	}
	return &AppliedError{fmt.Sprintf("its catalog entry says what cannot be: %s; look at its data, and make the entry's migration {version: N, dirty: false}, with the version that it is at", problem)}
}
