package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/partywall/partywall/api/buildinfo"
)

// Main is the server as a command: it serves app as the environment says, until
// it is interrupted. It returns the exit code: 0 after an interruption, 2 if it
// could not run.
func Main(app App) int {
	flags := flag.NewFlagSet("api", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	version := flags.Bool("version", false, "")
	if err := flags.Parse(os.Args[1:]); err != nil || flags.NArg() > 0 {
		fmt.Fprint(os.Stderr, "The API takes no arguments but --version, only environment variables:\n\n")
		DescribeEnvironment(os.Stderr, Config{})
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if *version {
		if _, err := fmt.Fprintln(os.Stdout, buildinfo.Line("api")); err != nil {
			return 2
		}
		return 0
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
		log.Error("the server ends", "error", err)
		return 2
	}
	return 0
}
