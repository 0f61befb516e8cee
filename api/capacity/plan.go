package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	// reserved is the number of a node's connections that the provider keeps.
	reserved = 10
	// monitors is the number of connections, besides its pool, by which a process
	// monitors a node.
	monitors = 2
	// usablePercent is how much of a resource may be used, so that the rest carries
	// peaks, deployments and elections.
	usablePercent = 80
	usable        = usablePercent / 100.0
)

// MaxPool is the upper bound of MAX_POOL_SIZE: far above what one process can use.
// A number with a digit too many would take every connection that a deployment has
// (an Atlas M50 has 16 000).
const MaxPool = 10_000

// Budget returns how many of a node's connections may be used: 80 % of those that
// are not reserved.
func Budget(connections int) int { return max(connections-reserved, 0) * usablePercent / 100 }

// Connections returns the maximum number of connections to a node from that many
// processes with such pools.
func Connections(processes, pool int) int { return processes * (pool + monitors) }

// Processes returns how many processes with such pools a node allows.
func Processes(connections, pool int) int { return Budget(connections) / (pool + monitors) }

// LargestPool returns the largest pool of a single process on a node with that many
// connections.
func LargestPool(connections int) int { return max(connections-reserved-monitors, 0) }

// InUse returns how many connections operations use on average, by Little's law.
func InUse(ops int, latency time.Duration) float64 { return float64(ops) * latency.Seconds() }

// Demand is the load that a deployment has to carry.
type Demand struct {
	// Instances are the servers, Others all other processes with a pool: instances
	// that a deployment starts before it stops old ones, workers, runs of
	// tenantctl.
	Instances int `json:"instances"`
	Others    int `json:"others"`
	// Pool is the maximum number of connections of a process to a node.
	Pool int `json:"pool"`
	// Cores is the number of an instance's processors.
	Cores   int `json:"cores"`
	Tenants int `json:"tenants"`
	// CollectionsUsed is how many of the declared collections a tenant has, each of which comes with its first
	// document; 0 for all.
	CollectionsUsed int `json:"collectionsUsed,omitempty"`
	// Ops is the number of operations per second, 0 if unknown, and Latency how
	// long one takes.
	Ops     int           `json:"ops,omitempty"`
	Latency time.Duration `json:"latencyNanoseconds,omitempty"`
	// Connected and Stored are the current numbers of a node's connections and of a
	// deployment's namespaces, 0 if unknown.
	Connected int `json:"connected,omitempty"`
	Stored    int `json:"stored,omitempty"`
	// Held is how many tenants there are, and Occupied how many namespaces they have; 0 if unknown. What they have they
	// keep, and only those beyond Held take what CollectionsUsed says.
	Held     int `json:"held,omitempty"`
	Occupied int `json:"occupied,omitempty"`
	// Foreign is how many of Stored belong neither to tenants nor to the catalog,
	// but to other applications or the server.
	Foreign int `json:"foreign,omitempty"`
}

// Resource is something that runs out.
type Resource struct {
	// Name is for programs, Title for people.
	Name  string `json:"name"`
	Title string `json:"title"`
	// Taken is how much is used, Of how much may be used, and Share their ratio:
	// above 1 it does not fit.
	Taken float64 `json:"taken"`
	Of    float64 `json:"of"`
	Share float64 `json:"share"`
	// Tight says that it fits, and that more than 80 % is taken of what Of does not spare for peaks.
	Tight bool `json:"tight,omitempty"`
	// Detail explains what Taken and Of consist of.
	Detail string `json:"detail"`
	// Until describes how far the resource goes, and Then what is needed from there
	// on.
	Until string `json:"until"`
	Then  string `json:"then"`
}

// Fits reports whether there is enough.
func (r *Resource) Fits() bool { return r.Share <= 1 }

// Reach is how far a deployment goes in each dimension by itself; nil where that is
// not known.
type Reach struct {
	Tenants   *int     `json:"tenants"`
	Instances *int     `json:"instances"`
	Pool      *int     `json:"pool"`
	Ops       *float64 `json:"ops"`
}

// Plan is the result of NewPlan.
type Plan struct {
	Tier      Tier       `json:"limits"`
	Demand    Demand     `json:"demand"`
	Resources []Resource `json:"resources"`
	// Binds is the name of the resource that runs out first if all grow alike,
	// empty if none is used.
	Binds string `json:"binds"`
	Fits  bool   `json:"fits"`
	Reach Reach  `json:"reach"`
}

// planner has the inputs of the computation.
type planner struct {
	Demand
	tier    Tier
	schema  Schema
	request Measured
}

// NewPlan computes what d takes on a deployment of a tier, or within the tier's
// limits if it has no name. Instances, Pool and Cores must be 1 or more, nothing
// may be below 0, and Ops needs Latency.
func NewPlan(tier Tier, d Demand, schema Schema) *Plan {
	p := &planner{Demand: d, tier: tier, schema: schema.using(d.CollectionsUsed), request: Request()}
	plan := &Plan{Tier: tier, Demand: d, Resources: []Resource{}, Fits: true, Reach: p.reach()}
	for _, resource := range []func() *Resource{p.connections, p.namespaces, p.pool, p.processors} {
		if r := resource(); r != nil {
			r.Share = share(r.Taken, r.Of)
			plan.Fits = plan.Fits && r.Fits()
			plan.Resources = append(plan.Resources, *r)
		}
	}
	if len(plan.Resources) > 0 {
		most := slices.MaxFunc(plan.Resources, func(a, b Resource) int { return cmp.Compare(a.Share, b.Share) })
		if most.Share > 0 {
			plan.Binds = most.Name
		}
	}
	return plan
}

// share returns taken as a part of all; of 0 anything is far too much.
func share(taken, of float64) float64 {
	switch {
	case taken == 0:
		return 0
	case of <= 0:
		return math.MaxInt32
	}
	return taken / of
}

func (p *planner) reach() Reach {
	var r Reach
	if p.tier.Connections > 0 {
		r.Instances = new(max(Processes(p.tier.Connections, p.Pool)-p.Others, 0))
		r.Pool = new(min(max(Budget(p.tier.Connections)/p.processes()-monitors, 0), MaxPool))
	}
	if p.tier.Namespaces > 0 && p.schema.PerTenant > 0 {
		r.Tenants = new(p.tenants())
	}
	r.Ops = new(math.Floor(min(p.poolOps(), p.processorOps())))
	return r
}

// tenants returns how many tenants fit besides what others have.
func (p *planner) tenants() int {
	all := max(p.tier.Namespaces-p.Foreign-p.schema.Catalog, 0)
	if p.Occupied > all {
		return all * p.Held / p.Occupied
	}
	return p.Held + (all-p.Occupied)/max(p.schema.PerTenant, 1)
}

// added returns how many tenants are to come.
func (p *planner) added() int { return max(p.Tenants-p.Held, 0) }

func (p *planner) processes() int { return p.Instances + p.Others }

// poolOps returns how many operations the instances' pools carry, any number if
// nobody said how long one takes.
func (p *planner) poolOps() float64 {
	if p.Latency == 0 {
		return math.Inf(1)
	}
	return usable * float64(p.Pool*p.Instances) / p.Latency.Seconds()
}

// processorOps returns how many requests the instances' processors carry.
func (p *planner) processorOps() float64 {
	return usable * p.request.perSecond(p.Cores) * float64(p.Instances)
}

func (p *planner) connections() *Resource {
	if p.tier.Connections == 0 {
		return nil
	}
	planned := Connections(p.processes(), p.Pool)
	detail := fmt.Sprintf("%s × (a pool of %d and %d monitors)", count(p.processes(), "process", "processes"), p.Pool, monitors)
	switch {
	case p.Connected > planned:
		detail = fmt.Sprintf("%d now, which --instances and --others do not explain; %s = %d", p.Connected, detail, planned)
	case p.Connected > 0:
		detail = fmt.Sprintf("%d now; %s = %d", p.Connected, detail, planned)
	}
	taken, reach := max(planned, p.Connected), p.reach()
	larger := p.tier.larger(func(l Limits) bool { return l.Connections > p.tier.Connections && Budget(l.Connections) >= taken })
	return &Resource{
		Name: "connections", Title: "connections of a node",
		Taken: float64(taken), Of: float64(Budget(p.tier.Connections)),
		Detail: fmt.Sprintf("%s; of %d, %d are reserved, and %d %% of the rest may be used", detail, p.tier.Connections, reserved, usablePercent),
		Until:  fmt.Sprintf("%s with a pool of %d, or a pool of %d with %s", count(*reach.Instances, "instance", "instances"), p.Pool, *reach.Pool, count(p.processes(), "process", "processes")),
		Then:   "a smaller pool" + larger,
	}
}

func (p *planner) namespaces() *Resource {
	if p.tier.Namespaces == 0 || p.schema.PerTenant == 0 {
		return nil
	}
	planned := p.Occupied + p.schema.Namespaces(p.added()) + p.Foreign
	detail := p.tenantsDetail()
	if p.schema.Catalog > 0 {
		detail += fmt.Sprintf(" and %d of the catalog", p.schema.Catalog)
	}
	if p.Foreign > 0 {
		detail += fmt.Sprintf(" and %d of others", p.Foreign)
	}
	if p.Stored > 0 {
		detail = fmt.Sprintf("%d now; %s = %d", p.Stored, detail, planned)
	}
	taken := max(planned, p.Stored)
	return &Resource{
		Name: "namespaces", Title: "collections and indexes",
		Taken: float64(taken), Of: float64(p.tier.Namespaces),
		Tight:  taken <= p.tier.Namespaces && float64(taken) > usable*float64(p.tier.Namespaces),
		Detail: detail,
		Until:  count(p.tenants(), "tenant", "tenants") + " on a cluster",
		Then: p.clusters() + p.tier.larger(func(l Limits) bool {
			return l.Namespaces > p.tier.Namespaces && l.Namespaces >= taken
		}),
	}
}

// tenantsDetail describes what tenants take.
func (p *planner) tenantsDetail() string {
	each := fmt.Sprintf("%d (%s)", p.schema.PerTenant, p.schema.Words)
	switch {
	case p.Held == 0 && p.Occupied == 0:
		return count(p.Tenants, "tenant", "tenants") + " × " + each
	case p.added() == 0:
		return fmt.Sprintf("%s with %d, each up to %s", count(p.Held, "tenant", "tenants"), p.Occupied, each)
	}
	return fmt.Sprintf("%s with %d and %d more × %s", count(p.Held, "tenant", "tenants"), p.Occupied, p.added(), each)
}

// clusters describes how many clusters hold the tenants, the first of which has the
// catalog.
func (p *planner) clusters() string {
	if first := p.tenants(); p.Tenants > first {
		each := max(p.tier.Namespaces/p.schema.PerTenant, 1)
		return fmt.Sprintf("%d clusters", 1+(p.Tenants-first+each-1)/each)
	}
	return "another cluster"
}

func (p *planner) pool() *Resource {
	if p.Ops == 0 {
		return nil
	}
	all := InUse(p.Ops, p.Latency)
	each := all / float64(p.Instances)
	then := "another instance, or a larger pool"
	if each > usable*float64(p.Pool) {
		then = fmt.Sprintf("%s, or a pool of %d", count(ceil(all/(usable*float64(p.Pool))), "instance", "instances"), ceil(each/usable))
	}
	return &Resource{
		Name: "pool", Title: "an instance's pool",
		Taken: each, Of: usable * float64(p.Pool),
		Detail: fmt.Sprintf("%d operations/s × %s = %s connections in use, on %s; %d %% of a pool of %d may be used",
			p.Ops, p.Latency, figure(all), count(p.Instances, "instance", "instances"), usablePercent, p.Pool),
		Until: fmt.Sprintf("%s operations/s with %s", figure(math.Floor(p.poolOps())), count(p.Instances, "instance", "instances")),
		Then:  then,
	}
}

func (p *planner) processors() *Resource {
	ops := float64(p.Ops)
	then := "another instance"
	if ops > p.processorOps() {
		then = count(ceil(ops*float64(p.Instances)/p.processorOps()), "instance", "instances")
	}
	return &Resource{
		Name: "processors", Title: "requests/s of an instance",
		Taken: ops / float64(p.Instances), Of: p.processorOps() / float64(p.Instances),
		Detail: fmt.Sprintf("%s each of %s, of which %d %% may be used; measured by make bench on %s: %s",
			p.request.CPU, count(p.Cores, "core", "cores"), usablePercent, p.request.Machine(), p.request.Request),
		Until: fmt.Sprintf("%s requests/s with %s", figure(math.Floor(p.processorOps())), count(p.Instances, "instance", "instances")),
		Then:  then,
	}
}

// ceil rounds up, ignoring floating-point errors.
func ceil(n float64) int { return int(math.Ceil(n - 1e-9)) }

// figure formats a number without more digits than it is worth.
func figure(n float64) string {
	if n >= 100 || n == math.Trunc(n) {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.3g", n)
}
