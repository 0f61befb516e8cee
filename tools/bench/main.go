// Command bench measures what this product costs beside what it is compared
// with, here and now, and writes docs/benchmarks.md. It needs a Unix: CPU time
// comes from getrusage.
package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

func main() {
	if isRole(os.Args) {
		if err := serveRole(os.Args); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := run(os.Args[1:], os.Stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	quick bool
	// root is the checkout that is measured.
	root string
	// profiles is a folder for CPU profiles of the servers, empty for none.
	profiles string
	// keys are the servers' AUTH_KEYS, made for this run.
	keys string
	// codecs, requests, starts, slow and looks say how much to measure of each kind.
	codecs, requests, starts, slow, looks measure.Plan
	// clients have one request each under way.
	clients int
	// fleets are numbers of tenants.
	fleets []int
	// entries are those of a catalog with nothing to do, checked the tenants whose
	// indexes are compared, and made those that are provisioned in one go.
	entries, checked, made int
	// settlers are the tenants whose namespaces are counted.
	settlers int
	// collections and fields are the size of the schema that is generated from.
	collections, fields int
	// request is what a logged list of ten documents took in the median, in ns, 0 until
	// that is measured.
	request float64
	// scale says how much to measure of each number of tenants in scaled, with instances
	// of the product. Meeting all tenants may take no longer than walk.
	scale     measure.Plan
	scaled    []int
	instances []int
	walk      time.Duration
	// losses is how often an instance is lost in each way, and steady for how long
	// requests are counted before it is, and afterwards.
	losses int
	steady time.Duration
	// crowd is how many clients the loud tenant has, and beside for how long requests of others are counted.
	crowd  int
	beside time.Duration
	// offline fetches nothing from registries.
	offline  bool
	progress io.Writer
}

// section is one of the report's, by the name that -run knows.
type section struct {
	name    string
	measure func(*bench) (report.Section, error)
}

var sections = []section{
	{"codecs", (*bench).codecSection},
	{"vocabulary", (*bench).vocabularySection},
	{"lists", (*bench).listSection},
	{"writes", (*bench).writeSection},
	{"path", (*bench).pathSection},
	{"commands", (*bench).commandSection},
	{"namespaces", (*bench).namespaceSection},
	{"fairness", (*bench).fairnessSection},
	{"fleet", (*bench).fleetSection},
	{"scaling", (*bench).scalingSection},
	{"operations", (*bench).operationsSection},
	{"generation", (*bench).generationSection},
	{"express", (*bench).expressSection},
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "measure everything once, to see that it runs: the figures mean nothing")
	only := flags.String("run", "", "measure only the sections whose names match the `expression`, and write no report but with -merge: codecs, vocabulary, lists, writes, path, commands, namespaces, fairness, fleet, scaling, operations, generation, express")
	merge := flags.Bool("merge", false, "with -run, put what was measured in its place in the report, and leave the other sections as they are")
	docs := flags.String("docs", "docs", "the `folder` for benchmarks.md and benchmarks.svg, from the repository's root")
	profiles := flags.String("profile", "", "a `folder` for profiles of the servers and of the generator; writes no report, since taking them costs something")
	root := flags.String("root", "../..", "the repository's root")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	b, err := newBench(*quick, *root, *profiles)
	if err != nil {
		return err
	}
	var measured []report.Section
	for _, s := range sections {
		if !wanted.MatchString(s.name) {
			continue
		}
		_, _ = fmt.Fprintf(b.progress, "measuring: %s\n", s.name)
		result, err := s.measure(b)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		result.Table(out)
		measured = append(measured, result)
	}
	if len(measured) == 0 {
		return fmt.Errorf("-run: no section is called %q", *only)
	}
	request := filepath.Join(b.root, "api", "capacity", "measured.json")
	switch {
	case *profiles != "":
		return nil
	case *only != "" && *merge:
		return errors.Join(b.merge(*docs, measured), b.writeRequest(request))
	case *only != "":
		return nil
	}
	return errors.Join(b.write(*docs, measured), b.writeRequest(request))
}

func newBench(quick bool, root, profiles string) (*bench, error) {
	seed := make([]byte, 32)
	if _, err := rand.Read(seed); err != nil {
		return nil, err
	}
	b := &bench{
		quick: quick, root: root, profiles: profiles, keys: base64.StdEncoding.EncodeToString(seed), progress: os.Stderr,
		codecs:   measure.Plan{Repetitions: 9, Budget: 40 * time.Millisecond, Most: 200_000},
		requests: measure.Plan{Repetitions: 9, Budget: 150 * time.Millisecond, Most: 4_000},
		starts:   measure.Plan{Repetitions: 21, Most: 1},
		slow:     measure.Plan{Repetitions: 5, Most: 1},
		looks:    measure.Plan{Repetitions: 9, Least: 20_000_000, Most: 20_000_000},
		clients:  8, fleets: []int{10, 1_000, 100_000}, entries: 10_000, checked: 1_000, made: 24, settlers: 1_000, collections: 200, fields: 20,
		scale:  measure.Plan{Repetitions: 5, Budget: 200 * time.Millisecond, Least: 5 * atATime, Most: 2_000},
		scaled: []int{10, 300, 1_000, 100_000}, instances: []int{1, 2, 4}, walk: time.Minute, losses: 3, steady: 700 * time.Millisecond, crowd: 400, beside: 3 * time.Second,
	}
	if quick {
		once := measure.Plan{Repetitions: 1, Most: 1}
		b.codecs, b.requests, b.starts, b.slow, b.looks = once, once, once, once, once
		b.scale, b.scaled, b.instances, b.losses, b.steady = once, []int{2, 20}, []int{1, 2}, 1, 50*time.Millisecond
		b.clients, b.fleets, b.collections, b.fields = 2, []int{2, 20}, 2, 3
		b.crowd, b.beside = 20, 100*time.Millisecond
		b.entries, b.checked, b.made, b.settlers = 20, 4, 2, 3
	}
	if profiles != "" {
		if err := os.Setenv(allocationsVar, "1"); err != nil {
			return nil, err
		}
	}
	return b, os.Setenv(keysVar, b.keys)
}
