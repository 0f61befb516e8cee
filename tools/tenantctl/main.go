// Command tenantctl is for operators and CI: it makes tenants, users and tokens,
// migrates every tenant's data, and compares its indexes with the schema.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema/migrations"
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

// app is what the command works with: this repository's schema and migrations.
var app = server.App{Collections: gen.Collections(), Migrations: migrations.Files}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, &terminal{app: app, in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, t *terminal, args []string) int {
	cmd := newRoot(t)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	}
	_, _ = fmt.Fprintln(t.err, "tenantctl:", err)
	return exitCannot
}
