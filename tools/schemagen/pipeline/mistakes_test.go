package pipeline_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

// Every mistake and every warning about an index that the model can report stands in some
// scenario: what each of its reports says, and every phrase that it may put into one.
func TestEveryMistakeHasAScenario(t *testing.T) {
	errs := scenarioErrors(t)
	found := &messages{set: token.NewFileSet(), patterns: map[string]*regexp.Regexp{}, phrases: map[string]string{}}
	found.read(t, "../internal/model/*.go")
	if len(found.patterns) < 100 || len(found.phrases) < 200 {
		t.Errorf("only %d mistakes, and %d phrases of them, were found in the sources", len(found.patterns), len(found.phrases))
	}
	for at, pattern := range found.patterns {
		if !pattern.MatchString(errs) {
			t.Errorf("%s: no scenario has %s", at, pattern)
		}
	}
	for phrase, at := range found.phrases {
		if !strings.Contains(errs, phrase) {
			t.Errorf("%s: no scenario has %q", at, phrase)
		}
	}
}

// scenarioErrors returns the errors that scenarios end in, and their reports.
func scenarioErrors(t *testing.T) string {
	t.Helper()
	var errs strings.Builder
	for _, s := range readScenarios(t) {
		for _, f := range s.archive.Files {
			if f.Name == "error" || f.Name == "report" {
				errs.Write(f.Data)
			}
		}
	}
	return errs.String()
}

// messages are what sources report: patterns of the whole, by where it is
// reported, and where each phrase is that is part of one.
type messages struct {
	set      *token.FileSet
	patterns map[string]*regexp.Regexp
	phrases  map[string]string
}

func (m *messages) read(t *testing.T, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(m.set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, m.inspect)
	}
}

func (m *messages) inspect(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.CallExpr:
		switch {
		case called(n) == "Errorf":
			return false // what is no mistake in a declaration
		case called(n) == "warn", called(n) == "Or":
			return false // what TestWarnings has, and what stands for a Doc
		case called(n) == "add" && len(n.Args) == 3:
			message := pattern(n.Args[1]) + "; write " + pattern(n.Args[2])
			m.patterns[m.set.Position(n.Pos()).String()] = regexp.MustCompile("(?m): " + message + "$")
		}
	case *ast.BasicLit:
		if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
			m.addPhrases(text, m.set.Position(n.Pos()).String())
		}
	}
	return true
}

// addPhrases takes what of a text is words: more than one.
func (m *messages) addPhrases(text, at string) {
	for _, phrase := range verb.Split(text, -1) {
		if phrase = strings.TrimSpace(phrase); strings.Contains(phrase, " ") {
			m.phrases[phrase] = at
		}
	}
}

// called returns the name of the method or function of a call.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

var verb = regexp.MustCompile(`%[a-zA-Z]`)

// pattern matches what an expression can be: literals as they are, and anything
// in the place of everything else.
func pattern(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return regexp.QuoteMeta(text)
	case *ast.BinaryExpr:
		return pattern(e.X) + pattern(e.Y)
	case *ast.CallExpr:
		if called(e) == "Sprintf" {
			return verb.ReplaceAllString(pattern(e.Args[0]), ".*")
		}
	}
	return ".*"
}

// However many mistakes there are, all of them are reported, and nothing is
// written.
func TestFiftyMistakes(t *testing.T) {
	kinds := []struct {
		field def.Field
		says  string
	}{
		{def.Field{Type: def.Int, MaxLen: 1}, "MaxLen is for String, Secret, Bytes, List, Set, Map and Any, not Int; write Max"},
		{def.Field{Type: def.Bool, Default: 1}, "the Default is of Go type int, not Bool; write true or false"},
		{def.Field{Type: def.Enum("on", "on")}, `the enum has the value "on" twice; write it once`},
		{def.Field{}, "has no Type; write one of package def's, such as def.String"},
		{def.Field{Type: def.Float, Min: 2, Max: 1}, "Min 2 is above Max 1; write Min and Max the other way round"},
	}
	enterCopy(t)
	before := files(t)
	c := def.Collection{Name: "things", Entity: "Thing", Doc: "Thing is one."}
	var want []string
	for i := range 50 {
		kind := kinds[i%len(kinds)]
		kind.field.Name, kind.field.Doc = fmt.Sprintf("f%d", i), fmt.Sprintf("F%d is one.", i)
		c.Fields = append(c.Fields, kind.field)
		want = append(want, fmt.Sprintf("schema: Thing.f%d: %s", i, kind.says))
	}
	err := pipeline.Run(pipeline.Config{Collections: []def.Collection{c}})
	if err == nil {
		t.Fatal("they are taken")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("the error differs (-want +have):\n%s", diff)
	}
	if diff := cmp.Diff(before, files(t)); diff != "" {
		t.Errorf("files differ (-before +after):\n%s", diff)
	}
}
