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

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	b, docs := &bench{root: t.TempDir()}, t.TempDir()
	for text, problem := range map[string]string{
		"": "measured elsewhere",
		strings.Replace(heading(), " cores", "1 cores", 1): "measured elsewhere",
		heading() + "\n## Codecs\n":                        `no section "What is missed"`,
		heading() + "\n## What is missed\n\nMuch.\n":       "neither a reason nor a row",
	} {
		if err := os.WriteFile(filepath.Join(docs, document), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := b.merge(docs, []report.Section{sectionOf("Codecs", "1")}); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%.80q: %v, want %q", text, err, problem)
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
