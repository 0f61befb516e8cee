package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// equivalentsFile lists, with reasons, mutants that no test can or need notice.
const equivalentsFile = "docs/mutation.md"

// listedMutant is how the file names one.
var listedMutant = regexp.MustCompile("(?m)^- ``(.+?)``: ")

func readEquivalents(path string) (map[string]bool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, match := range listedMutant.FindAllStringSubmatch(string(text), -1) {
		known[match[1]] = true
	}
	return known, nil
}

// report writes a table, and names the mutants that nobody noticed and no reason is
// listed for, and those that are listed but not there.
func report(out io.Writer, results []result, known map[string]bool, cfg config) error {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.AppendHeader(table.Row{"package", "mutants", "tried", "noticed", "share", "bound", "unnoticed", "unreached", "listed with a reason"})
	missed := &missedError{}
	for _, r := range results {
		c := r.count(known)
		bound := "none"
		if r.subject.bound > 0 {
			bound = fmt.Sprintf("%d %%", r.subject.bound)
		}
		if c.noticed*100 < r.subject.bound*len(r.outcomes) {
			missed.subjects = append(missed.subjects, r.subject.name)
			bound += ", missed"
		}
		t.AppendRow(table.Row{
			r.subject.name, len(r.mutants), len(r.outcomes), c.noticed, fmt.Sprintf("%.1f %%", c.share(len(r.outcomes))), bound, c.unnoticed, c.unreached, c.listed,
		})
	}
	t.Render()
	_, _ = fmt.Fprintf(out, "sample of %d a package, seed %d\n", cfg.sample, cfg.seed)
	for _, r := range results {
		for _, o := range r.outcomes {
			if !o.noticed && !known[o.mutant.name] {
				_, _ = fmt.Fprintf(out, "%s: %s (line %d)\n", o.state(), o.mutant.name, o.mutant.line)
			}
		}
		for _, name := range r.gone(known) {
			_, _ = fmt.Fprintf(out, "listed, but there is none: %s\n", name)
		}
	}
	if cfg.enforce && len(missed.subjects) > 0 {
		return missed
	}
	return nil
}

// gone are those listed of the subject's files that name none of its mutants.
func (r *result) gone(known map[string]bool) []string {
	names := map[string]bool{}
	for _, m := range r.mutants {
		names[m.name] = true
	}
	var list []string
	for name := range known {
		file, _, _ := strings.Cut(name, " ")
		if path.Dir(file) == r.subject.dir && r.subject.has(path.Base(file)) && !names[name] {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func (o outcome) state() string {
	switch {
	case !o.reached:
		return "unreached"
	case o.leftOut > 0:
		return fmt.Sprintf("unnoticed, %d slow tests left out", o.leftOut)
	}
	return "unnoticed"
}

// counts are how many mutants ended how.
type counts struct{ noticed, unnoticed, unreached, listed int }

func (r *result) count(known map[string]bool) (c counts) {
	for _, o := range r.outcomes {
		switch {
		case o.noticed:
			c.noticed++
			continue
		case o.reached:
			c.unnoticed++
		default:
			c.unreached++
		}
		if known[o.mutant.name] {
			c.listed++
		}
	}
	return c
}

// share is how many percent of tried were noticed.
func (c counts) share(tried int) float64 {
	if tried == 0 {
		return 100
	}
	return 100 * float64(c.noticed) / float64(tried)
}
