package migrate

import "github.com/partywall/partywall/api/tenant"

// Latest is the version of the newest migration that this program has, 0 without
// any.
func (m *Migrator) Latest() int64 { return m.latest }

// Behind says that t's database lacks something that this program was made for: a
// migration, the end of one that was begun, or indexes. One that is ahead is not
// behind, even while it is being brought there: a newer deployment's migrations run
// while servers of the older one go on serving. Nor is one that was brought to another
// deployment's indexes, as long as it has this program's as well.
func (m *Migrator) Behind(t *tenant.Entry) bool {
	migration := &t.Migration
	switch {
	case migration.Version > m.latest:
		return false
	case migration.Version < m.latest || migration.Dirty:
		return true
	}
	return !m.Indexed(t.Fingerprint, t.Kept)
}
