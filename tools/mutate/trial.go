package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/partywall/partywall/tools/mutate/mutant"
)

const (
	// extraTimeout is what a test may take beyond five times what it took without a mistake:
	// one that makes it wait for ever is noticed by that.
	extraTimeout = 20 * time.Second
	// traceTimeout bounds how long one test may take without a mistake.
	traceTimeout = 5 * time.Minute
	// mutantTimeout bounds what the tests of one mutant may take by what they took without
	// it: those that take longest are left out beyond it, and the report says so.
	mutantTimeout = 2 * time.Minute
)

// test is one test function, and which mutants it reaches.
type test struct {
	suite   *suite
	name    string
	took    time.Duration
	reaches map[int]bool
}

// trial tries mutants.
type trial struct {
	built   *built
	workers int
	log     io.Writer
	tests   []*test
}

func newTrial(b *built, workers int, log io.Writer) *trial {
	return &trial{built: b, workers: workers, log: log}
}

// trace runs every test by itself, to know what it reaches. Tests must pass.
func (t *trial) trace(ctx context.Context) error {
	for _, s := range t.built.suites {
		names, err := s.list(ctx)
		if err != nil {
			return err
		}
		for _, name := range names {
			t.tests = append(t.tests, &test{suite: s, name: name, reaches: map[int]bool{}})
		}
	}
	_, _ = fmt.Fprintf(t.log, "running %d tests, each by itself\n", len(t.tests))
	var mu sync.Mutex
	var failed []string
	t.each(len(t.tests), func(i int) {
		if err := t.tests[i].trace(ctx); err != nil {
			mu.Lock()
			defer mu.Unlock()
			failed = append(failed, err.Error())
		}
	})
	if len(failed) > 0 {
		slices.Sort(failed)
		return fmt.Errorf("tests fail without any mistake:\n%s", strings.Join(failed, "\n"))
	}
	return ctx.Err()
}

// each calls do for 0 to n-1, as many at once as there are workers.
func (t *trial) each(n int, do func(i int)) {
	var all sync.WaitGroup
	next := make(chan int)
	for range t.workers {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}

func (s *suite) list(ctx context.Context) ([]string, error) {
	out, _, err := s.run(ctx, traceTimeout, nil, "-test.list", "^(Test|Fuzz)")
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", s.dir, err, out)
	}
	return strings.Fields(string(out)), nil
}

func (t *test) trace(ctx context.Context) error {
	file, err := os.CreateTemp("", "partywall-mutants-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_ = file.Close()
	out, took, err := t.suite.run(ctx, traceTimeout, []string{mutant.Trace + "=" + file.Name()}, "-test.run", "^"+t.name+"$")
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", t.suite.dir, t.name, err, out)
	}
	t.took = took
	text, err := os.ReadFile(file.Name())
	if err != nil {
		return err
	}
	for line := range strings.FieldsSeq(string(text)) {
		n, err := strconv.Atoi(line)
		if err != nil {
			return err
		}
		t.reaches[n] = true
	}
	return nil
}

// run runs the suite's binary, with additions to the environment. A run that is
// not over in time fails.
func (s *suite) run(ctx context.Context, timeout time.Duration, environment []string, args ...string) ([]byte, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.binary, args...) //nolint:gosec // a test binary that build made
	cmd.Dir = filepath.FromSlash(s.dir)
	cmd.Env = append(os.Environ(), environment...)
	cmd.WaitDelay = time.Second // a process that the tests started may hold their output open
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begun := time.Now()
	err := cmd.Run()
	return out.Bytes(), time.Since(begun), err
}

// outcome is what became of a mutant.
type outcome struct {
	mutant *mistake
	// noticed says that a test failed; reached, that one could have.
	noticed, reached bool
	// leftOut is how many tests that reach it were not run, for the time they take.
	leftOut int
}

// result is what became of the mutants of a subject.
type result struct {
	subject subject
	// mutants are all there are, outcomes what became of those that were tried.
	mutants  []*mistake
	outcomes []outcome
}

func (t *trial) run(ctx context.Context, s subject, mutants []*mistake) (result, error) {
	r := result{subject: s, mutants: t.built.bySubject[s.name], outcomes: make([]outcome, len(mutants))}
	begun := time.Now()
	t.each(len(mutants), func(i int) { r.outcomes[i] = t.try(ctx, s, mutants[i]) })
	_, _ = fmt.Fprintf(t.log, "%s: %d mutants in %s\n", s.name, len(mutants), time.Since(begun).Round(time.Second))
	return r, ctx.Err()
}

// try makes one mistake, and runs the tests that reach it until one fails: those of
// the subject's suites in order, the fastest first.
func (t *trial) try(ctx context.Context, s subject, m *mistake) outcome {
	o := outcome{mutant: m}
	left := mutantTimeout
	for _, dir := range s.suites {
		var tests []*test
		for _, candidate := range t.tests {
			if candidate.suite.dir == dir && candidate.reaches[m.id] {
				tests = append(tests, candidate)
			}
		}
		o.reached = o.reached || len(tests) > 0
		slices.SortStableFunc(tests, func(a, b *test) int { return int(a.took - b.took) })
		affordable := tests[:0:0]
		for _, candidate := range tests {
			if left -= candidate.took; left < 0 && len(affordable) > 0 {
				o.leftOut++
				continue
			}
			affordable = append(affordable, candidate)
		}
		if o.noticed = fails(ctx, affordable, m.id); o.noticed {
			return o
		}
	}
	return o
}

// fails says whether one of tests, of one suite, fails with the mistake.
func fails(ctx context.Context, tests []*test, id int) bool {
	const together = 8 // a few at a time, so that the fastest decide before the slow begin
	for chunk := range slices.Chunk(tests, together) {
		var names []string
		var took time.Duration
		for _, t := range chunk {
			names = append(names, t.name)
			took += t.took
		}
		_, _, err := chunk[0].suite.run(ctx, 5*took+extraTimeout, []string{mutant.Active + "=" + strconv.Itoa(id)},
			"-test.failfast", "-test.run", "^("+strings.Join(names, "|")+")$")
		if err != nil && ctx.Err() == nil {
			return true
		}
	}
	return false
}
