package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/fleet"
)

func indexesCommand(t *terminal) *cobra.Command {
	var prune bool
	ensure := inspection(t, "ensure", "Build what is missing in any tenant", true,
		func(ctx context.Context, f *fleet.Fleet, run fleet.Run) (*fleet.Report, error) {
			return f.EnsureIndexes(ctx, run, prune)
		})
	ensure.Flags().BoolVar(&prune, "prune", false, "also drop indexes that are not declared, and replace those that differ")
	return group("indexes", "Compare every tenant's indexes with the schema, and build what is missing",
		inspection(t, "plan", "Say what ensure would do; exit 0 whatever that is", false, check),
		inspection(t, "check", "Say what is not as the schema says; exit 1 if anything is: CI's gate", true, check),
		ensure,
	)
}

func check(ctx context.Context, f *fleet.Fleet, run fleet.Run) (*fleet.Report, error) {
	return f.CheckIndexes(ctx, run)
}

// parallel is how many tenants are looked at side by side, unless told otherwise.
const parallel = 8

// inspection is a command that goes through all tenants. If gate is set,
// findings that stay open make its answer no.
func inspection(
	t *terminal, name, short string, gate bool,
	look func(context.Context, *fleet.Fleet, fleet.Run) (*fleet.Report, error),
) *cobra.Command {
	var form string
	run := fleet.Run{}
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			stack, _, err := open(cmd.Context(), t)
			if err != nil {
				return err
			}
			defer stack.Close()
			progress := t.progress(name)
			run.Progress = progress.set
			report, err := look(cmd.Context(), stack.Fleet, run)
			progress.end()
			if err != nil {
				return err
			}
			if err := t.report(form, report); err != nil {
				return err
			}
			if gate && len(report.Open()) > 0 {
				return errNo
			}
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&run.Tenants, "tenant", nil, "only these tenants, separated by commas")
	cmd.Flags().IntVar(&run.Parallel, "parallel", parallel, "how many tenants to look at side by side")
	outputFlag(cmd, &form, asTable, asJSON, asGitHub)
	return cmd
}

// report prints what was found; tenants that agree are only counted.
func (t *terminal) report(form string, r *fleet.Report) error {
	switch form {
	case asJSON:
		return t.json(r)
	case asGitHub:
		return t.annotate(r)
	}
	if len(r.Findings) > 0 {
		rows := make([]table.Row, len(r.Findings))
		for i, f := range r.Findings {
			rows[i] = table.Row{f.Tenant, f.Collection, f.Index, problemText(f), f.Detail}
		}
		t.table(table.Row{"tenant", "collection", "index", "problem", "detail"}, rows)
	}
	_, err := fmt.Fprintf(t.out, "%d tenants, %d findings, %d open\n", r.Tenants, len(r.Findings), len(r.Open()))
	return err
}

func problemText(f fleet.Finding) string {
	if f.Done {
		return string(f.Problem) + ", mended"
	}
	return string(f.Problem)
}

// annotate prints what is open as workflow commands, which GitHub shows beside
// the run.
func (t *terminal) annotate(r *fleet.Report) error {
	for _, f := range r.Open() {
		line := fmt.Sprintf("tenant %s, collection %s, index %s is %s: %s", f.Tenant, f.Collection, f.Index, f.Problem, f.Detail)
		if _, err := fmt.Fprintf(t.out, "::error title=Index drift::%s\n", annotationEscapes.Replace(line)); err != nil {
			return err
		}
	}
	return nil
}

// annotationEscapes are those of workflow commands' messages.
var annotationEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
