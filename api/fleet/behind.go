package fleet

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Latest is the version of the newest migration that this program has, 0 without
// any.
func (f *Fleet) Latest() int64 { return f.latest }

// Behind says that t's database lacks something that this program was made for: a
// migration, the end of one that was begun, or indexes. One that is ahead is not
// behind, even while it is being brought there: a newer deployment's migrations run
// while servers of the older one go on serving. Nor is one that was brought to another
// deployment's indexes, as long as it has this program's as well.
func (f *Fleet) Behind(t *tenant.Entry) bool {
	m := &t.Migration
	switch {
	case m.Version > f.latest:
		return false
	case m.Version < f.latest || m.Dirty:
		return true
	}
	return !f.indexed(t.Fingerprint, t.Kept)
}

// Standing is how many tenants are how far. Each counts once; deleted ones, and
// those that are being deleted, do not.
type Standing struct {
	// Current tenants have all that this program has.
	Current int64 `json:"current"`
	// Behind ones lack some of it.
	Behind int64 `json:"behind"`
	// Dirty ones have a migration that was begun and not finished, be it one that
	// this program does not know.
	Dirty int64 `json:"dirty"`
	// Ahead ones were migrated by a newer deployment.
	Ahead int64 `json:"ahead"`
	// Provisioning ones are not served yet.
	Provisioning int64 `json:"provisioning"`
	// Unusable ones are served by nobody, whatever else their entries say: they are on
	// a cluster that there is none of, or name a database that is no tenant's.
	Unusable int64 `json:"unusable"`
}

// Standing counts the tenants in the catalog, which does the counting. What only a
// look at an entry itself shows, two tenants with one database for instance, it does
// not know. The error is a database's.
func (f *Fleet) Standing(ctx context.Context) (Standing, error) {
	var s Standing
	repo := tenants.In(f.catalog.Admin())
	for _, group := range f.groups() {
		n, err := repo.Count(ctx, tenants.Unindexed(store.And(group.filters...)))
		if err != nil {
			return Standing{}, fmt.Errorf("count tenants: %w", err)
		}
		*group.of(&s) = n
	}
	return s, nil
}

// standingGroup is one of the counts of a Standing, and what it counts.
type standingGroup struct {
	of      func(*Standing) *int64
	filters []entryFilter
}

type entryFilter = store.Filter[tenants.Tenant]

// groups are such that each tenant is in one of them, whatever its migration says.
func (f *Fleet) groups() []standingGroup {
	not := store.Not[tenants.Tenant]
	served := catalogState.In(tenants.StateActive, tenants.StateSuspended, noValue)
	dirty := catalogDirty.Eq(true)
	ahead := catalogVersion.Gt(f.latest)
	current := store.And(f.atLatest(), store.Or(catalogFingerprint.Eq(f.fingerprint), catalogKept.Eq(f.fingerprint)))
	usable, unusable := f.usable()
	served = store.And(served, usable)
	return []standingGroup{
		{func(s *Standing) *int64 { return &s.Provisioning }, []entryFilter{catalogState.Eq(tenants.StateProvisioning), usable}},
		{func(s *Standing) *int64 { return &s.Dirty }, []entryFilter{served, dirty}},
		{func(s *Standing) *int64 { return &s.Ahead }, []entryFilter{served, not(dirty), ahead}},
		{func(s *Standing) *int64 { return &s.Current }, []entryFilter{served, not(dirty), current}},
		{func(s *Standing) *int64 { return &s.Behind }, []entryFilter{served, not(dirty), not(ahead), not(current)}},
		{func(s *Standing) *int64 { return &s.Unusable }, []entryFilter{
			catalogState.In(tenants.StateActive, tenants.StateSuspended, tenants.StateProvisioning, noValue), unusable,
		}},
	}
}

// usable matches entries whose cluster there is and whose database may be a tenant's,
// and unusable the others.
func (f *Fleet) usable() (usable, unusable entryFilter) {
	clusters, reserved := []any{noValue}, []any{}
	for _, name := range f.catalog.Clusters() {
		clusters = append(clusters, name)
	}
	for _, name := range f.catalog.ReservedDatabases() {
		reserved = append(reserved, name)
	}
	there, taken := catalogCluster.In(clusters...), catalogDatabase.In(reserved...)
	not := store.Not[tenants.Tenant]
	return store.And(there, not(taken)), store.Or(not(there), taken)
}

// atLatest matches the newest migration's version, which an entry without any has
// where there is none.
func (f *Fleet) atLatest() entryFilter {
	if f.latest == 0 {
		return catalogVersion.In(int64(0), noValue)
	}
	return catalogVersion.Eq(f.latest)
}

// The members of the catalog's entries that no index has. A missing one reads as
// its zero value or default, so that filters name the missing one where they mean
// that.
var (
	catalogState       = store.NewField[tenants.Tenant]("state", entryValue)
	catalogVersion     = store.NewField[tenants.Tenant]("migration.version", entryValue)
	catalogDirty       = store.NewField[tenants.Tenant]("migration.dirty", entryValue)
	catalogCluster     = store.NewField[tenants.Tenant]("cluster", entryValue)
	catalogDatabase    = store.NewField[tenants.Tenant]("database", entryValue)
	catalogKept        = store.NewField[tenants.Tenant]("kept", entryValue)
	catalogFingerprint = store.NewField[tenants.Tenant]("fingerprint", entryValue)
)

// noValue is null, which stands for what is not there, too.
var noValue = bson.Null{}

// entryValue is v in BSON, which all texts, numbers, truths and nulls have a form in.
func entryValue(v any) meta.Operand {
	kind, value, _ := bson.MarshalValue(v)
	return meta.Exactly(bson.RawValue{Type: kind, Value: value})
}
