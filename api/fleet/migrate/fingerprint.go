package migrate

import (
	"maps"
	"slices"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// A deployment replaces servers one after the other, and the older ones look whether
// tenants are current, too. Building what a newer version declares takes nothing from
// an older one, so that an entry keeps the fingerprints it had before, until an index
// is dropped. A collection that comes with its first document has what the version declares
// that made it: its declaration says which.

// keptMost bounds how many fingerprints an entry keeps, and how many declarations of each
// collection: versions that run side by side are few.
const keptMost = 8

// Brought reports whether a database was brought to what this program declares: all collections that
// were there then have its indexes.
func (m *Migrator) Brought(has *tenant.Indexes) bool {
	return has.Fingerprint == m.fingerprint || slices.Contains(has.Kept, m.fingerprint)
}

// Indexed reports whether a database has all indexes that this program declares, in the collections that are
// there.
func (m *Migrator) Indexed(has *tenant.Indexes) bool {
	return m.Brought(has) && !slices.ContainsFunc(has.Collections, func(name string) bool { return m.Strays(has, name) })
}

// Noted reports whether there is nothing to note of a database: it has all indexes, and its entry says which collections
// are there. Earlier versions, which made all collections, did not say, and a first write says it of one alone.
func (m *Migrator) Noted(has *tenant.Indexes) bool { return m.Indexed(has) && has.Collections != nil }

// Strays reports whether a collection is there as another version of this program made it.
func (m *Migrator) Strays(has *tenant.Indexes, collection string) bool {
	declared, ok := m.declarations[collection]
	return ok && !slices.Contains(has.Declarations, declared)
}

// IndexesPatch notes that a database was brought to the declared indexes, and which collections are there. It
// keeps what the database was brought to before.
func (m *Migrator) IndexesPatch(has tenant.Indexes, there []string) tenants.Patch {
	before := append([]string{has.Fingerprint}, has.Kept...)
	before = slices.DeleteFunc(before, func(one string) bool { return one == "" || one == m.fingerprint })
	collections := append(append([]string{}, has.Collections...), there...) // known, even if there are none
	declarations := []string{}
	for _, name := range there {
		declarations = append(declarations, m.declarations[name])
	}
	for _, one := range has.Declarations {
		if !slices.Contains(declarations, one) {
			declarations = append(declarations, one)
		}
	}
	return tenants.Patch{
		Fingerprint: store.Set(m.fingerprint), Kept: store.Set(before[:min(len(before), keptMost)]),
		Collections: store.Set(collections), Declarations: store.Set(declarations[:min(len(declarations), keptMost*len(m.declarations))]),
	}
}

// Own returns those of an entry's declarations that are this program's.
func (m *Migrator) Own(declarations []string) []string {
	own := slices.Collect(maps.Values(m.declarations))
	return slices.DeleteFunc(append([]string{}, declarations...), func(one string) bool { return !slices.Contains(own, one) })
}
