package migrate

import "github.com/partywall/partywall/api/tenant"

// Latest returns the version of this program's newest migration, 0 without any.
func (m *Migrator) Latest() int64 { return m.latest }

// Behind reports whether t's database lacks something that this program needs: a
// migration, the end of one, or indexes. A tenant that is ahead is not behind, even
// during its migration: a newer deployment migrates while servers of the older one go on
// serving. Nor is one with another deployment's indexes, if it has this program's, too, or one in which
// another deployment has made a collection since: it gets its indexes before it is written to.
func (m *Migrator) Behind(t *tenant.Entry) bool {
	migration := &t.Migration
	switch {
	case migration.Version > m.latest:
		return false
	case migration.Version < m.latest || migration.Dirty:
		return true
	}
	return !m.Brought(&t.Indexes)
}
