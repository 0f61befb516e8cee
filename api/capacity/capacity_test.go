package capacity_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/capacity"
)

// usersAlone is a schema with one collection, and an index besides the one on _id.
var usersAlone = capacity.NewSchema([]capacity.Collection{{Name: "users", Indexes: 1}})

// tier returns the one of that name, or a node of one's own without.
func tier(t *testing.T, name string) capacity.Tier {
	t.Helper()
	if name == "" {
		return capacity.Tier{Limits: capacity.Limits{Connections: 100}}
	}
	found, err := capacity.TierNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestProcesses has the figures that this is planned by: how many processes an M20
// takes with such pools, 80 % of 2990 being 2392.
func TestProcesses(t *testing.T) {
	t.Parallel()
	if got := capacity.Budget(3000); got != 2392 {
		t.Errorf("of 3000 connections %d may be taken", got)
	}
	for _, test := range []struct {
		tier      string
		pool, max int
	}{
		{"M20", 100, 23}, {"M20", 50, 46}, {"M20", 20, 108}, {"M20", 2390, 1}, {"M20", 2391, 0},
		{"M0", 50, 7}, {"Flex", 50, 7}, {"M10", 50, 22}, {"M30", 50, 46}, {"M40", 50, 92}, {"M50", 50, 246}, {"M60", 50, 492},
	} {
		limit := tier(t, test.tier).Connections
		if got := capacity.Processes(limit, test.pool); got != test.max {
			t.Errorf("%s takes %d processes with a pool of %d, want %d", test.tier, got, test.pool, test.max)
		}
		if got := capacity.Connections(test.max, test.pool); got > capacity.Budget(limit) || got+test.pool+2 <= capacity.Budget(limit) {
			t.Errorf("%s: %d processes have %d connections of %d", test.tier, test.max, got, capacity.Budget(limit))
		}
	}
	for limit, want := range map[int]int{3000: 2988, 12: 0, 13: 1, 0: 0} {
		if got := capacity.LargestPool(limit); got != want {
			t.Errorf("a node with %d connections takes a pool of %d, want %d", limit, got, want)
		}
	}
	for _, limit := range []int{0, 9, 10} {
		if got := capacity.Budget(limit); got != 0 {
			t.Errorf("of %d connections %d may be taken", limit, got)
		}
	}
}

// TestTenants: what binds with a database for each tenant are collections and indexes.
func TestTenants(t *testing.T) {
	t.Parallel()
	bookkeeping := capacity.NewSchema([]capacity.Collection{{Name: "users", Indexes: 1}, {Name: "migrations"}, {Name: "locks", Indexes: 1}})
	catalog := capacity.NewSchema([]capacity.Collection{{Name: "users", Indexes: 1}, {Name: "tenants", Admin: true, Indexes: 3}})
	for _, test := range []struct {
		schema        capacity.Schema
		each, catalog int
		tier          string
		tenants       int
	}{
		{usersAlone, 3, 0, "M20", 3333}, {usersAlone, 3, 0, "M10", 1666}, {usersAlone, 3, 0, "M40", 33_333},
		{bookkeeping, 8, 0, "M20", 1250}, {catalog, 3, 5, "M20", 3331},
	} {
		if test.schema.PerTenant != test.each || test.schema.Catalog != test.catalog {
			t.Errorf("%+v, want %d a tenant and %d once", test.schema, test.each, test.catalog)
		}
		d := capacity.Demand{Instances: 1, Pool: 50, Cores: 1, Tenants: test.tenants}
		p := capacity.NewPlan(tier(t, test.tier), d, test.schema)
		if *p.Reach.Tenants != test.tenants || !p.Fits || p.Binds != "namespaces" {
			t.Errorf("%s goes to %d tenants, want %d; %v, %s binds", test.tier, *p.Reach.Tenants, test.tenants, p.Fits, p.Binds)
		}
		d.Tenants++
		if p := capacity.NewPlan(tier(t, test.tier), d, test.schema); p.Fits {
			t.Errorf("%s takes %d tenants, too", test.tier, d.Tenants)
		}
	}
	if want := "users with 2 indexes, migrations with 1 index, locks with 2 indexes"; bookkeeping.Words != want {
		t.Errorf("%q, want %q", bookkeeping.Words, want)
	}
}

func TestInUse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ops     int
		latency time.Duration
		want    float64
	}{
		{2000, 5 * time.Millisecond, 10}, {1, time.Second, 1}, {0, time.Second, 0}, {10_000, 50 * time.Microsecond, 0.5},
	} {
		if got := capacity.InUse(test.ops, test.latency); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%d/s of %s use %g connections, want %g", test.ops, test.latency, got, test.want)
		}
	}
}

// TestWhatBinds goes from one that fits to others, in each of which something else runs
// out.
func TestWhatBinds(t *testing.T) {
	t.Parallel()
	const cores = 8
	carries := 0.8 * cores * float64(time.Second) / float64(capacity.Request().CPU)
	for name, test := range map[string]struct {
		tier  string
		d     capacity.Demand
		binds string
		fits  bool
		then  string
	}{
		"little":           {"M20", capacity.Demand{Instances: 2, Pool: 50, Tenants: 800, Ops: 2000, Latency: 5 * time.Millisecond}, "namespaces", true, "another cluster, or M40"},
		"many tenants":     {"M20", capacity.Demand{Instances: 2, Pool: 50, Tenants: 4000}, "namespaces", false, "2 clusters, or M40"},
		"too many for M30": {"M10", capacity.Demand{Instances: 2, Pool: 50, Tenants: 5000}, "namespaces", false, "4 clusters, or M40"},
		"own nodes":        {"", capacity.Demand{Instances: 2, Pool: 50, Tenants: 5000}, "connections", false, "a smaller pool"},
		"more tenants":     {"M20", capacity.Demand{Instances: 2, Pool: 50, Tenants: 10_000}, "namespaces", false, "4 clusters, or M40"},
		"most tenants":     {"M60", capacity.Demand{Instances: 2, Pool: 50, Tenants: 50_000}, "namespaces", false, "2 clusters"},
		"many instances":   {"M20", capacity.Demand{Instances: 47, Pool: 50, Tenants: 800}, "connections", false, "a smaller pool, or M40"},
		"as many":          {"M20", capacity.Demand{Instances: 46, Pool: 50, Tenants: 800}, "connections", true, "a smaller pool, or M40"},
		"others":           {"M20", capacity.Demand{Instances: 46, Others: 1, Pool: 50}, "connections", false, "a smaller pool, or M40"},
		"largest":          {"M60", capacity.Demand{Instances: 493, Pool: 50}, "connections", false, "a smaller pool"},
		"connected":        {"M20", capacity.Demand{Instances: 1, Pool: 50, Connected: 2393}, "connections", false, "a smaller pool, or M40"},
		"stored":           {"M20", capacity.Demand{Instances: 1, Pool: 50, Stored: 10_001}, "namespaces", false, "another cluster, or M40"},
		"a slow database":  {"M20", capacity.Demand{Instances: 2, Pool: 5, Ops: 2000, Latency: 5 * time.Millisecond}, "pool", false, "3 instances, or a pool of 7"},
		"no faster":        {"M20", capacity.Demand{Instances: 2, Pool: 50, Ops: 16_000, Latency: 5 * time.Millisecond}, "pool", true, "another instance, or a larger pool"},
		"many requests":    {"M20", capacity.Demand{Instances: 1, Pool: 500, Ops: int(1.5 * carries), Latency: time.Millisecond}, "processors", false, "2 instances"},
		"a pool too large": {"M20", capacity.Demand{Instances: 1, Pool: 2900}, "connections", false, "a smaller pool, or M40"},
		"nothing known":    {"M0", capacity.Demand{Instances: 1, Pool: 50, Tenants: 1_000_000}, "connections", true, "a smaller pool, or M10"},
	} {
		test.d.Cores = cores
		p := capacity.NewPlan(tier(t, test.tier), test.d, usersAlone)
		at := slices.IndexFunc(p.Resources, func(r capacity.Resource) bool { return r.Name == p.Binds })
		if p.Binds != test.binds || p.Fits != test.fits || p.Resources[at].Fits() != test.fits || p.Resources[at].Then != test.then {
			t.Errorf("%s: %s binds, fits is %v; want %s, %v, %s\n%+v", name, p.Binds, p.Fits, test.binds, test.fits, test.then, p.Resources)
		}
	}
}

// TestReach: how far an M20 goes, each by itself.
func TestReach(t *testing.T) {
	t.Parallel()
	d := capacity.Demand{Instances: 2, Pool: 50, Cores: 8, Tenants: 800, Ops: 2000, Latency: 5 * time.Millisecond}
	got := capacity.NewPlan(tier(t, "M20"), d, usersAlone).Reach
	want := capacity.Reach{Tenants: new(3333), Instances: new(46), Pool: new(1194), Ops: new(16_000.0)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d.Others, d.Latency, d.Ops = 6, 0, 0
	got = capacity.NewPlan(tier(t, "M20"), d, usersAlone).Reach
	per := math.Floor(0.8 * 2 * 8 * 1e9 / float64(capacity.Request().CPU))
	want = capacity.Reach{Tenants: new(3333), Instances: new(40), Pool: new(297), Ops: &per}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// No process takes a larger pool than this, however many connections there are.
	if pool := *capacity.NewPlan(tier(t, "M60"), capacity.Demand{Instances: 1, Pool: 50, Cores: 1}, usersAlone).Reach.Pool; pool != 10_000 {
		t.Errorf("a pool of %d", pool)
	}
	got = capacity.NewPlan(capacity.Tier{}, d, capacity.Schema{}).Reach
	if got.Tenants != nil || got.Instances != nil || got.Pool != nil || got.Ops == nil {
		t.Errorf("of what nobody knows: %+v", got)
	}
}

// TestForeign: what other applications store on a cluster leaves less to tenants.
func TestForeign(t *testing.T) {
	t.Parallel()
	d := capacity.Demand{Instances: 1, Pool: 50, Cores: 1, Tenants: 2, Stored: 7006, Foreign: 7000}
	p := capacity.NewPlan(tier(t, "M20"), d, usersAlone)
	r := p.Resources[1]
	if *p.Reach.Tenants != 1000 || r.Taken != 7006 || r.Until != "1000 tenants on a cluster" ||
		r.Detail != "7006 now; 2 tenants × 3 (users with 2 indexes) and 7000 of others = 7006" {
		t.Errorf("%+v, %+v", p.Reach, r)
	}
	d.Tenants = 1001
	p = capacity.NewPlan(tier(t, "M20"), d, usersAlone)
	if r := p.Resources[1]; p.Fits || r.Taken != 10_003 || r.Then != "2 clusters, or M40" {
		t.Errorf("%+v", r)
	}
}

// TestResources are what people read.
func TestResources(t *testing.T) {
	t.Parallel()
	d := capacity.Demand{Instances: 2, Pool: 50, Cores: 1, Tenants: 1, Ops: 2000, Latency: 5 * time.Millisecond, Connected: 7, Stored: 9}
	p := capacity.NewPlan(tier(t, "m20"), d, usersAlone)
	want := []capacity.Resource{
		{
			Name: "connections", Title: "connections of a node", Taken: 104, Of: 2392, Share: 104.0 / 2392,
			Detail: "7 now; 2 processes × (a pool of 50 and 2 monitors) = 104; of 3000, 10 are reserved, and 80 % of the rest may be used",
			Until:  "46 instances with a pool of 50, or a pool of 1194 with 2 processes", Then: "a smaller pool, or M40",
		},
		{
			Name: "namespaces", Title: "collections and indexes", Taken: 9, Of: 10_000, Share: 9.0 / 10_000,
			Detail: "9 now; 1 tenant × 3 (users with 2 indexes) = 3",
			Until:  "3333 tenants on a cluster", Then: "another cluster, or M40",
		},
		{
			Name: "pool", Title: "an instance's pool", Taken: 5, Of: 40, Share: 0.125,
			Detail: "2000 operations/s × 5ms = 10 connections in use, on 2 instances; 80 % of a pool of 50 may be used",
			Until:  "16000 operations/s with 2 instances", Then: "another instance, or a larger pool",
		},
	}
	if diff := cmp.Diff(want, p.Resources[:3]); diff != "" {
		t.Error(diff)
	}
	processors, m := p.Resources[3], capacity.Request()
	carries := 0.8 * float64(time.Second) / float64(m.CPU)
	if processors.Taken != 1000 || math.Abs(processors.Of-carries) > 1e-6 || !strings.Contains(processors.Detail, m.CPU.String()+" each of 1 core, of which 80 %") ||
		!strings.HasSuffix(processors.Detail, "measured by make bench on "+m.Machine()+": "+m.Request) {
		t.Errorf("%+v, an instance carries %g", processors, carries)
	}
}

func TestTierNamed(t *testing.T) {
	t.Parallel()
	if found, err := capacity.TierNamed("flex"); err != nil || found.Name != "Flex" {
		t.Errorf("%+v, %v", found, err)
	}
	_, err := capacity.TierNamed("M15")
	if err == nil || err.Error() != `there is no tier "M15"; there are M0, Flex, M10, M20, M30, M40, M50, M60` {
		t.Error(err)
	}
	// A node that takes less than its tier has to is no reason for a smaller tier.
	tight := capacity.Tier{Name: "M20", Limits: capacity.Limits{Connections: 1000}}
	if p := capacity.NewPlan(tight, capacity.Demand{Instances: 20, Pool: 50, Cores: 2}, usersAlone); p.Resources[0].Then != "a smaller pool, or M30" {
		t.Errorf("%+v", p.Resources[0])
	}
	for i, a := range capacity.Tiers() {
		for _, b := range capacity.Tiers()[:i] {
			if a.Connections < b.Connections || a.Namespaces < b.Namespaces {
				t.Errorf("%s comes after %s, which takes more", a.Name, b.Name)
			}
		}
	}
}
