package migrate

import (
	"slices"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

// A deployment replaces servers one after the other, and the older ones look whether
// tenants are current, too. Building what a newer version declares takes nothing from
// an older one, so that an entry keeps the fingerprints it had before, until an index
// is dropped.

// keptMost bounds how many fingerprints an entry keeps: versions that run side by side
// are few.
const keptMost = 8

// Indexed reports whether a database that was brought to these fingerprints has all
// indexes that this program declares.
func (m *Migrator) Indexed(fingerprint string, kept []string) bool {
	return fingerprint == m.fingerprint || slices.Contains(kept, m.fingerprint)
}

// IndexesPatch notes that a database was brought to the declared indexes, and keeps
// what it was brought to before.
func (m *Migrator) IndexesPatch(fingerprint string, kept []string) tenants.Patch {
	before := slices.DeleteFunc(append([]string{fingerprint}, kept...), func(one string) bool { return one == "" || one == m.fingerprint })
	return tenants.Patch{
		Fingerprint: store.Set(m.fingerprint), Kept: store.Set(before[:min(len(before), keptMost)]),
	}
}
