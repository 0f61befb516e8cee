package main

import (
	"bytes"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sampleSource = `package sample

import "errors"

const limit = 3 + 1

func judge(n int, list []string, ready bool) (bool, error) {
	if n < limit && ready {
		return true, nil
	}
	for i := range list {
		if list[i] == "" {
			continue
		}
		n += i * 2 >> 3
	}
	switch n {
	case 7, 0:
		return false, errors.New("seven")
	}
	switch {
	case n > 9:
		panic("nine")
	}
	_ = ready
	return n == 1, nil
}
`

// wanted are the mutants of sampleSource, without the function's name.
var wanted = []string{
	"`n < limit && ready` always", "`n < limit && ready` never",
	"`n < limit` always", "`ready` always", "`n < limit` other bound",
	"`true` false",
	"`list[i] == \"\"` always", "`list[i] == \"\"` never", "`continue` left out",
	"`n += i * 2 >> 3` left out", "`i * 2` opposite operator", "`2` one more", "`3` one more",
	"`7` missing case", "`false` true", "`errors.New(\"seven\")` no error",
	"`n > 9` always", "`n > 9` never", "`n > 9` other bound", "`9` one more",
	"`n == 1` always", "`n == 1` never", "`1` one more",
}

// parse finds the mutants of sampleSource.
func parse(t *testing.T) *source {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "sample.go", sampleSource, 0)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	checker := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	if _, err := checker.Check("sample", fset, []*ast.File{file}, info); err != nil {
		t.Fatal(err)
	}
	last := 0
	f := &finder{
		fset: fset, info: info, path: "sample.go", source: []byte(sampleSource), names: map[string]int{},
		next: func() int { last++; return last },
	}
	return &source{text: []byte(sampleSource), mutants: f.find(file), clause: fset.Position(file.Name.End()).Offset}
}

func TestFind(t *testing.T) {
	var got []string
	for _, m := range parse(t).mutants {
		got = append(got, strings.TrimPrefix(m.name, "sample.go judge: "))
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(wanted))
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRender shows that what is written is Go, on the lines that it was on.
func TestRender(t *testing.T) {
	s := parse(t)
	text := s.render()
	if _, err := parser.ParseFile(token.NewFileSet(), "sample.go", text, 0); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	before, after := strings.Split(sampleSource, "\n"), strings.Split(string(text), "\n")
	if len(before) != len(after) {
		t.Fatalf("%d lines became %d", len(before), len(after))
	}
	for _, m := range s.mutants {
		if !strings.Contains(after[m.line-1], "mutant.") {
			t.Errorf("%s is not on line %d: %s", m.name, m.line, after[m.line-1])
		}
	}
}

func TestRefusedMutantsGo(t *testing.T) {
	s := parse(t)
	s.copy = "/tmp/0.go"
	all := len(s.mutants)
	if removeRefused([]*source{s}, "/tmp/1.go:8:2: no\nnothing") || len(s.mutants) != all {
		t.Error("mutants went that nobody refused")
	}
	if !removeRefused([]*source{s}, "# sample\n/tmp/0.go:8:2: no\n") || len(s.mutants) != all-5 {
		t.Errorf("of %d mutants %d are left", all, len(s.mutants))
	}
}

func TestSample(t *testing.T) {
	all := parse(t).mutants
	first := sample(all, 5, 1)
	if len(first) != 5 || !slices.Equal(first, sample(all, 5, 1)) || slices.Equal(first, sample(all, 5, 2)) {
		t.Errorf("a seed does not draw a sample of its own")
	}
	if len(sample(all, 0, 1)) != len(all) || len(sample(all, 1000, 1)) != len(all) {
		t.Error("not all are tried")
	}
}

func TestReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mutation.md")
	const list = "# Text\n\n- ``a/a.go f: `x` always``: it is.\n- ``a/a.go gone: `x` always``: it was.\n- ``b/b.go f: `x` always``: it is elsewhere.\n"
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	known, err := readEquivalents(path)
	if err != nil {
		t.Fatal(err)
	}
	r := result{subject: subject{name: "a", dir: "a", bound: 50}, outcomes: []outcome{
		{mutant: &mistake{name: "a/a.go f: `x` always"}, reached: true},
		{mutant: &mistake{name: "a/a.go f: `y` always", line: 7}, reached: true, leftOut: 2},
		{mutant: &mistake{name: "a/a.go g: `z` never", line: 9}},
		{mutant: &mistake{name: "a/a.go g: `z` always"}, reached: true, noticed: true},
	}}
	for _, o := range r.outcomes {
		r.mutants = append(r.mutants, o.mutant)
	}
	var out bytes.Buffer
	err = report(&out, []result{r}, known, config{enforce: true})
	var missed *missedError
	if !errors.As(err, &missed) || !slices.Equal(missed.subjects, []string{"a"}) {
		t.Errorf("error %v", err)
	}
	for _, line := range []string{
		"25.0 %", "unnoticed, 2 slow tests left out: a/a.go f: `y` always (line 7)\n", "unreached: a/a.go g: `z` never (line 9)\n",
		"listed, but there is none: a/a.go gone: `x` always\n",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%q is not in the report:\n%s", line, out.String())
		}
	}
	if strings.Contains(out.String(), " f: `x` always") {
		t.Errorf("a mutant that is listed is named:\n%s", out.String())
	}
	r.outcomes = r.outcomes[2:]
	if err := report(&out, []result{r}, known, config{enforce: true}); err != nil {
		t.Errorf("half of the mutants noticed: %v", err)
	}
}
