package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"

	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// lookTarget is how many ns a write may take to look whether its collection is there.
const lookTarget = 10

// looked is a line of the Go benchmark. Its name has how many collections are looked through.
var looked = regexp.MustCompile(`(?m)^BenchmarkEnsure/(\d+)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op\s+\d+ B/op\s+(\d+) allocs/op`)

// look measures what a write takes to look whether its collection is there, by the Go benchmark of the package, which
// nobody else may import.
func (b *bench) look() (rows []report.Row, err error) {
	args := []string{"test", "-run", "^$", "-bench", "^BenchmarkEnsure$", "-benchmem", "-count", strconv.Itoa(b.codecs.Repetitions)}
	if b.quick {
		args = append(args, "-benchtime", "100x")
	}
	cmd := exec.Command("go", append(args, "./api/internal/handle")...)
	cmd.Dir, cmd.Stderr = b.root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go test -bench Ensure: %w\n%s", err, out)
	}
	took, allocs := map[int][]float64{}, 0.0
	for _, line := range looked.FindAllStringSubmatch(string(out), -1) {
		var among int
		var ns, n float64
		if _, err := fmt.Sscan(line[1]+" "+line[2]+" "+line[3], &among, &ns, &n); err != nil {
			return nil, err
		}
		took[among] = append(took[among], ns)
		allocs = max(allocs, n)
	}
	for _, among := range []int{usedThings, things} {
		if len(took[among]) == 0 {
			return nil, fmt.Errorf("BenchmarkEnsure says nothing of %d collections:\n%s", among, out)
		}
		ns := measure.Median(took[among])
		rows = append(rows, report.Bound(fmt.Sprintf("a look whether a collection is there, the last of %d", among),
			report.Duration(ns)+", "+report.Allocs(allocs), fmt.Sprintf("≤ %d ns, 0 allocs", lookTarget), ns <= lookTarget && allocs == 0))
	}
	return rows, nil
}
