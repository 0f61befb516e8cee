package fleet

import (
	"context"
	"fmt"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

// Counts are the numbers of tenants in each state. Each tenant counts once, unless it
// is deleted or being deleted.
type Counts struct {
	// Current tenants have all that this program has.
	Current int64 `json:"current"`
	// Behind ones lack some of it.
	Behind int64 `json:"behind"`
	// Dirty ones have an unfinished migration, whether or not this program knows it.
	Dirty int64 `json:"dirty"`
	// Ahead ones were migrated by a newer deployment.
	Ahead int64 `json:"ahead"`
	// Provisioning ones are not served yet.
	Provisioning int64 `json:"provisioning"`
	// Unusable ones cannot be served, whatever else their entries say: they name a
	// cluster that does not exist, or a database that cannot be a tenant's.
	Unusable int64 `json:"unusable"`
}

// Count counts the tenants in the catalog by queries. It does not notice what shows
// only when entries are read, such as two tenants with one database.
func (f *Fleet) Count(ctx context.Context) (Counts, error) {
	var s Counts
	repo := tenants.In(f.catalog.Admin())
	for _, group := range f.groups() {
		n, err := repo.Count(ctx, tenants.Unindexed(store.And(group.filters...)))
		if err != nil {
			return Counts{}, fmt.Errorf("count tenants: %w", err)
		}
		*group.of(&s) = n
	}
	return s, nil
}

// countGroup is one of Counts, and the filter of what it counts.
type countGroup struct {
	of      func(*Counts) *int64
	filters []entryFilter
}

type entryFilter = store.Filter[tenants.Tenant]

// groups returns filters that put each tenant in one group, whatever its migration says.
func (f *Fleet) groups() []countGroup {
	not := store.Not[tenants.Tenant]
	served := store.Or(tenants.State.In(tenants.StateActive, tenants.StateSuspended), tenants.State.Exists(false))
	dirty := tenants.MigrationDirty.Eq(true)
	ahead := tenants.MigrationVersion.Gt(f.latest)
	current := store.And(f.atLatest(), store.Or(tenants.Fingerprint.Eq(f.fingerprint), tenants.Kept.Eq(f.fingerprint)))
	usable, unusable := f.usable()
	served = store.And(served, usable)
	return []countGroup{
		{func(s *Counts) *int64 { return &s.Provisioning }, []entryFilter{tenants.State.Eq(tenants.StateProvisioning), usable}},
		{func(s *Counts) *int64 { return &s.Dirty }, []entryFilter{served, dirty}},
		{func(s *Counts) *int64 { return &s.Ahead }, []entryFilter{served, not(dirty), ahead}},
		{func(s *Counts) *int64 { return &s.Current }, []entryFilter{served, not(dirty), current}},
		{func(s *Counts) *int64 { return &s.Behind }, []entryFilter{served, not(dirty), not(ahead), not(current)}},
		{func(s *Counts) *int64 { return &s.Unusable }, []entryFilter{
			store.Or(tenants.State.In(tenants.StateActive, tenants.StateSuspended, tenants.StateProvisioning), tenants.State.Exists(false)), unusable,
		}},
	}
}

// usable matches entries whose cluster exists and whose database may be a tenant's,
// and unusable the others.
func (f *Fleet) usable() (usable, unusable entryFilter) {
	there := store.Or(tenants.Cluster.In(f.catalog.Clusters()...), tenants.Cluster.Exists(false))
	taken := tenants.Database.In(f.catalog.ReservedDatabases()...)
	not := store.Not[tenants.Tenant]
	return store.And(there, not(taken)), store.Or(not(there), taken)
}

// atLatest matches the newest migration's version. Without migrations, an entry
// without a version has it.
func (f *Fleet) atLatest() entryFilter {
	if f.latest == 0 {
		return store.Or(tenants.MigrationVersion.Eq(0), tenants.MigrationVersion.Exists(false))
	}
	return tenants.MigrationVersion.Eq(f.latest)
}
