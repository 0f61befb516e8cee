package pipeline_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checkUsed finds functions, methods, variables and constants that a generated
// package neither exports nor uses, as a linter would.
func checkUsed(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string][]string{}
	for _, file := range files {
		packages[filepath.Dir(file)] = append(packages[filepath.Dir(file)], file)
	}
	for _, names := range packages {
		for _, name := range unused(t, names) {
			t.Errorf("%s is not used", name)
		}
	}
}

// unused returns the names that files declare, do not export, and mention once.
func unused(t *testing.T, files []string) []string {
	t.Helper()
	declared := map[string]string{}
	mentioned := map[string]int{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			for _, id := range declarations(d) {
				if !id.IsExported() && id.Name != "_" && !strings.HasSuffix(file, "_test.go") {
					declared[id.Name] = file
				}
			}
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && !strings.HasSuffix(file, "_test.go") {
				mentioned[id.Name]++
			}
			return true
		})
	}
	var names []string
	for name, file := range declared {
		if mentioned[name] == 1 {
			names = append(names, file+": "+name)
		}
	}
	slices.Sort(names)
	return names
}
