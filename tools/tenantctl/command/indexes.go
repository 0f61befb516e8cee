package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/fleet"
)

func indexesCommand(t *terminal) *cobra.Command {
	var prune, yes bool
	ensure := func(ctx context.Context, f *fleet.Fleet, run fleet.Run) (*fleet.Report, error) {
		if prune && len(run.Tenants) != 1 {
			if err := t.confirm(yes, "this drops and replaces indexes of "+counted(run.Tenants)); err != nil {
				return nil, err
			}
		}
		return f.EnsureIndexes(ctx, run, prune)
	}
	build := inspection(t, "ensure", "Build what is missing in any tenant; exit 1 if anything else is not as the schema says", ensure)
	build.Flags().BoolVar(&prune, "prune", false, "also drop indexes that are not declared, and replace those that differ")
	yesFlag(build, &yes)
	return group("indexes", "Compare every tenant's indexes with the schema, and build what is missing",
		inspection(t, plan, "Say what ensure would do; exit 0 whatever that is", check),
		inspection(t, "check", "Say what is not as the schema says; exit 1 if anything is: CI's gate", check),
		build,
	)
}

// counted says how many tenants are meant by their names: all, without any.
func counted(names []string) string {
	if len(names) == 0 {
		return "all tenants"
	}
	return fmt.Sprintf("%d tenants", len(names))
}

// plan is the command whose answer is never no.
const plan = "plan"

func check(ctx context.Context, f *fleet.Fleet, run fleet.Run) (*fleet.Report, error) {
	return f.CheckIndexes(ctx, run)
}

// inspection is a command that goes through all tenants.
func inspection(
	t *terminal, name, short string,
	look func(context.Context, *fleet.Fleet, fleet.Run) (*fleet.Report, error),
) *cobra.Command {
	var form string
	run := fleet.Run{}
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
			if run.Parallel, err = sideBySide(cmd, env.MaxPoolSize); err != nil {
				return err
			}
			progress := t.progress(name)
			run.Progress = progress.set
			report, err := look(cmd.Context(), stack.Fleet, run)
			progress.end()
			if err != nil {
				return err
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
	cmd.Flags().Int(parallelFlag, parallel, "how many tenants to look at side by side, at most MAX_POOL_SIZE")
	outputFlag(cmd, &form, asTable, asJSON, asGitHub)
	return cmd
}

const parallelFlag = "parallel"

// parallel is how many tenants are looked at side by side, unless told otherwise.
const parallel = 8

// sideBySide is how many tenants the command is to look at side by side. Each
// takes a connection of the pool.
func sideBySide(cmd *cobra.Command, pool uint64) (int, error) {
	n, err := cmd.Flags().GetInt(parallelFlag)
	switch {
	case err != nil:
		return 0, err
	case pool == 0:
		return 0, errors.New("MAX_POOL_SIZE: takes a whole number above 0; it is 0")
	case !cmd.Flags().Changed(parallelFlag):
		return int(min(parallel, pool)), nil
	case n < 1:
		return 0, fmt.Errorf("--parallel takes 1 or more, not %d", n)
	case uint64(n) > pool:
		return 0, fmt.Errorf("--parallel %d is more than the %d connections that MAX_POOL_SIZE allows; write %d or less, or raise MAX_POOL_SIZE", n, pool, pool)
	}
	return n, nil
}
