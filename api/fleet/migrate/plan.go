package migrate

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Plan is what there is to do in the fleet according to the catalog: no tenant's
// database is read.
type Plan struct {
	// Target is the version that tenants are to be brought to.
	Target int64 `json:"target"`
	// Tenants is the number of tenants. Those with nothing to do are not named.
	Tenants int     `json:"tenants"`
	Stale   []Stale `json:"stale"`
	// Unusable are entries that cannot be trusted, and so are left out.
	Unusable []FailedTenant `json:"unusable"`
	// Refused are left out, too: their data was changed by other files than these.
	Refused []FailedTenant `json:"refused"`
	// Missing are names that no tenant has. A run with any does not begin.
	Missing []FailedTenant `json:"missing"`
}

// Stale is a tenant that is not at the target version, or whose indexes were not
// compared with this schema yet.
type Stale struct {
	ID      bson.ObjectID `json:"-"`
	Tenant  string        `json:"tenant"`
	Version int64         `json:"version"`
	// Provisioning reports whether the tenant is half provisioned.
	Provisioning bool `json:"provisioning,omitempty"`
	// Dirty reports whether the migration to Version is unfinished, and Back whether it
	// leads back from the next version. Problem is the error that ended it, empty if it
	// was interrupted.
	Dirty   bool   `json:"dirty,omitempty"`
	Back    bool   `json:"back,omitempty"`
	Problem string `json:"problem,omitempty"`
	// Locked is the process that held the tenant's lock.
	Locked string `json:"locked,omitempty"`
	// Indexes reports whether the indexes have to be compared with the schema.
	Indexes bool `json:"indexes,omitempty"`

	cluster string
}

// FailedTenant is a tenant that is not what it should be, and why.
type FailedTenant struct {
	ID      bson.ObjectID `json:"-"`
	Tenant  string        `json:"tenant"`
	Problem string        `json:"problem"`
}

// Plan looks for the tenants that are not at the target version, among those with the
// given names, or all. It takes about 200 bytes for each stale tenant.
func (m *Migrator) Plan(ctx context.Context, target int64, only []string) (*Plan, error) {
	return m.plan(ctx, target, only, nil)
}

// plan also looks for names that tenants must have, although they are not all to be migrated.
func (m *Migrator) plan(ctx context.Context, target int64, only, somebody []string) (*Plan, error) {
	if target < 0 || target > m.latest {
		return nil, fmt.Errorf("there is no migration %04d; there are %s", target, m.versions())
	}
	p := &Plan{Target: target, Stale: []Stale{}, Unusable: []FailedTenant{}, Refused: []FailedTenant{}, Missing: []FailedTenant{}}
	missing := slices.Concat(only, somebody)
	for t, err := range m.catalog.List(ctx) {
		if err != nil && !tenant.IsEntryError(err) {
			return nil, err
		}
		name := visit.Name(t, err)
		missing = slices.DeleteFunc(missing, func(other string) bool { return other == name })
		if len(only) > 0 && !slices.Contains(only, name) {
			continue
		}
		p.Tenants++
		if err != nil {
			p.Unusable = append(p.Unusable, FailedTenant{Tenant: name, Problem: err.Error()})
			continue
		}
		switch err := m.checkApplied(t.Migration); {
		case err != nil:
			p.Refused = append(p.Refused, FailedTenant{t.ID, name, err.Error()})
		case m.isStale(t.State, t.Migration, m.Noted(&t.Indexes), target):
			p.Stale = append(p.Stale, m.stale(t))
		}
	}
	for _, name := range missing {
		p.Missing = append(p.Missing, FailedTenant{Tenant: name, Problem: "is not in the catalog"})
	}
	return p, nil
}

func (m *Migrator) versions() string {
	if m.latest == 0 {
		return "none"
	}
	return fmt.Sprintf("0000, before the first, to %04d", m.latest)
}

func (m *Migrator) isStale(state tenants.StateValue, migration tenants.MigrationState, noted bool, target int64) bool {
	return state == tenants.StateProvisioning || migration.Dirty || migration.Version != target || !noted
}

func (m *Migrator) stale(t *tenant.Entry) Stale {
	return Stale{
		ID: t.ID, Tenant: t.Name, Version: t.Migration.Version, Provisioning: t.State == tenants.StateProvisioning,
		Dirty: t.Migration.Dirty, Back: t.Migration.Dirty && t.Migration.Version < t.Migration.From, Problem: t.Migration.Problem, Locked: t.Lock.Owner,
		Indexes: !m.Noted(&t.Indexes),
		cluster: t.Cluster,
	}
}
