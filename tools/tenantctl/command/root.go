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

// environment is the environment of tenantctl: the server's, as far as it concerns
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
		Short:         "Create tenants, users and tokens, migrate tenants, and compare their indexes and documents with the schema",
		Long:          "tenantctl works on the databases in the server's environment:\n\n" + env.String() + "\nExit codes: 0 done; 1 the answer is no: there is drift, documents do not fit, or tenants failed; 2 it could not run.",
		Version:       buildinfo.Line("tenantctl"),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          knownCommand,
		RunE:          commandMissing,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(tenantCommand(t), userCommand(t), tokenCommand(t), migrateCommand(t), indexesCommand(t), documentsCommand(t), capacityCommand(t))
	checkHelp(root)
	return root
}

// checkHelp makes help about an unknown command an error.
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

// group returns a command that only has subcommands. Cobra would take a mistyped
// one for an argument.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: name, Short: short, Args: knownCommand,
		RunE: commandMissing,
	}
	cmd.AddCommand(commands...)
	return cmd
}

// commandMissing is the error of a group without a subcommand: a script that
// forgets it must not succeed.
func commandMissing(cmd *cobra.Command, _ []string) error {
	cmd.SetOut(cmd.ErrOrStderr())
	if err := cmd.Help(); err != nil {
		return err
	}
	return fmt.Errorf("%s needs a command; run it with --help for a list", cmd.CommandPath())
}

// catalogTTL is how long tenantctl caches entries: runs are short.
const catalogTTL = time.Minute

// open reads the environment and connects. The stack must be closed.
func open(ctx context.Context, t *terminal) (*server.Stack, *environment, error) {
	var env environment
	if err := server.LoadEnvironment(&env); err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	stack, err := server.OpenStack(ctx, env.Database, t.app, catalogTTL, log)
	return stack, &env, err
}
