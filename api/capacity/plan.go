package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	// reserved are a node's connections that the provider keeps to itself.
	reserved = 10
	// monitors are the connections by which a process watches a node, beside its pool.
	monitors = 2
	// usable is how much of what there is may be taken, so that the rest carries peaks,
	// deployments and elections: 80 %.
	usablePercent = 80
	usable        = usablePercent / 100.0
)

// MaxPool is the most that MAX_POOL_SIZE takes: far above what one process can use. A number
// with a digit too many would take every connection that a deployment has (an Atlas M50 has
// 16 000).
const MaxPool = 10_000

// Budget is how many of a node's connections may be taken: 80 % of those that are not
// reserved.
func Budget(connections int) int { return max(connections-reserved, 0) * usablePercent / 100 }

// Connections is how many a node has at most from so many processes with such pools.
func Connections(processes, pool int) int { return processes * (pool + monitors) }

// Processes is how many there may be with such pools.
func Processes(connections, pool int) int { return Budget(connections) / (pool + monitors) }

// LargestPool is the most that one process's may be on a node with so many connections:
// there are no more.
func LargestPool(connections int) int { return max(connections-reserved-monitors, 0) }

// InUse is how many connections operations have in use on average, by Little's law.
func InUse(ops int, latency time.Duration) float64 { return float64(ops) * latency.Seconds() }

// Demand is what a deployment is to carry.
type Demand struct {
	// Instances are the servers, Others all other processes with a pool: those that a
	// deployment starts before it ends old ones, workers, runs of tenantctl.
	Instances int `json:"instances"`
	Others    int `json:"others"`
	// Pool is the most connections that a process has to a node.
	Pool int `json:"pool"`
	// Cores are an instance's processors.
	Cores   int `json:"cores"`
	Tenants int `json:"tenants"`
	// Ops is how many operations there are in a second, 0 if nobody said, and Latency how
	// long one takes.
	Ops     int           `json:"ops,omitempty"`
	Latency time.Duration `json:"latencyNanoseconds,omitempty"`
	// Connected and Stored are how many connections a node has, and namespaces a
	// deployment, by now; 0 if nobody asked.
	Connected int `json:"connected,omitempty"`
	Stored    int `json:"stored,omitempty"`
	// Foreign are those of Stored that are neither the tenants' nor the catalog's: other
	// applications', and the server's own.
	Foreign int `json:"foreign,omitempty"`
}

// Resource is something that runs out.
type Resource struct {
	// Name is for programs, Title for people.
	Name  string `json:"name"`
	Title string `json:"title"`
	// Taken is how much is, Of how much may be, and Share the part: above 1 it does not
	// fit.
	Taken float64 `json:"taken"`
	Of    float64 `json:"of"`
	Share float64 `json:"share"`
	// Detail says what Taken and Of are made of.
	Detail string `json:"detail"`
	// Until says how far it goes, and Then what there has to be from there on.
	Until string `json:"until"`
	Then  string `json:"then"`
}

// Fits says whether there is enough.
func (r *Resource) Fits() bool { return r.Share <= 1 }

// Reach is how far a deployment goes, each by itself; nil where that is not known.
type Reach struct {
	Tenants   *int     `json:"tenants"`
	Instances *int     `json:"instances"`
	Pool      *int     `json:"pool"`
	Ops       *float64 `json:"ops"`
}

// Plan is what a demand comes to.
type Plan struct {
	Tier      Tier       `json:"limits"`
	Demand    Demand     `json:"demand"`
	Resources []Resource `json:"resources"`
	// Binds is the name of the resource that runs out first if all grow alike, empty if
	// nothing is taken of any.
	Binds string `json:"binds"`
	Fits  bool   `json:"fits"`
	Reach Reach  `json:"reach"`
}

// planner has what resources are computed from.
type planner struct {
	Demand
	tier    Tier
	schema  Schema
	request Measured
}

// NewPlan computes what d comes to on a deployment of a tier, or with the tier's limits if
// it has no name. Instances, Pool and Cores are 1 or more, nothing is below 0, and Ops
// comes with Latency.
func NewPlan(tier Tier, d Demand, schema Schema) *Plan {
	p := &planner{Demand: d, tier: tier, schema: schema, request: Request()}
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

// share is the part that taken is of all; of nothing everything is far too much.
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

// tenants are how many there may be beside what is not theirs.
func (p *planner) tenants() int { return p.schema.tenants(p.tier.Namespaces - p.Foreign) }

func (p *planner) processes() int { return p.Instances + p.Others }

// poolOps is how many operations the instances' pools carry, any number where nobody
// said how long one takes.
func (p *planner) poolOps() float64 {
	if p.Latency == 0 {
		return math.Inf(1)
	}
	return usable * float64(p.Pool*p.Instances) / p.Latency.Seconds()
}

// processorOps is how many requests the instances' processors carry.
func (p *planner) processorOps() float64 {
	return usable * p.request.perSecond(p.Cores) * float64(p.Instances)
}

func (p *planner) connections() *Resource {
	if p.tier.Connections == 0 {
		return nil
	}
	planned := Connections(p.processes(), p.Pool)
	detail := fmt.Sprintf("%s × (a pool of %d and %d that watch the node)", count(p.processes(), "process", "processes"), p.Pool, monitors)
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
		Detail: fmt.Sprintf("%s; of %d, %d are reserved, and %d %% of the others may be taken", detail, p.tier.Connections, reserved, usablePercent),
		Until:  fmt.Sprintf("%s with a pool of %d, or a pool of %d with %s", count(*reach.Instances, "instance", "instances"), p.Pool, *reach.Pool, count(p.processes(), "process", "processes")),
		Then:   "a smaller pool" + larger,
	}
}

func (p *planner) namespaces() *Resource {
	if p.tier.Namespaces == 0 || p.schema.PerTenant == 0 {
		return nil
	}
	planned := p.schema.Namespaces(p.Tenants) + p.Foreign
	detail := fmt.Sprintf("%s × %d (%s)", count(p.Tenants, "tenant", "tenants"), p.schema.PerTenant, p.schema.Words)
	if p.schema.Catalog > 0 {
		detail += fmt.Sprintf(" and %d of the catalog", p.schema.Catalog)
	}
	if p.Foreign > 0 {
		detail += fmt.Sprintf(" and %d that are not theirs", p.Foreign)
	}
	if p.Stored > 0 {
		detail = fmt.Sprintf("%d now; %s = %d", p.Stored, detail, planned)
	}
	taken := max(planned, p.Stored)
	return &Resource{
		Name: "namespaces", Title: "collections and indexes",
		Taken: float64(taken), Of: float64(p.tier.Namespaces),
		Detail: detail,
		Until:  count(p.tenants(), "tenant", "tenants") + " on a cluster",
		Then: p.clusters() + p.tier.larger(func(l Limits) bool {
			return l.Namespaces > p.tier.Namespaces && l.Namespaces >= taken
		}),
	}
}

// clusters says how many take the tenants, the first of which has the catalog.
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
		Detail: fmt.Sprintf("%d operations/s × %s = %s connections in use, on %s; %d %% of a pool of %d may be",
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
		Detail: fmt.Sprintf("%s each of %s, of which %d %% may be taken; measured by make bench on %s: %s",
			p.request.CPU, count(p.Cores, "core", "cores"), usablePercent, p.request.Machine(), p.request.Request),
		Until: fmt.Sprintf("%s requests/s with %s", figure(math.Floor(p.processorOps())), count(p.Instances, "instance", "instances")),
		Then:  then,
	}
}

// ceil is the next whole number, but for what floating point adds.
func ceil(n float64) int { return int(math.Ceil(n - 1e-9)) }

// figure is a number without more digits than it is worth.
func figure(n float64) string {
	if n >= 100 || n == math.Trunc(n) {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.3g", n)
}
