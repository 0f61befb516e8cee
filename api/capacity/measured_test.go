package capacity_test

import (
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/capacity"
)

var update = flag.Bool("update", false, "write measured.json as docs/benchmarks.md has it")

var (
	machine = regexp.MustCompile(`(?m)^Measured on (.+), (\d+) cores, with (\S+) on (\S+)\.`)
	row     = regexp.MustCompile("(?m)^\\| 10 documents, each request logged: `cursor.All` \\| ([\\d.]+) (µs|ms),")
)

// TestRequestIsTheDocumentedOne holds the figure to docs/benchmarks.md, which make bench
// writes together with it.
func TestRequestIsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	on, cost := machine.FindSubmatch(doc), row.FindSubmatch(doc)
	if on == nil || cost == nil {
		t.Fatal("docs/benchmarks.md says no more what a logged list of 10 documents costs, or on which machine")
	}
	number, err := strconv.ParseFloat(string(cost[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	cores, err := strconv.Atoi(string(on[2]))
	if err != nil {
		t.Fatal(err)
	}
	got := capacity.Request()
	want := capacity.Measured{
		Request: got.Request, Source: got.Source, Processor: string(on[1]), Cores: cores, Go: string(on[3]), Platform: string(on[4]),
		CPU: time.Duration(number * float64(map[string]time.Duration{"µs": time.Microsecond, "ms": time.Millisecond}[string(cost[2])])),
	}
	diff := cmp.Diff(want, got)
	switch {
	case diff == "":
	case *update:
		text, err := json.MarshalIndent(want, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("measured.json", append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("measured.json is not what docs/benchmarks.md says; make bench writes both, and this test with -update the former:\n%s", diff)
	}
}
