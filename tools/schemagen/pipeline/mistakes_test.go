package pipeline_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

// Every mistake that the model can report stands in some scenario.
func TestEveryMistakeHasAScenario(t *testing.T) {
	var errs strings.Builder
	for _, s := range readScenarios(t) {
		for _, f := range s.archive.Files {
			if f.Name == "error" {
				errs.Write(f.Data)
			}
		}
	}
	messages := reported(t)
	if len(messages) < 90 {
		t.Errorf("only %d mistakes were found in the sources", len(messages))
	}
	for at, message := range messages {
		if !message.MatchString(errs.String()) {
			t.Errorf("%s: no scenario has %s", at, message)
		}
	}
}

// reported are patterns of what the model's sources report, by where they do.
func reported(t *testing.T) map[string]*regexp.Regexp {
	t.Helper()
	files, err := filepath.Glob("../internal/model/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*regexp.Regexp{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 3 && called(call) == "add" {
				found[set.Position(call.Pos()).String()] = regexp.MustCompile(": " + pattern(call.Args[1]) + "; write ")
			}
			return true
		})
	}
	return found
}

// called is the name of the method or function of a call.
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

// However many mistakes there are, all of them are reported.
func TestFiftyMistakes(t *testing.T) {
	enterCopy(t)
	before := files(t)
	c := def.Collection{Name: "things", Entity: "Thing", Doc: "Thing is one."}
	for i := range 50 {
		c.Fields = append(c.Fields, def.Field{Name: fmt.Sprintf("f%d", i), Type: def.Int, MaxLen: 1, Doc: fmt.Sprintf("F%d is one.", i)})
	}
	err := pipeline.Run(pipeline.Config{Collections: []def.Collection{c}})
	if err == nil || errors.Is(err, pipeline.ErrStale) {
		t.Fatal(err)
	}
	for i := range 50 {
		if line := fmt.Sprintf("schema: Thing.f%d: MaxLen is for String, Secret, Bytes, List, Set and Map, not Int; write Max", i); !strings.Contains(err.Error(), line) {
			t.Errorf("there is no %q", line)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 50 {
		t.Errorf("%d lines", n)
	}
	if len(files(t)) != len(before) {
		t.Error("something was written")
	}
}
