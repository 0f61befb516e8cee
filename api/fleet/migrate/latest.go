package migrate

import "github.com/partywall/partywall/api/tenant"

// Latest is the version of the newest migration that this program has, 0 without
// any.
func (f *Migrator) Latest() int64 { return f.latest }

// Behind says that t's database lacks something that this program was made for: a
// migration, the end of one that was begun, or indexes. One that is ahead is not
// behind, even while it is being brought there: a newer deployment's migrations run
// while servers of the older one go on serving. Nor is one that was brought to another
// deployment's indexes, as long as it has this program's as well.
func (f *Migrator) Behind(t *tenant.Entry) bool {
	m := &t.Migration
	switch {
	case m.Version > f.latest:
		return false
	case m.Version < f.latest || m.Dirty:
		return true
	}
	return !f.Indexed(t.Fingerprint, t.Kept)
}
