package migrate

import (
	"fmt"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/gen/tenants"
)

// checkApplied refuses data that was changed by other files than those at hand, and
// entries that say of it what cannot be.
func (f *Migrator) checkApplied(m tenants.MigrationState) error {
	if err := f.checkKnown(m); err != nil {
		return err
	}
	list := f.files.Edited(m.Checksums)
	if len(list) == 0 {
		return f.checkDone(m)
	}
	first := list[0]
	if m.Dirty && m.From < m.Version && first.Version == m.Version {
		return &AppliedError{fmt.Sprintf("migration %04d_%s stopped half way%s", first.Version, first.Name, howToGoOn(first.Up.At(int(m.Done))))}
	}
	return &AppliedError{fmt.Sprintf("migration %04d_%s was edited after it was applied; take the edit back and write a new migration, or accept it with migrate repair", first.Version, first.Name)}
}

// checkKnown refuses an entry that names a migration that is not among the files at hand.
func (f *Migrator) checkKnown(m tenants.MigrationState) error {
	if err := checkRecord(m); err != nil {
		return err
	}
	if newest := max(m.Version, m.From); newest > f.latest {
		return &AppliedError{fmt.Sprintf("is at version %d, the newest migration here is %d; use the files it was migrated with, or newer ones", newest, f.latest)}
	}
	return nil
}

// checkDone refuses a migration that stopped half way behind the end of its file: what is
// done of it is not known.
func (f *Migrator) checkDone(m tenants.MigrationState) error {
	if !m.Dirty || f.scriptOf(m).At(int(m.Done)) != "" {
		return nil
	}
	return &AppliedError{fmt.Sprintf("migration %s stopped half way%s", scriptName(m), howToGoOn(""))}
}

// scriptOf is the file that takes a tenant from m.From to m.Version.
func (f *Migrator) scriptOf(m tenants.MigrationState) *script.Script {
	if m.Version < m.From {
		return f.files.Get(m.From).Down
	}
	return f.files.Get(m.Version).Up
}

// howToGoOn is what to do about a file that was changed since it stopped at that place,
// empty where it is shorter by now than what is done of it.
func howToGoOn(at string) string {
	if at == "" {
		return ", and its file was made shorter since than what is done of it; put back what is done"
	}
	return fmt.Sprintf(", at %s, and its file was changed since; if it was corrected, say so with migrate repair --failed and go on with migrate resume, or take the change back", at)
}

// AppliedError says that a tenant's data was changed by other migrations than those
// at hand.
type AppliedError struct{ Problem string }

func (e *AppliedError) Error() string { return e.Problem }

// checkRecord refuses what no migration leaves behind in an entry: a run would take it for
// files that there are none of. A migration leads from a version to the next, or back.
func checkRecord(m tenants.MigrationState) error {
	var problem string
	switch {
	case m.Version < 0 || m.From < 0:
		problem = fmt.Sprintf("version %d", min(m.Version, m.From))
	case m.Done < 0:
		problem = fmt.Sprintf("%d elements done", m.Done)
	case m.Dirty && m.Version-m.From != 1 && m.From-m.Version != 1:
		problem = fmt.Sprintf("a migration that stopped half way from version %d to %d", m.From, m.Version)
	default:
		return nil
	}
	return &AppliedError{fmt.Sprintf("its catalog entry says what cannot be: %s; look at its data, and make the entry's migration {version: N, dirty: false}, with the version that it is at", problem)}
}
