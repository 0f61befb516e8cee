package capacity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/capacity"
)

// wide is a schema of so many collections, each with one index besides that on _id, and one with more.
func wide(n int) capacity.Schema {
	list := []capacity.Collection{{Name: "tenants", Admin: true, Indexes: 3}}
	for i := range n - 1 {
		list = append(list, capacity.Collection{Name: fmt.Sprint("c", i), Indexes: 1})
	}
	return capacity.NewSchema(append(list, capacity.Collection{Name: "most", Indexes: 4}))
}

// TestCollectionsUsed: tenants that use few of many collections are many times more, and are counted with the costliest.
func TestCollectionsUsed(t *testing.T) {
	t.Parallel()
	schema := wide(34)
	for _, row := range []struct {
		used, reach int
		detail      string
	}{
		{0, (10_000 - 5) / 105, "1 tenant × 105 (c0 with 2 indexes, "},
		{34, (10_000 - 5) / 105, "1 tenant × 105 (c0 with 2 indexes, "},
		{1, (10_000 - 5) / 6, "1 tenant × 6 (1 of 34 collections: most with 5 indexes) and 5 of the catalog"},
		{2, (10_000 - 5) / 9, "1 tenant × 9 (2 of 34 collections: most with 5 indexes, c0 with 2 indexes) and 5 of the catalog"},
	} {
		d := capacity.Demand{Instances: 1, Pool: 50, Cores: 1, Tenants: 1, CollectionsUsed: row.used}
		p := capacity.NewPlan(tier(t, "M20"), d, schema)
		if got := p.Resources[1]; *p.Reach.Tenants != row.reach || !strings.HasPrefix(got.Detail, row.detail) {
			t.Errorf("%d used: %d tenants, want %d; %s", row.used, *p.Reach.Tenants, row.reach, got.Detail)
		}
		for tenants, fits := range map[int]bool{row.reach: true, row.reach + 1: false} {
			d.Tenants = tenants
			if p := capacity.NewPlan(tier(t, "M20"), d, schema); p.Fits != fits {
				t.Errorf("%d used, %d tenants: fits is %v", row.used, tenants, p.Fits)
			}
		}
	}
	if schema.Collections() != 34 {
		t.Errorf("a tenant may have %d collections", schema.Collections())
	}
}

// TestHeldTenantsKeepWhatTheyHave, and those to come take what is said of them.
func TestHeldTenantsKeepWhatTheyHave(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		d      capacity.Demand
		taken  float64
		reach  int
		fits   bool
		detail string
	}{
		{capacity.Demand{Tenants: 7, Held: 7}, 0, 7 + 10_000/3, true, "7 tenants with 0, each up to 3 (users with 2 indexes)"},
		{capacity.Demand{Tenants: 7, Held: 7, Occupied: 12, Foreign: 10, Stored: 22}, 22, 7 + (10_000-10-12)/3, true, "22 now; 7 tenants with 12, each up to 3 (users with 2 indexes) and 10 of others = 22"},
		{capacity.Demand{Tenants: 9, Held: 7, Occupied: 12}, 18, 7 + (10_000-12)/3, true, "7 tenants with 12 and 2 more × 3 (users with 2 indexes)"},
		{capacity.Demand{Tenants: 3, Held: 7, Occupied: 12}, 12, 7 + (10_000-12)/3, true, "7 tenants with 12, each up to 3 (users with 2 indexes)"},
		{capacity.Demand{Tenants: 4000, Held: 4000, Occupied: 12_000}, 12_000, 3333, false, "4000 tenants with 12000, each up to 3 (users with 2 indexes)"},
		{capacity.Demand{Tenants: 1, Held: 1, Occupied: 3, Foreign: 20_000}, 20_003, 0, false, "1 tenant with 3, each up to 3 (users with 2 indexes) and 20000 of others"},
	} {
		row.d.Instances, row.d.Pool, row.d.Cores = 1, 50, 1
		p := capacity.NewPlan(tier(t, "M20"), row.d, usersAlone)
		if r := p.Resources[1]; r.Taken != row.taken || *p.Reach.Tenants != row.reach || r.Fits() != row.fits || r.Detail != row.detail {
			t.Errorf("%+v: %v of %d tenants, fits is %v: %s", row.d, r.Taken, *p.Reach.Tenants, r.Fits(), r.Detail)
		}
	}
}

// TestTight is above 80 % of the recommended number of collections and indexes, until it does not fit.
func TestTight(t *testing.T) {
	t.Parallel()
	for occupied, tight := range map[int]bool{0: false, 8000: false, 8001: true, 10_000: true, 10_001: false} {
		p := capacity.NewPlan(tier(t, "M20"), capacity.Demand{Instances: 1, Pool: 50, Cores: 1, Held: 1, Occupied: occupied}, usersAlone)
		for _, r := range p.Resources {
			if want := tight && r.Name == "namespaces"; r.Tight != want {
				t.Errorf("%d: %s is tight: %v", occupied, r.Name, r.Tight)
			}
		}
	}
}
