package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
)

func migrateCommand(t *terminal) *cobra.Command {
	return group("migrate", "Migrate every tenant's data, and bring its indexes up to date",
		planCommand(t, "plan", "Show what up would do; exit 0 in any case", false),
		planCommand(t, "verify", "Exit 1 unless every tenant was migrated to the newest version by the present files", true),
		statusCommand(t),
		upCommand(t), toCommand(t), resumeCommand(t),
		repairCommand(t), unlockCommand(t),
	)
}

// withStack returns a command that works on the databases of the environment.
func withStack(t *terminal, do func(cmd *cobra.Command, stack *server.Stack, env *environment, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		stack, env, err := open(cmd.Context(), t)
		if err != nil {
			return err
		}
		defer stack.Close()
		return do(cmd, stack, env, args)
	}
}

func planCommand(t *terminal, name, short string, gate bool) *cobra.Command {
	var form string
	var only []string
	cmd := &cobra.Command{Use: name, Short: short, Args: noArgument}
	cmd.RunE = withStack(t, func(cmd *cobra.Command, stack *server.Stack, _ *environment, _ []string) error {
		plan, err := stack.Fleet.Plan(cmd.Context(), stack.Fleet.Latest(), only)
		if err != nil {
			return err
		}
		level := "notice"
		if gate {
			level = "error"
		}
		if err := t.plan(form, level, plan); err != nil {
			return err
		}
		if gate && len(plan.Stale)+len(plan.Unusable)+len(plan.Refused)+len(plan.Missing) > 0 {
			return errNo
		}
		return nil
	})
	tenantFlag(cmd, &only)
	outputFlag(cmd, &form, asTable, asJSON, asGitHub)
	return cmd
}

// plan prints what would be done; tenants with nothing to do are only counted.
func (t *terminal) plan(form, level string, p *migrate.Plan) error {
	if form == asJSON {
		return t.json(p)
	}
	var list []migrate.FailedTenant
	for _, s := range p.Stale {
		list = append(list, migrate.FailedTenant{Tenant: s.Tenant, Problem: planText(&s, p.Target)})
	}
	for _, refused := range slices.Concat(p.Unusable, p.Refused) {
		list = append(list, migrate.FailedTenant{Tenant: refused.Tenant, Problem: "no run can migrate it: " + refused.Problem})
	}
	list = append(list, p.Missing...)
	if form == asGitHub {
		t.annotations(level, "Migrations", list)
	} else {
		t.failures("to do", list)
	}
	_, err := fmt.Fprintf(t.out, "%d tenants, %d to migrate to version %04d, %d that no run can migrate\n",
		p.Tenants, len(p.Stale), p.Target, len(p.Unusable)+len(p.Refused))
	return err
}

// planText returns what a run would do for the tenant.
func planText(s *migrate.Stale, target int64) string {
	var text string
	switch {
	case s.Provisioning:
		text = "finish provisioning"
	case s.Dirty && s.Problem != "":
		text = fmt.Sprintf("resume %s, which failed: %s", stoppedText(s), s.Problem)
	case s.Dirty:
		text = fmt.Sprintf("resume %s, which was interrupted", stoppedText(s))
	case s.Version == target:
		text = "compare indexes"
	case s.Version == target-1:
		text = fmt.Sprintf("apply %04d", target)
	case s.Version < target:
		text = fmt.Sprintf("apply %04d to %04d", s.Version+1, target)
	default:
		text = fmt.Sprintf("return from %04d to %04d", s.Version, target)
	}
	if s.Locked != "" {
		text += "; locked by " + s.Locked
	}
	return text
}

// stoppedText returns the migration that stopped half way.
func stoppedText(s *migrate.Stale) string {
	if s.Back {
		return fmt.Sprintf("the return from %04d", s.Version+1)
	}
	return fmt.Sprintf("%04d", s.Version)
}

func (t *terminal) failures(header string, list []migrate.FailedTenant) {
	if len(list) == 0 {
		return
	}
	rows := make([]table.Row, len(list))
	for i, f := range list {
		rows[i] = table.Row{f.Tenant, f.Problem}
	}
	t.table(table.Row{"tenant", header}, rows)
}

func (t *terminal) annotations(level, title string, list []migrate.FailedTenant) {
	for _, f := range list {
		t.annotation(level, title, fmt.Sprintf("tenant %s: %s", f.Tenant, f.Problem))
	}
}

// runFlags are the flags of the commands that migrate.
type runFlags struct {
	migrate.Options
	canary []string
	form   string
}

func (f *runFlags) add(cmd *cobra.Command) {
	cmd.Flags().Int(parallelFlag, defaultParallel, "the number of tenants to migrate in parallel, at most MAX_POOL_SIZE")
	namesFlag(cmd, &f.canary, "canary", "the tenants to migrate first, `NAME,…` or a number; if one fails, no other is started")
	cmd.Flags().IntVar(&f.MaxFailures, "max-failures", 0, "start no more tenants after this many have failed; 0: no limit")
	cmd.Flags().BoolVar(&f.Strict, "strict", false, "start nothing while there is a tenant that no run can migrate, instead of skipping it")
	outputFlag(cmd, &f.form, asTable, asJSON, asGitHub)
}

func (f *runFlags) check(cmd *cobra.Command, env *environment) (err error) {
	if f.Parallel, err = parallelism(cmd, env.MaxPoolSize); err != nil {
		return err
	}
	if f.MaxFailures < 0 {
		return fmt.Errorf("--max-failures takes 0 or more, not %d", f.MaxFailures)
	}
	if len(f.canary) != 1 {
		f.Canary = f.canary
		return nil
	}
	size, err := strconv.Atoi(f.canary[0])
	switch {
	case err != nil:
		f.Canary = f.canary
	case size < 1:
		return fmt.Errorf("--canary takes names, or a number above 0, not %d", size)
	}
	f.CanarySize = max(size, 0)
	return nil
}

// migration returns a command that migrates.
func migration(
	t *terminal, cmd *cobra.Command, flags *runFlags,
	do func(ctx context.Context, f *fleet.Fleet, args []string) (*migrate.Outcome, error),
) *cobra.Command {
	cmd.RunE = withStack(t, func(cmd *cobra.Command, stack *server.Stack, env *environment, args []string) error {
		if err := flags.check(cmd, env); err != nil {
			return err
		}
		progress := t.progress("migrate " + cmd.Name())
		flags.Progress = progress.of
		out, err := do(cmd.Context(), stack.Fleet, args)
		progress.end()
		if out == nil {
			return err
		}
		if err := errors.Join(t.outcome(flags.form, out), err); err != nil {
			return err
		}
		if len(out.Failures)+len(out.Passed)+out.Left > 0 {
			return errNo
		}
		return nil
	})
	flags.add(cmd)
	return cmd
}

func (t *terminal) outcome(form string, o *migrate.Outcome) error {
	switch form {
	case asJSON:
		return t.json(o)
	case asGitHub:
		t.annotations("error", "Migration failed", o.Failures)
		t.annotations("error", "Passed by", o.Passed)
	default:
		t.failures("problem", o.Failures)
		t.failures("why no run can migrate it", o.Passed)
	}
	_, err := fmt.Fprintf(t.out, "%d tenants: %d were at version %04d, %d were migrated, %d failed, %d are left, %d that no run can migrate\n",
		o.Tenants, o.Current, o.Target, o.Done, len(o.Failures), o.Left, len(o.Passed))
	return err
}

func upCommand(t *terminal) *cobra.Command {
	var flags runFlags
	cmd := migration(t, &cobra.Command{Use: "up", Short: "Apply all pending migrations, and build missing indexes", Args: noArgument}, &flags,
		func(ctx context.Context, f *fleet.Fleet, _ []string) (*migrate.Outcome, error) {
			flags.Target = f.Latest()
			return f.Migrate(ctx, flags.Options)
		})
	tenantFlag(cmd, &flags.Tenants)
	return cmd
}

func toCommand(t *terminal) *cobra.Command {
	var flags runFlags
	var yes bool
	cmd := migration(t, &cobra.Command{Use: "to VERSION", Short: "Migrate tenants to a version, up or down; 0 is before the first", Args: oneArgument}, &flags,
		func(ctx context.Context, f *fleet.Fleet, args []string) (*migrate.Outcome, error) {
			version, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%.20q is not a version; write a number, such as %d", args[0], f.Latest())
			}
			flags.Target = version
			if err := t.confirmReturn(ctx, f, &flags, yes); err != nil {
				return nil, err
			}
			return f.Migrate(ctx, flags.Options)
		})
	tenantFlag(cmd, &flags.Tenants)
	yesFlag(cmd, &yes)
	return cmd
}

// confirmReturn asks before more than one tenant returns to an earlier version,
// which undoes later migrations.
func (t *terminal) confirmReturn(ctx context.Context, f *fleet.Fleet, flags *runFlags, yes bool) error {
	plan, err := f.Plan(ctx, flags.Target, flags.Tenants)
	if err != nil {
		return err
	}
	back := 0
	for _, s := range plan.Stale {
		if s.Version > flags.Target {
			back++
		}
	}
	if back < 2 {
		return nil
	}
	return t.confirm(yes, fmt.Sprintf("this returns %d tenants to version %04d", back, flags.Target))
}

func resumeCommand(t *terminal) *cobra.Command {
	var flags runFlags
	return migration(t, &cobra.Command{
		Use: "resume", Short: "Resume the last run, including what failed in it", Args: noArgument,
		Long: "Resume the last run, if it was interrupted or tenants failed: to the same version, for the same tenants. " +
			"A migration that stopped half way resumes where it stopped. Fix the cause of the failure first.",
	}, &flags, func(ctx context.Context, f *fleet.Fleet, _ []string) (*migrate.Outcome, error) {
		return f.Resume(ctx, flags.Options)
	})
}

// eachNamed calls a function for each of the named tenants. It continues after
// failures of a tenant; if one could not be answered, the command could not run.
func (t *terminal) eachNamed(
	cmd *cobra.Command, stack *server.Stack, names []string, do func(ctx context.Context, f *fleet.Fleet, name string) (done string, err error),
) error {
	failed := false
	var unanswered error
	for _, name := range names {
		done, err := do(cmd.Context(), stack.Fleet, name)
		if errors.Is(err, tenant.ErrUnknown) {
			err = cmp.Or(stack.Catalog.Diagnose(cmd.Context(), name), err)
		}
		if err != nil {
			failed = true
			err = t.explain(name, err)
			unanswered = cmp.Or(unanswered, err)
			continue
		}
		if _, err := fmt.Fprintf(t.out, "%s: %s\n", name, printable(done)); err != nil {
			return err
		}
	}
	if failed {
		return cmp.Or(unanswered, errNo)
	}
	return nil
}

// errUnanswered ends a command that has no answer, and has already said why.
var errUnanswered = errors.New("there is no answer")

// explain prints why something was not done to the tenant of that name. It returns
// errUnanswered if the reason is not the tenant itself: somebody else holds its
// lock, its database does not answer, or the command was interrupted.
func (t *terminal) explain(name string, err error) error {
	said := err
	if errors.Is(err, tenant.ErrUnknown) {
		said = errors.New("there is no such tenant")
	}
	t.printError(fmt.Errorf("%.70q: %w", name, said))
	if _, locked := errors.AsType[*tenant.LockedError](err); locked || errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.Canceled) {
		return errUnanswered
	}
	return nil
}

func repairCommand(t *terminal) *cobra.Command {
	var names []string
	var how migrate.RepairOptions
	var failed bool
	cmd := &cobra.Command{
		Use: "repair --tenant NAME | --failed", Short: "Accept a tenant's data as it is, and the present files as those it was migrated by", Args: noArgument,
		Long: "Accept a tenant's data as it is, and the present files as those it was migrated by. " +
			"A migration that stopped half way will be applied again from its beginning or, with --applied, counts as applied. " +
			"If it would repeat changes that it already made, this is refused; --force states that they were undone by hand.\n\n" +
			"With --failed, accept corrected files of migrations that stopped half way, for the named tenants or for all: " +
			"migrate resume then continues where each stopped.",
		RunE: withStack(t, func(cmd *cobra.Command, stack *server.Stack, _ *environment, _ []string) error {
			if failed {
				return t.correct(cmd.Context(), stack.Fleet, names)
			}
			return t.eachNamed(cmd, stack, names, func(ctx context.Context, f *fleet.Fleet, name string) (string, error) {
				version, err := f.Repair(ctx, name, how)
				return fmt.Sprintf("at version %04d", version), err
			})
		}),
	}
	tenantFlag(cmd, &names)
	cmd.Flags().BoolVar(&how.Applied, "applied", false, "the migration that stopped half way was completed by hand")
	cmd.Flags().BoolVar(&how.Force, "force", false, "the changes of the migration that stopped half way were undone by hand")
	cmd.Flags().BoolVar(&failed, "failed", false, "the files of migrations that stopped half way were corrected")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if len(names) == 0 && !failed {
			return errors.New("write --tenant NAME,… for the tenants; or --failed if files were corrected, for all of them")
		}
		return nil
	}
	cmd.MarkFlagsMutuallyExclusive("failed", "applied", "force")
	return cmd
}

// correct accepts corrected migration files for the named tenants, or for all.
func (t *terminal) correct(ctx context.Context, f *fleet.Fleet, names []string) error {
	list, err := f.Correct(ctx, names)
	done := 0
	var unanswered error
	for _, c := range list {
		if c.Err != nil {
			unanswered = cmp.Or(unanswered, t.explain(c.Tenant, c.Err))
			continue
		}
		done++
		if _, err := fmt.Fprintf(t.out, "%s: %04d will continue at %s\n", c.Tenant, c.Version, c.At); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(t.out, "%d tenants had stopped half way in a file that was corrected\n", done); err != nil {
		return err
	}
	if done < len(list) {
		return cmp.Or(unanswered, errNo)
	}
	return nil
}

func unlockCommand(t *terminal) *cobra.Command {
	var names []string
	cmd := &cobra.Command{
		Use: "unlock --tenant NAME", Short: "Take a tenant's lock from the process that holds it", Args: noArgument,
		Long: "Take a tenant's lock from the process that holds it, whose further writes are refused. " +
			"The lock of a process that died expires by itself within 30 seconds.",
		RunE: withStack(t, func(cmd *cobra.Command, stack *server.Stack, _ *environment, _ []string) error {
			return t.eachNamed(cmd, stack, names, func(ctx context.Context, f *fleet.Fleet, name string) (string, error) {
				owner, err := f.Unlock(ctx, name)
				if owner == "" {
					return "was not locked", err
				}
				return "was locked by " + owner, err
			})
		}),
	}
	tenantFlag(cmd, &names)
	_ = cmd.MarkFlagRequired("tenant")
	return cmd
}
