package pipeline_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"
	"testing"
)

// excerpt returns what a file declares by names that match, methods as Type.Method.
// Each pattern must match something.
func excerpt(t *testing.T, source string, patterns []string) string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	met := map[string]bool{}
	for _, d := range file.Decls {
		wanted := false
		for _, id := range declarations(d) {
			for _, pattern := range patterns {
				if ok, err := path.Match(pattern, fullName(d, id)); ok && err == nil {
					wanted, met[pattern] = true, true
				}
			}
		}
		if wanted {
			parts = append(parts, source[set.Position(start(d)).Offset:set.Position(d.End()).Offset]+"\n")
		}
	}
	for _, pattern := range patterns {
		if !met[pattern] {
			t.Errorf("nothing is called %s", pattern)
		}
	}
	return strings.Join(parts, "\n")
}

func fullName(d ast.Decl, id *ast.Ident) string {
	f, ok := d.(*ast.FuncDecl)
	if !ok || f.Recv == nil {
		return id.Name
	}
	receiver := f.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	return receiver.(*ast.Ident).Name + "." + id.Name
}

// start returns where a declaration, or the comment above it, begins.
func start(d ast.Decl) token.Pos {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc != nil {
			return d.Doc.Pos()
		}
	case *ast.GenDecl:
		if d.Doc != nil {
			return d.Doc.Pos()
		}
	}
	return d.Pos()
}

func declarations(d ast.Decl) []*ast.Ident {
	if f, ok := d.(*ast.FuncDecl); ok {
		return []*ast.Ident{f.Name}
	}
	var names []*ast.Ident
	for _, spec := range d.(*ast.GenDecl).Specs {
		switch spec := spec.(type) {
		case *ast.ValueSpec:
			names = append(names, spec.Names...)
		case *ast.TypeSpec:
			names = append(names, spec.Name)
		}
	}
	return names
}
