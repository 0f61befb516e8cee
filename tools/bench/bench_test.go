package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// TestMain lets the test's binary be what a run starts of itself.
func TestMain(m *testing.M) {
	if isRole(os.Args) {
		if err := serveRole(os.Args); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestEveryMeasurementRuns runs each section once, but for what needs packages of
// another registry: Express.
func TestEveryMeasurementRuns(t *testing.T) {
	b, err := newBench(true, "../..", "")
	if err != nil {
		t.Fatal(err)
	}
	b.progress, b.offline = t.Output(), true
	var measured []report.Section
	for _, s := range sections {
		if s.name == "express" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			result, err := s.measure(b)
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Rows) == 0 || result.Title == "" || result.Text == "" {
				t.Errorf("measured nothing: %+v", result)
			}
			for _, row := range result.Rows {
				if row.Ours == "" || strings.Contains(row.Ours+row.Ratio, "NaN") || (row.Target == "") != (row.Result == "") {
					t.Errorf("a row says nothing: %+v", row)
				}
			}
			measured = append(measured, result)
		})
	}
	checkDocuments(t, b, measured)
}

func checkDocuments(t *testing.T, b *bench, measured []report.Section) {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(b.write(dir, measured), b.writeRequest(filepath.Join(dir, "measured.json"))); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"benchmarks.md":  {"# Benchmarks", "go1.", "`make bench`", "## Codecs", "## What is missed", "| what | ours |"},
		"benchmarks.svg": {"<svg", "cursor.All", "</svg>"},
		"measured.json":  {`"GET /api/users, 10 users`, fmt.Sprintf(`"cpuNanoseconds": %c`, strconv.FormatFloat(b.request, 'g', 3, 64)[0]), `"go1.`},
		"scaling.svg":    {"<svg", "partywall", "prefers-color-scheme", "</svg>"},
	} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !bytes.Contains(content, []byte(want)) {
				t.Errorf("%s lacks %q:\n%s", name, want, content)
			}
		}
	}
}

func TestRunRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, args := range [][]string{{"-run", "("}, {"-fast"}, {"-run", "no such section"}} {
		if err := run(args, t.Output()); err == nil {
			t.Errorf("run(%q) has no error", args)
		}
	}
}

// TestReason keeps reasons to sections and rows that there are.
func TestReason(t *testing.T) {
	if got := reason("no such section", "row"); !strings.Contains(got, "-profile") {
		t.Errorf("got %q for a row without a reason", got)
	}
	for _, r := range reasons {
		if got := reason(r.title, "a row: "+r.row); got != r.why {
			t.Errorf("%s, %s: got %q", r.title, r.row, got)
		}
	}
}

func TestSameJSON(t *testing.T) {
	if err := sameJSON([]byte(`{"a":1,"b":[2]}`), []byte(`{"b":[2],"a":1.0}`)); err != nil {
		t.Error(err)
	}
	if err := sameJSON([]byte(`{"a":1}`), []byte(`{"a":2}`)); err == nil {
		t.Error("different values are the same")
	}
}

func TestAnswersAreCompared(t *testing.T) {
	d, err := newDocuments(3)
	if err != nil {
		t.Fatal(err)
	}
	d.tagged[1].Name = "somebody else"
	if err := d.agree(); err == nil {
		t.Error("sides that render different documents agree")
	}
}

func TestMeasuredRatio(t *testing.T) {
	ours := measure.Series{{CPU: 10}, {CPU: 10}, {CPU: 20}}
	peer := measure.Series{{CPU: 50}, {CPU: 40}, {CPU: 60}}
	got := report.Compare("x", ours, peer, 4.5)
	if got.Ratio != "4×" || got.Spread != "3–5" || got.Result != "**missed**" {
		t.Errorf("got %+v", got)
	}
}
