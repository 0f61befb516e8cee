package command

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/gen/runs"
)

// status is the state of the fleet.
type status struct {
	Latest   int64          `json:"latest"`
	Tenants  int            `json:"tenants"`
	Versions []versionCount `json:"versions"`
	// Stopped are the tenants in which a migration was begun and not finished.
	Stopped  []migrate.Stale        `json:"stopped"`
	Unusable []migrate.FailedTenant `json:"unusable"`
	Refused  []migrate.FailedTenant `json:"refused"`
	LastRun  *runs.Run              `json:"lastRun"`
}

// versionCount is the number of tenants at a version.
type versionCount struct {
	Version int64 `json:"version"`
	Tenants int   `json:"tenants"`
}

func statusCommand(t *terminal) *cobra.Command {
	var form string
	cmd := &cobra.Command{Use: "status", Short: "Show the versions of tenants, what stopped half way, and what the last run did", Args: noArgument}
	cmd.RunE = withStack(t, func(cmd *cobra.Command, stack *server.Stack, _ *environment, _ []string) error {
		plan, err := stack.Fleet.Plan(cmd.Context(), stack.Fleet.Latest(), nil)
		if err != nil {
			return err
		}
		last, err := stack.Fleet.LastRun(cmd.Context())
		if err != nil {
			return err
		}
		s := newStatus(plan, last)
		if form == asJSON {
			return t.json(s)
		}
		return t.status(s)
	})
	outputFlag(cmd, &form, asTable, asJSON)
	return cmd
}

func newStatus(p *migrate.Plan, last *runs.Run) *status {
	s := &status{Latest: p.Target, Tenants: p.Tenants, Stopped: []migrate.Stale{}, Unusable: p.Unusable, Refused: p.Refused, LastRun: last}
	counts := map[int64]int{}
	if current := p.Tenants - len(p.Stale) - len(p.Unusable) - len(p.Refused); current > 0 {
		counts[p.Target] = current
	}
	for _, stale := range p.Stale {
		counts[stale.Version]++
		if stale.Dirty {
			s.Stopped = append(s.Stopped, stale)
		}
	}
	for _, version := range slices.Sorted(maps.Keys(counts)) {
		s.Versions = append(s.Versions, versionCount{version, counts[version]})
	}
	return s
}

func (t *terminal) status(s *status) error {
	var rows []table.Row
	for _, v := range s.Versions {
		rows = append(rows, table.Row{fmt.Sprintf("%04d", v.Version), v.Tenants})
	}
	t.table(table.Row{"version", "tenants"}, rows)
	var stopped []migrate.FailedTenant
	for _, stale := range s.Stopped {
		stopped = append(stopped, migrate.FailedTenant{Tenant: stale.Tenant, Problem: planText(&stale, s.Latest)})
	}
	t.failures("to do", slices.Concat(stopped, s.Unusable, s.Refused))
	_, err := fmt.Fprintf(t.out, "%d tenants; the newest version is %04d; %s\n", s.Tenants, s.Latest, runText(s.LastRun))
	return err
}

func runText(r *runs.Run) string {
	if r == nil {
		return "there has been no run yet"
	}
	return fmt.Sprintf("the last run, started %s by %s, is %s: %d of %d tenants migrated to %04d, %d failed",
		r.CreatedAt.Format(time.RFC3339), r.Owner, r.State, r.Done, r.Tenants, r.Target, r.Failed)
}
