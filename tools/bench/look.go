package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// lookTarget is how many ns a write may take to look whether its collection is there.
const lookTarget = 10

// look measures what a write takes to look whether its collection is there, by the Go benchmark of the package, which
// nobody else may import. CPU is the difference between a long run and a short one, so that the program's start is in
// neither.
func (b *bench) look() (rows []report.Row, err error) {
	dir, err := os.MkdirTemp("", "partywall-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary := filepath.Join(dir, "handle.test")
	build := exec.Command("go", "test", "-c", "-o", binary, "./api/internal/handle")
	build.Dir, build.Stderr = b.root, os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	var sides []measure.Side
	sizes := []int{usedThings, things}
	for _, among := range sizes {
		sides = append(sides, measure.Side{Name: "look", Slice: func(n int) (measure.Sample, error) { return lookFor(binary, among, n) }})
	}
	series, err := b.looks.Run(sides...)
	if err != nil {
		return nil, err
	}
	for i, among := range sizes {
		took := series[i].Median()
		rows = append(rows, report.Bound(fmt.Sprintf("a look whether a collection is there, the last of %d", among),
			report.Duration(took.CPU)+", "+report.Allocs(took.Allocs), fmt.Sprintf("≤ %d ns, 0 allocs", lookTarget), took.CPU <= lookTarget && took.Allocs == 0))
	}
	return rows, nil
}

// lookFor looks n times for the last of among collections.
func lookFor(binary string, among, n int) (s measure.Sample, err error) {
	short, _, err := ensure(binary, among, 1)
	if err != nil {
		return s, err
	}
	long, allocs, err := ensure(binary, among, n+1)
	return measure.Sample{CPU: float64(long-short) / float64(n), Allocs: allocs}, err
}

var allocated = regexp.MustCompile(`(?m)^BenchmarkEnsure/.* (\d+) allocs/op$`)

// ensure runs the Go benchmark, and returns its CPU, and the allocations of one look.
func ensure(binary string, among, n int) (cpu time.Duration, allocs float64, err error) {
	cmd := exec.Command(binary, "-test.run=^$", fmt.Sprintf("-test.bench=^BenchmarkEnsure$/^%d$", among), fmt.Sprintf("-test.benchtime=%dx", n), "-test.benchmem")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, out.Bytes())
	}
	found := allocated.FindSubmatch(out.Bytes())
	if found == nil {
		return 0, 0, fmt.Errorf("the Go benchmark says nothing of %d collections:\n%s", among, out.Bytes())
	}
	_, err = fmt.Sscan(string(found[1]), &allocs)
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), allocs, err
}
