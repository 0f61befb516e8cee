// Command mutate tests the tests: it makes small mistakes in the code, one at a
// time, and looks whether a test fails. A mistake that no test notices is one that
// anybody may make.
//
// All mistakes of all packages are built into one set of test binaries, where the
// environment switches one of them on (package mutant). A first run of every test
// by itself says which mistakes it reaches, so that each is tried on those tests
// alone that can notice it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

// config is what the command line asks for.
type config struct {
	// only are the names of subjects, all where it is empty.
	only string
	// sample is how many mutants of each subject are tried at most; seed chooses them.
	sample int
	seed   uint64
	// match limits the mutants to those whose name contains it.
	match string
	// enforce makes a rate below the bound an error.
	enforce bool
	workers int
}

func main() {
	var cfg config
	flag.StringVar(&cfg.only, "only", "", "the subjects to try, separated by commas; all if empty")
	flag.IntVar(&cfg.sample, "sample", 60, "how many mutants of each subject are tried at most, 0 for all")
	flag.Uint64Var(&cfg.seed, "seed", 1, "chooses the sample")
	flag.StringVar(&cfg.match, "match", "", "try only mutants whose name contains this")
	flag.BoolVar(&cfg.enforce, "enforce", true, "exit 1 where a subject misses its bound")
	flag.IntVar(&cfg.workers, "workers", 2, "how many test processes run at once")
	flag.Parse()
	if flag.NArg() > 0 || cfg.workers < 1 || cfg.sample < 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, cfg, os.Stdout, os.Stderr)
	stop()
	var missed *missedError
	switch {
	case errors.As(err, &missed):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// run tries the mutants of the subjects and reports on out; progress goes to log.
func run(ctx context.Context, cfg config, out, log io.Writer) error {
	chosen, err := choose(cfg.only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "partywall-mutate-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	known, err := readEquivalents(equivalentsFile)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(log, "building all mutants")
	b, err := build(ctx, dir, chosen)
	if err != nil {
		return err
	}
	trial := newTrial(b, cfg.workers, log)
	if err := trial.trace(ctx); err != nil {
		return err
	}
	var results []result
	for _, s := range chosen {
		r, err := trial.run(ctx, s, sample(b.of(s, cfg.match), cfg.sample, cfg.seed))
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	return report(out, results, known, cfg)
}

// missedError says which subjects miss their bound.
type missedError struct{ subjects []string }

func (e *missedError) Error() string {
	return "too few mutants are noticed in: " + strings.Join(e.subjects, ", ")
}
