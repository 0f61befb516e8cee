package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/visit"
)

func indexesCommand(t *terminal) *cobra.Command {
	var prune, yes bool
	ensure := func(ctx context.Context, f *fleet.Fleet, run visit.Options) (*fleet.Report, error) {
		if prune && len(run.Tenants) != 1 {
			if err := t.confirm(yes, "this drops and replaces indexes of "+tenantCount(run.Tenants)); err != nil {
				return nil, err
			}
		}
		return f.EnsureIndexes(ctx, run, prune)
	}
	build := inspection(t, "ensure", "Build missing indexes of all tenants; exit 1 if other drift remains", ensure)
	build.Flags().BoolVar(&prune, "prune", false, "also drop undeclared indexes, and replace those that differ")
	yesFlag(build, &yes)
	return group("indexes", "Compare every tenant's indexes with the schema, build missing ones, and find unused ones",
		inspection(t, plan, "Show what ensure would do; exit 0 in any case", check),
		inspection(t, "check", "Show how indexes differ from the schema; exit 1 if any do: CI's gate", check),
		build,
		usageCommand(t),
	)
}

// tenantCount returns the number of tenants as text: all if none are named.
func tenantCount(names []string) string {
	if len(names) == 0 {
		return "all tenants"
	}
	return fmt.Sprintf("%d tenants", len(names))
}

// plan is the command whose answer is never no.
const plan = "plan"

func check(ctx context.Context, f *fleet.Fleet, run visit.Options) (*fleet.Report, error) {
	return f.CheckIndexes(ctx, run)
}

// inspection returns a command that goes through all tenants.
func inspection(
	t *terminal, name, short string,
	look func(context.Context, *fleet.Fleet, visit.Options) (*fleet.Report, error),
) *cobra.Command {
	var form string
	var verbose bool
	run := visit.Options{}
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  noArgument,
		RunE: func(cmd *cobra.Command, _ []string) error {
			stack, env, err := open(cmd.Context(), t)
			if err != nil {
				return err
			}
			defer stack.Close()
			if run.Parallel, err = parallelism(cmd, env.MaxPoolSize); err != nil {
				return err
			}
			progress := t.progress(name)
			run.Progress = progress.set
			report, err := look(cmd.Context(), stack.Fleet, run)
			progress.end()
			if err != nil {
				return err
			}
			if !verbose {
				report.OmitIgnored()
			}
			if err := t.report(form, report, name == plan); err != nil {
				return err
			}
			if name != plan && len(report.Open()) > 0 {
				return errNo
			}
			return nil
		},
	}
	tenantFlag(cmd, &run.Tenants)
	cmd.Flags().Int(parallelFlag, defaultParallel, "the number of tenants to check in parallel, at most MAX_POOL_SIZE")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "also name the indexes that the schema ignores")
	outputFlag(cmd, &form, asTable, asJSON, asGitHub)
	return cmd
}

const parallelFlag = "parallel"

// defaultParallel is the default number of tenants handled in parallel.
const defaultParallel = 8

// parallelism returns the number of tenants to handle in parallel. Each takes a
// connection of the pool.
func parallelism(cmd *cobra.Command, pool uint64) (int, error) {
	n, err := cmd.Flags().GetInt(parallelFlag)
	switch {
	case err != nil:
		return 0, err
	case pool == 0:
		return 0, errors.New("MAX_POOL_SIZE: takes a whole number above 0; it is 0")
	case !cmd.Flags().Changed(parallelFlag):
		return int(min(defaultParallel, pool)), nil
	case n < 1:
		return 0, fmt.Errorf("--parallel takes 1 or more, not %d", n)
	case uint64(n) > pool:
		return 0, fmt.Errorf("--parallel %d is more than the %d connections that MAX_POOL_SIZE allows; write %d or less, or raise MAX_POOL_SIZE", n, pool, pool)
	}
	return n, nil
}
