package command

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/tenant"
)

// observed reports from what the deployments say of themselves.
func (q *capacityFlags) observed(cmd *cobra.Command, t *terminal) (*capacityReport, error) {
	tier, err := q.tierNamed()
	if err != nil {
		return nil, err
	}
	stack, _, err := open(cmd.Context(), t)
	if err != nil {
		return nil, err
	}
	defer stack.Close()
	counts, err := t.tenantsByCluster(cmd.Context(), stack.Catalog)
	if err != nil {
		return nil, err
	}
	rooms, err := stack.Fleet.Room(cmd.Context())
	if err != nil {
		return nil, err
	}
	r := q.report(t.app, tier)
	for _, name := range stack.Clusters.Names() {
		nodes, err := stack.Clusters.Nodes(cmd.Context(), name)
		if err != nil {
			return nil, err
		}
		demand := q.demand
		if !cmd.Flags().Changed("pool") {
			demand.Pool = int(stack.Clusters.MaxPool(name))
		}
		if !cmd.Flags().Changed("tenants") {
			demand.Tenants = counts[name]
		}
		demand.Held = counts[name]
		c, err := newLivePlan(name, nodes, tier, demand, rooms[name], r.Schema)
		if err != nil {
			return nil, err
		}
		r.Clusters = append(r.Clusters, *c)
	}
	return r, nil
}

// tenantsByCluster counts the tenants of each cluster. Entries that cannot be
// trusted are reported, and not counted.
func (t *terminal) tenantsByCluster(ctx context.Context, catalog *tenant.Catalog) (map[string]int, error) {
	counts := map[string]int{}
	for one, err := range catalog.List(ctx) {
		switch {
		case err == nil:
			counts[one.Cluster]++
		case tenant.IsEntryError(err):
			_, _ = fmt.Fprintln(t.err, "tenantctl: not counted:", err)
		default:
			return nil, err
		}
	}
	return counts, nil
}

// newLivePlan computes how far a cluster goes with these nodes, of which the tenants take room. The tightest of
// the nodes counts.
func newLivePlan(name string, nodes []tenant.Node, tier *capacity.Tier, d capacity.Demand, room fleet.Room, schema capacity.Schema) (*clusterPlan, error) {
	limits := capacity.Tier{}
	if tier != nil {
		limits = *tier
	}
	least := 0
	for _, n := range nodes {
		if limit := n.Limit(); limit > 0 {
			if least == 0 || limit < least {
				least = limit
			}
			d.Connected = max(d.Connected, *n.Connections)
		}
		d.Stored = max(d.Stored, n.Namespaces())
	}
	if least > 0 {
		limits.Connections = least
	}
	if limits.Connections > 0 {
		if err := checkPool(d.Pool, limits.Connections, fmt.Sprintf("cluster %q", name)); err != nil {
			return nil, err
		}
	}
	if name != tenant.DefaultCluster {
		schema.Catalog = 0
	}
	// Tenants of whom nothing is known may have all.
	d.Occupied = room.Namespaces + room.Unknown*schema.PerTenant
	d.Foreign = max(d.Stored-d.Occupied-schema.Catalog, 0)
	return &clusterPlan{Cluster: name, Nodes: nodes, Room: &room, Plan: capacity.NewPlan(limits, d, schema)}, nil
}

// rooms says of each cluster what the catalog knows of its tenants' collections and indexes, beside what the servers have.
func (r *capacityReport) rooms() []string {
	var list []string
	for _, c := range r.Clusters {
		if c.Room == nil {
			continue
		}
		text := fmt.Sprintf("cluster %s: tenants have %d collections and indexes, as the catalog knows", c.Cluster, c.Room.Namespaces)
		if c.Room.Unknown > 0 {
			text += fmt.Sprintf("; it does not know those of %d, which are counted with %d each", c.Room.Unknown, r.Schema.PerTenant)
		}
		if c.Demand.Stored > 0 {
			text += fmt.Sprintf("; the servers have %d in all", c.Demand.Stored)
		}
		list = append(list, text)
	}
	return list
}

// nodes prints what the servers report.
func (t *terminal) nodes(clusters []clusterPlan) {
	var rows []table.Row
	for _, c := range clusters {
		for _, n := range c.Nodes {
			rows = append(rows, table.Row{
				c.Cluster, n.Address, optionalNumber(n.Connections), optionalNumber(n.Available), optionalNumber(n.Collections), optionalNumber(n.Indexes), optionalNumber(n.Files), optionalNumber(n.Handles),
			})
		}
	}
	t.table(table.Row{"cluster", "node", "connections", "available", "collections", "indexes", "open files", "data handles"}, rows)
}

// optionalNumber formats a number that a server may not have reported.
func optionalNumber(n *int) string {
	if n == nil {
		return "not told"
	}
	return fmt.Sprint(*n)
}

// unknowns returns what could not be computed, and what that needs.
func (r *capacityReport) unknowns() []string {
	var list []string
	for _, c := range r.Clusters {
		if c.Cluster == "" {
			continue
		}
		if c.Tier.Connections == 0 {
			list = append(list, fmt.Sprintf("cluster %s: no server reports how many connections it accepts; use --tier", c.Cluster))
		}
		if c.Tier.Namespaces == 0 && r.Tier == nil {
			list = append(list, fmt.Sprintf("cluster %s: a tenant takes up to %d collections and indexes; use --tier for how many there should be at most", c.Cluster, r.Schema.PerTenant))
		}
	}
	return list
}
