package command

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/buildinfo"
	"github.com/partywall/partywall/api/server"
)

// environment is what tenantctl reads: the server's, as far as it concerns
// databases, and the keys, which only tokens need.
type environment struct {
	server.Database
	server.Signing
}

func newRoot(t *terminal) *cobra.Command {
	var env bytes.Buffer
	server.DescribeEnvironment(&env, environment{})
	root := &cobra.Command{
		Use:           "tenantctl",
		Short:         "Make tenants, users and tokens, migrate tenants, and hold their indexes to the schema",
		Long:          "tenantctl works on the databases that the server's environment names:\n\n" + env.String() + "\nExit codes: 0 done; 1 the answer is no: there is drift, or tenants failed; 2 it could not run.",
		Version:       buildinfo.Line("tenantctl"),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          knownCommand,
		RunE:          askWhich,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(tenantCommand(t), userCommand(t), tokenCommand(t), migrateCommand(t), indexesCommand(t), capacityCommand(t))
	checkHelp(root)
	return root
}

// checkHelp has help about what there is not end as a mistake.
func checkHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, _ := root.Find([]string{"help"})
	show := help.Run
	help.Run = nil
	help.RunE = func(cmd *cobra.Command, args []string) error {
		about, rest, err := root.Find(args)
		if err == nil {
			err = knownCommand(about, rest)
		}
		if err == nil {
			show(cmd, args)
		}
		return err
	}
}

// group is a command that only has commands of its own. Cobra would take a
// mistyped one for an argument.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: name, Short: short, Args: knownCommand,
		RunE: askWhich,
	}
	cmd.AddCommand(commands...)
	return cmd
}

// askWhich ends a command that takes another one, and got none: a script that forgets
// it must not pass for done.
func askWhich(cmd *cobra.Command, _ []string) error {
	cmd.SetOut(cmd.ErrOrStderr())
	if err := cmd.Help(); err != nil {
		return err
	}
	return fmt.Errorf("%s does nothing by itself; write one of its commands behind it", cmd.CommandPath())
}

// catalogTTL is how long tenantctl believes what it read: one run is short.
const catalogTTL = time.Minute

// open reads the environment and connects. Close must follow.
func open(ctx context.Context, t *terminal) (*server.Stack, *environment, error) {
	var env environment
	if err := server.LoadEnvironment(&env); err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	stack, err := server.OpenStack(ctx, env.Database, t.app, catalogTTL, log)
	return stack, &env, err
}
