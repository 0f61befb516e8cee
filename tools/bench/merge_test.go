package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/partywall/partywall/tools/bench/internal/report"
)

func sectionOf(title, ours string, rows ...report.Row) report.Section {
	return report.Section{Title: title, Text: "Text of " + title + ".", Rows: append([]report.Row{{What: "first", Ours: ours}}, rows...)}
}

// TestMerge puts sections in, one after the other, and comes to what writing all at
// once comes to.
func TestMerge(t *testing.T) {
	t.Parallel()
	b := &bench{root: t.TempDir()}
	slow := report.Bound("second", "9 s", "< 1 s", false)
	old := []report.Section{sectionOf("Codecs", "1", slow), sectionOf("Lists", "2", slow), sectionOf("Scaling", "3", slow)}
	now := []report.Section{old[0], sectionOf("Lists", "4"), sectionOf("Scaling", "5", slow, report.Bound("third", "8 s", "< 2 s", false))}
	now[1].Files = map[string]string{"lists.svg": "<svg/>"}
	docs := t.TempDir()
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(docs, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if err := b.write(docs, now); err != nil {
		t.Fatal(err)
	}
	want := read(document)
	if err := b.write(docs, old); err != nil {
		t.Fatal(err)
	}
	for _, s := range now[1:] {
		if err := b.merge(docs, []report.Section{s}); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(document); got != want {
		t.Errorf("merged:\n%s\nwritten:\n%s", got, want)
	}
	if got := read("lists.svg"); got != "<svg/>" {
		t.Errorf("beside it: %q", got)
	}
	// One more section comes last, and nothing is missed once nothing is.
	for _, s := range []report.Section{sectionOf("More", "6"), sectionOf("Codecs", "7"), sectionOf("Scaling", "8")} {
		if err := b.merge(docs, []report.Section{s}); err != nil {
			t.Fatal(err)
		}
	}
	last := []report.Section{sectionOf("Codecs", "7"), sectionOf("Lists", "4"), sectionOf("Scaling", "8"), sectionOf("More", "6")}
	merged := read(document)
	if err := b.write(docs, last); err != nil {
		t.Fatal(err)
	}
	if want := read(document); merged != want || !strings.Contains(want, nothing) {
		t.Errorf("merged:\n%s\nwritten:\n%s", merged, want)
	}
}

// elsewhere is the heading of a report that was measured on another machine.
func elsewhere() string { return strings.Replace(heading(), " cores", "1 cores", 1) }

func TestMergeFromAnotherMachine(t *testing.T) {
	t.Parallel()
	b, docs := &bench{root: t.TempDir()}, t.TempDir()
	path := filepath.Join(docs, document)
	if err := os.WriteFile(path, []byte(elsewhere()+missed(nil).markdown()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.merge(docs, []report.Section{sectionOf("Codecs", "1")}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if want := elsewhere() + missed(nil).markdown() + apart([]report.Section{sectionOf("Codecs", "1")})[0].Markdown(); err != nil || string(got) != want || !strings.Contains(want, machine()) {
		t.Errorf("got %q, want %q; %v", got, want, err)
	}
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	docs := t.TempDir()
	for text, test := range map[string]struct {
		request float64
		problem string
	}{
		elsewhere() + missed(nil).markdown():         {1, "measure all of it"},
		heading() + "\n## Codecs\n":                  {0, `no section "What is missed"`},
		heading() + "\n## What is missed\n\nMuch.\n": {0, "neither a reason nor a row"},
	} {
		if err := os.WriteFile(filepath.Join(docs, document), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b := &bench{root: t.TempDir(), request: test.request}
		if err := b.merge(docs, []report.Section{sectionOf("Codecs", "1")}); err == nil || !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%.80q: %v, want %q", text, err, test.problem)
		}
		if got, err := os.ReadFile(filepath.Join(docs, document)); err != nil || string(got) != text {
			t.Errorf("%.80q: the report has changed; %v", text, err)
		}
	}
}

// TestTheReportCanBeMergedInto reads the one that there is.
func TestTheReportCanBeMergedInto(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := merged(string(content), nil); err != nil || got != string(content) {
		t.Errorf("merging nothing changes it; %v", err)
	}
}
