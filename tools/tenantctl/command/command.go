// Package command is tenantctl, the command of operators and CI: it makes tenants,
// users and tokens, migrates every tenant's data, and compares its indexes with the
// schema. A module with a schema of its own makes its own of it, by Main.
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

// The exit codes.
const (
	exitDone = 0
	// exitNo is an answer: there is drift, or a tenant failed.
	exitNo = 1
	// exitCannot means that there is no answer.
	exitCannot = 2
)

// errNo ends a command whose answer, already given, is no.
var errNo = errors.New("the answer is no")

// Main is the command for app's Collections, Migrations and Steps. It returns the
// exit code: 0 done; 1 the answer is no; 2 it could not run.
func Main(app server.App) int {
	// A run goes on where nobody reads how far it is; results that nobody reads are an error.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	asks := term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd()))
	return run(ctx, &terminal{app: app, in: os.Stdin, out: os.Stdout, err: os.Stderr, asks: asks, columns: columnsOf(os.Stdout)}, os.Args[1:])
}

// columnsOf is how wide a terminal is, 0 if file is none.
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
	case out.failure != nil: // whoever reads the results does not have them all
		err = fmt.Errorf("the results cannot be written: %w", out.failure)
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, errUnanswered):
		return exitCannot
	}
	t.complain(err)
	return exitCannot
}
