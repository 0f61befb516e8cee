// Package command implements tenantctl, the command of operators and CI: it creates
// tenants, users and tokens, migrates every tenant's data, and compares its indexes
// with the schema. A module with a schema of its own builds its own tenantctl from
// it, by Main.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"github.com/partywall/partywall/api/server"
)

// Exit codes.
const (
	exitDone = 0
	// exitNo means that the answer is no: there is drift, or a tenant failed.
	exitNo = 1
	// exitCannot means that the command could not run.
	exitCannot = 2
)

// errNo ends a command whose answer, already printed, is no.
var errNo = errors.New("the answer is no")

// Main runs tenantctl for app's Collections, Migrations and Steps. It returns the
// exit code: 0 done; 1 the answer is no; 2 it could not run.
func Main(app server.App) int {
	// A run continues if nobody reads its progress; it fails if nobody can read its
	// results.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	asks := term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd()))
	return run(ctx, &terminal{app: app, in: os.Stdin, out: os.Stdout, err: os.Stderr, interactive: asks, columns: columnsOf(os.Stdout)}, os.Args[1:])
}

// columnsOf returns the width of a terminal, 0 if file is none.
func columnsOf(file *os.File) int {
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

func run(ctx context.Context, t *terminal, args []string) int {
	out := &results{Writer: t.out}
	t.out = out
	cmd := newRoot(t)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	switch {
	case out.failure != nil: // the results are incomplete
		err = fmt.Errorf("the results cannot be written: %w", out.failure)
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, errUnanswered):
		return exitCannot
	}
	t.printError(err)
	return exitCannot
}
