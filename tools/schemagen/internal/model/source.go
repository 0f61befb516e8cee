package model

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// defPath is the import path of the vocabulary.
const defPath = "github.com/partywall/partywall/schema/def"

// sources knows in which file each declaration stands. Two declarations of one
// name are found in the order of their files.
type sources struct {
	dir         string
	collections map[collectionKey][]string
	structs     map[string][]string
	enums       map[string][]string
	policies    []string
}

type collectionKey struct{ name, entity string }

// readSources parses the Go files of a folder; no types are checked, so that the
// declarations are found as they are written.
func readSources(root, dir string) (*sources, error) {
	s := &sources{
		dir:         path.Clean(filepath.ToSlash(dir)),
		collections: map[collectionKey][]string{},
		structs:     map[string][]string{},
		enums:       map[string][]string{},
	}
	folder := filepath.Join(root, dir)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read declarations: %w", err)
	}
	var failed []error
	for _, entry := range entries {
		if entry.IsDir() || !isDeclarationFile(entry.Name()) {
			continue
		}
		failed = append(failed, s.readFile(folder, entry.Name()))
	}
	return s, errors.Join(failed...)
}

// isDeclarationFile leaves out what the go command leaves out.
func isDeclarationFile(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") &&
		!strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".")
}

func (s *sources) readFile(folder, name string) error {
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return fmt.Errorf("read declarations: %w", err)
	}
	source := path.Join(s.dir, name)
	file, err := parser.ParseFile(token.NewFileSet(), source, content, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parse declarations: %w", err)
	}
	v := vocabulary{local: importName(file)}
	if v.local == "" {
		return nil
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			s.addLiteral(v, n, source)
		case *ast.CallExpr:
			s.addCall(v, n, source)
		}
		return true
	})
	return nil
}

// importName is what file calls package def: "." for a dot import, empty if it
// does not import it.
func importName(file *ast.File) string {
	for _, spec := range file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != defPath {
			continue
		}
		if spec.Name == nil {
			return path.Base(defPath)
		}
		return spec.Name.Name
	}
	return ""
}

// vocabulary recognises the names of package def in one file.
type vocabulary struct{ local string }

// name is what e, or what it points to, is called in package def; empty if it is not from there.
func (v vocabulary) name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return v.name(e.X)
	case *ast.Ident:
		if v.local == "." {
			return e.Name
		}
	case *ast.SelectorExpr:
		if pkg, ok := e.X.(*ast.Ident); ok && pkg.Name == v.local {
			return e.Sel.Name
		}
	}
	return ""
}

func (s *sources) addLiteral(v vocabulary, lit *ast.CompositeLit, source string) {
	switch t := lit.Type.(type) {
	case *ast.ArrayType:
		s.addElements(v.name(t.Elt), lit, source)
	case *ast.MapType:
		s.addElements(v.name(t.Value), lit, source)
	default:
		s.addNamed(v.name(t), lit, source)
	}
}

// addElements adds the literals within a list or map that leave out their type.
func (s *sources) addElements(name string, lit *ast.CompositeLit, source string) {
	for _, e := range lit.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			e = pair.Value
		}
		if element, ok := e.(*ast.CompositeLit); ok && element.Type == nil {
			s.addNamed(name, element, source)
		}
	}
}

func (s *sources) addNamed(name string, lit *ast.CompositeLit, source string) {
	switch name {
	case "Collection":
		stored, ok := literalMember(lit, "Name")
		entity, also := literalMember(lit, "Entity")
		if ok && also {
			key := collectionKey{stored, entity}
			s.collections[key] = append(s.collections[key], source)
		}
	case "Struct":
		if stored, ok := literalMember(lit, "Name"); ok {
			s.structs[stored] = append(s.structs[stored], source)
		}
	case "Policy":
		s.policies = append(s.policies, source)
	}
}

func (s *sources) addCall(v vocabulary, call *ast.CallExpr, source string) {
	if v.name(call.Fun) != "NamedEnum" || len(call.Args) == 0 {
		return
	}
	if name, ok := literalString(call.Args[0]); ok {
		s.enums[name] = append(s.enums[name], source)
	}
}

// literalMember is the member of a literal that is called name, empty where it is
// left out; ok is false if it is computed.
func literalMember(lit *ast.CompositeLit, name string) (value string, ok bool) {
	for _, e := range lit.Elts {
		pair, isPair := e.(*ast.KeyValueExpr)
		if !isPair {
			return "", false
		}
		if key, isIdent := pair.Key.(*ast.Ident); isIdent && key.Name == name {
			return literalString(pair.Value)
		}
	}
	return "", true
}

func literalString(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(lit.Value)
	return value, err == nil
}

// nth is the n-th of the files that declare something, the last if there are
// fewer, and the folder if there are none.
func (s *sources) nth(files []string, n int) string {
	if len(files) == 0 {
		return s.dir
	}
	return files[min(n, len(files)-1)]
}

// policy is the file that declares the policy, if one alone does.
func (s *sources) policy() string {
	if len(s.policies) != 1 {
		return s.dir
	}
	return s.policies[0]
}
