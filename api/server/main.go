package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/partywall/partywall/api/buildinfo"
)

// Main runs the server as a command: it serves app as configured by the environment
// until it is interrupted. It returns the exit code: 0 after an interruption, 2 if
// it could not run.
func Main(app App) int {
	flags := flag.NewFlagSet("api", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	version := flags.Bool("version", false, "")
	switch err := flags.Parse(os.Args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		var help strings.Builder
		DescribeEnvironment(&help, Config{})
		return printRequested("The API takes no arguments but --version, only environment variables:\n\n" + help.String())
	case err != nil || flags.NArg() > 0:
		// what was written may be a secret
		fmt.Fprintln(os.Stderr, "The API takes no arguments but --version; -h lists its environment variables")
		return 2
	case *version:
		return printRequested(buildinfo.Line("api") + "\n")
	}
	var cfg Config
	err := LoadEnvironment(&cfg)
	if err == nil {
		err = cfg.Check()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the server at once
	log := cfg.Logger(os.Stderr)
	for _, sentence := range Misspelled(cfg) {
		log.Warn(sentence)
	}
	if err := Run(ctx, cfg, app, log); err != nil {
		log.Error("the server stopped", "error", err)
		return 2
	}
	return 0
}

// printRequested prints the version or the help, and returns the exit code.
func printRequested(text string) int {
	if _, err := io.WriteString(os.Stdout, text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return 0
}
