package command

import (
	"fmt"
	"math"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/tenant"
)

// capacityReport is the result of capacity.
type capacityReport struct {
	// Tier is nil if none was named.
	Tier   *capacity.Tier `json:"tier,omitempty"`
	Source string         `json:"source"`
	// Schema is the cost of a tenant, and Measured that of a request.
	Schema   capacity.Schema   `json:"schema"`
	Measured capacity.Measured `json:"measured"`
	Clusters []clusterPlan     `json:"clusters"`
}

// clusterPlan is the plan of one deployment.
type clusterPlan struct {
	// Cluster is empty if no deployment was asked.
	Cluster string        `json:"cluster,omitempty"`
	Nodes   []tenant.Node `json:"nodes,omitempty"`
	// Room is what the catalog knows of the tenants' collections and indexes.
	Room *fleet.Room `json:"room,omitempty"`
	*capacity.Plan
}

// Fits reports whether there is enough of everything.
func (r *capacityReport) Fits() bool {
	for _, c := range r.Clusters {
		if !c.Fits {
			return false
		}
	}
	return true
}

func (t *terminal) capacity(form string, r *capacityReport) error {
	switch form {
	case asJSON:
		return t.json(r)
	case asSVG:
		_, err := fmt.Fprint(t.out, capacityChart(r))
		return err
	}
	if r.Clusters[0].Nodes != nil {
		t.nodes(r.Clusters)
	}
	for _, c := range r.Clusters {
		t.clusterPlan(c)
	}
	for _, sentence := range r.notes() {
		if _, err := fmt.Fprintln(t.out, sentence); err != nil {
			return err
		}
	}
	return nil
}

func (t *terminal) clusterPlan(c clusterPlan) {
	rows := make([]table.Row, len(c.Resources))
	for i, r := range c.Resources {
		rows[i] = table.Row{r.Title, amount(r.Taken), amount(r.Of), percent(r.Share), r.Detail}
	}
	if c.Cluster != "" {
		_, _ = fmt.Fprintf(t.out, "cluster %s:\n", c.Cluster)
	}
	t.table(table.Row{"what", "taken", "of", "share", "detail"}, rows)
	for _, r := range c.Resources {
		_, _ = fmt.Fprintln(t.out, outlook(&r, r.Name == c.Binds))
	}
}

// outlook describes how far a resource goes, and what is needed then.
func outlook(r *capacity.Resource, binds bool) string {
	title := r.Title
	if v := verdict(r, binds); v != "" {
		title += " (" + v + ")"
	}
	return fmt.Sprintf("%s: up to %s; then %s", title, r.Until, r.Then)
}

// verdict says what is to be noticed of a resource, if anything.
func verdict(r *capacity.Resource, binds bool) string {
	switch {
	case !r.Fits():
		return "does not fit"
	case r.Tight && binds:
		return "binds first, above 80 %"
	case r.Tight:
		return "above 80 %"
	case binds:
		return "binds first"
	}
	return ""
}

// flags returns the flags by which the cluster was planned, wherever their values
// came from.
func (c *clusterPlan) flags() string {
	d := c.Demand
	words := fmt.Sprintf("--instances %d --pool %d", d.Instances, d.Pool)
	if d.Others > 0 {
		words += fmt.Sprintf(" --others %d", d.Others)
	}
	if d.Tenants > 0 {
		words += fmt.Sprintf(" --tenants %d", d.Tenants)
	}
	if d.CollectionsUsed > 0 {
		words += fmt.Sprintf(" --collections-used %d", d.CollectionsUsed)
	}
	if d.Ops > 0 {
		words += fmt.Sprintf(" --ops %d --latency %s", d.Ops, d.Latency)
	}
	return words
}

// notes returns what the catalog knows, what was not computed, and where limits come from.
func (r *capacityReport) notes() []string {
	list := append(r.rooms(), r.unknowns()...)
	if r.Tier == nil {
		return list
	}
	namespaces := "and a number of databases and collections that is not counted here"
	if r.Tier.Namespaces > 0 {
		namespaces = fmt.Sprintf("%d collections and indexes", r.Tier.Namespaces)
	}
	return append(list, fmt.Sprintf("%s: %d connections a node, %s; %s", r.Tier.Name, r.Tier.Connections, namespaces, r.Source))
}

// amount formats a number of something: whole, or with as many digits as are worth
// reading.
func amount(n float64) string {
	if n >= 100 || n == math.Trunc(n) {
		return fmt.Sprintf("%.0f", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
}

// percent formats a share, as more than 100 % as soon as it is above 1.
func percent(share float64) string {
	switch n := math.Round(share * 100); {
	case share > 1 && n <= 100:
		return "> 100 %"
	case share > 0 && n == 0:
		return "< 1 %"
	case n > 9999:
		return "> 9999 %"
	default:
		return fmt.Sprintf("%.0f %%", n)
	}
}
