package command

import (
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/server"
)

// usage is the name of the command, and of its progress.
const usage = "usage"

func usageCommand(t *terminal) *cobra.Command {
	var form string
	var run visit.Options
	var opts fleet.UsageOptions
	cmd := &cobra.Command{
		Use: usage, Short: "Show in how many tenants each index is unused, and since when; exit 1 if a tenant cannot be read", Args: noArgument,
		Long: "Show in how many tenants each index is unused, and since when at least; exit 1 if a tenant cannot be read. " +
			"Servers count from their start, or from when an index was made: since is when the last of the counters began that call it unused, so that it was observed in each of those tenants from then on. " +
			"Without --members the counters are those of primaries, which do not know of reads from secondaries. " +
			"Unique indexes, and those by which documents expire, are never called unused",
	}
	cmd.RunE = withStack(t, func(cmd *cobra.Command, stack *server.Stack, env *environment, _ []string) (err error) {
		if run.Parallel, err = parallelism(cmd, env.MaxPoolSize); err != nil {
			return err
		}
		if opts.Observed < 0 {
			return fmt.Errorf("--observed takes a duration of 0 or more, such as 72h, not %s", opts.Observed)
		}
		progress := t.progress(usage)
		run.Progress = progress.set
		report, err := stack.Fleet.ReadUsage(cmd.Context(), run, opts)
		progress.end()
		if err != nil {
			return err
		}
		if err := t.usage(form, report); err != nil {
			return err
		}
		if len(report.Failed) > 0 {
			return errNo
		}
		return nil
	})
	tenantFlag(cmd, &run.Tenants)
	cmd.Flags().BoolVar(&opts.Members, "members", false, "ask every member of each replica set, not the primary alone; what one of them uses is used")
	cmd.Flags().DurationVar(&opts.Observed, "observed", 0, "how long an index has to have been observed in a tenant to be called unused there, such as 72h; 0: however short")
	cmd.Flags().Int(parallelFlag, defaultParallel, "the number of tenants to read in parallel, at most MAX_POOL_SIZE")
	outputFlag(cmd, &form, asTable, asJSON, asGitHub)
	return cmd
}

// usage prints how indexes are used; tenants that could be read are only counted.
func (t *terminal) usage(form string, r *fleet.UsageReport) error {
	switch form {
	case asJSON:
		return t.json(r)
	case asGitHub:
		t.unused("Unused index", r.Declared, r)
		t.unused("Unused index that is not declared", r.Extra, r)
		t.annotations("error", "Tenant not read", r.Failed)
	default:
		t.uses("index", r.Declared, r.Observed)
		t.uses("undeclared index", r.Extra, r.Observed)
		t.failures("problem", r.Failed)
		_, _ = fmt.Fprintln(t.out, countersText(r.Members))
	}
	_, err := fmt.Fprintf(t.out, "%d tenants, %d indexes unused in some, %d of them not declared, %d tenants not read\n",
		r.Tenants, countUnused(r.Declared)+countUnused(r.Extra), countUnused(r.Extra), len(r.Failed))
	return err
}

// countersText says what the numbers are worth.
func countersText(members bool) string {
	whose := "primaries alone"
	if members {
		whose = "all members"
	}
	return "counters are those of " + whose + ", and begin when a server starts or an index is made: nothing is known of before"
}

func countUnused(list []fleet.IndexUsage) (n int) {
	for i := range list {
		if list[i].Unused > 0 {
			n++
		}
	}
	return n
}

func (t *terminal) uses(what string, list []fleet.IndexUsage, observed string) {
	if len(list) == 0 {
		return
	}
	rows := make([]table.Row, len(list))
	for i := range list {
		x := &list[i]
		rows[i] = table.Row{x.Collection, x.Index, x.Unused, sinceText(x), x.Used, x.Ops, usageDetail(x, observed)}
	}
	t.table(table.Row{"collection", what, "unused in", "since", "used in", "uses", "detail"}, rows)
}

// sinceText returns since when an index is unused, empty if it is not.
func sinceText(x *fleet.IndexUsage) string {
	if x.Since == nil {
		return ""
	}
	return x.Since.UTC().Format(time.RFC3339)
}

// usageDetail says of the other tenants why the index is neither used nor unused there.
func usageDetail(x *fleet.IndexUsage, observed string) string {
	var parts []string
	for _, part := range []struct {
		tenants int
		text    string
	}{
		{x.Enforcing, "unique or expiring in %s, and needed there"},
		{x.Brief, "observed for less than " + observed + " in %s"},
		{x.Hidden, "hidden in %s, so that nothing can use it"},
		{x.Building, "being built in %s"},
		{x.Missing, "missing in %s"},
		{x.Absent, "no collection yet in %s"},
	} {
		if part.tenants > 0 {
			parts = append(parts, fmt.Sprintf(part.text, count(part.tenants, "tenant")))
		}
	}
	return strings.Join(parts, "; ")
}

// unused prints those indexes as notices that a tenant does not use.
func (t *terminal) unused(title string, list []fleet.IndexUsage, r *fleet.UsageReport) {
	for i := range list {
		if x := &list[i]; x.Unused > 0 {
			t.annotation("notice", title, fmt.Sprintf("collection %s, index %s is unused in %d of %s since %s, on %s",
				x.Collection, x.Index, x.Unused, count(r.Tenants, "tenant"), sinceText(x), x.Keys))
		}
	}
}
