package model

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// defPath is the import path of package def.
const defPath = "github.com/partywall/partywall/schema/def"

// sources has the positions of declarations. Several declarations of one name are
// in the order of their files.
type sources struct {
	dir         string
	collections map[collectionKey][]declared
	structs     map[string][]declared
	enums       map[string][]declared
	policies    []declared
}

// declared is the position of a declaration.
type declared struct {
	// source is its file; the folder, without a line, if that is not known.
	source string
	line   int
	// fields has the lines of its fields by name, indexes those of its indexes in
	// declared order, as far as they are literals.
	fields  map[string]int
	indexes []int
	// reasons are those of the file.
	reasons map[marked]string
}

// place returns the declaration as a place called path.
func (d declared) place(path string) place {
	return place{source: d.source, line: d.line, path: path, within: &d}
}

type collectionKey struct{ name, entity string }

// readSources parses the Go files of a folder without checking types.
func readSources(root, dir string) (*sources, error) {
	s := &sources{
		dir:         path.Clean(filepath.ToSlash(dir)),
		collections: map[collectionKey][]declared{},
		structs:     map[string][]declared{},
		enums:       map[string][]declared{},
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

// isDeclarationFile excludes the files that the go command ignores.
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
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, source, content, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return fmt.Errorf("parse declarations: %w", err)
	}
	v := defNames{local: importName(file), source: source, set: set, reasons: reasons(set, file, content)}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			s.addLiteral(v, n)
		case *ast.CallExpr:
			s.addCall(v, n)
		}
		return true
	})
	return nil
}

// importName returns the name that file imports package def by: "." for a dot
// import, empty if it does not import it.
func importName(file *ast.File) string {
	for _, spec := range file.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p != defPath {
			continue
		}
		if spec.Name == nil {
			return path.Base(defPath)
		}
		return spec.Name.Name
	}
	return ""
}

// defNames recognizes the names of package def in one file.
type defNames struct {
	local, source string
	set           *token.FileSet
	reasons       map[marked]string
}

func (v defNames) line(n ast.Node) int { return v.set.Position(n.Pos()).Line }

// declared returns the position of lit and of what it contains.
func (v defNames) declared(lit *ast.CompositeLit) declared {
	d := declared{source: v.source, line: v.line(lit), fields: map[string]int{}, reasons: v.reasons}
	for _, f := range elements(lit, "Fields") {
		if field, ok := f.(*ast.CompositeLit); ok {
			name, _ := literalMember(field, "Name")
			d.fields[name] = v.line(field)
		}
	}
	for _, x := range elements(lit, "Indexes") {
		d.indexes = append(d.indexes, v.line(x))
	}
	return d
}

// elements returns the elements of the list in lit's member name, if it is a
// literal.
func elements(lit *ast.CompositeLit, name string) []ast.Expr {
	if list, ok := member(lit, name).(*ast.CompositeLit); ok {
		return list.Elts
	}
	return nil
}

// member returns lit's member called name, nil if it is left out.
func member(lit *ast.CompositeLit, name string) ast.Expr {
	for _, e := range lit.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok && types.ExprString(pair.Key) == name {
			return pair.Value
		}
	}
	return nil
}

// name returns the name in package def of e, or of what it points to; empty if it
// is from elsewhere.
func (v defNames) name(e ast.Expr) string {
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

func (s *sources) addLiteral(v defNames, lit *ast.CompositeLit) {
	switch t := lit.Type.(type) {
	case *ast.ArrayType:
		s.addElements(v, v.name(t.Elt), lit)
	case *ast.MapType:
		s.addElements(v, v.name(t.Value), lit)
	default:
		s.addNamed(v, v.name(t), lit)
	}
}

// addElements adds the literals in a list or map that omit their type.
func (s *sources) addElements(v defNames, name string, lit *ast.CompositeLit) {
	for _, e := range lit.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			e = pair.Value
		}
		if element, ok := e.(*ast.CompositeLit); ok && element.Type == nil {
			s.addNamed(v, name, element)
		}
	}
}

func (s *sources) addNamed(v defNames, name string, lit *ast.CompositeLit) {
	switch name {
	case "Collection":
		stored, ok := literalMember(lit, "Name")
		entity, also := literalMember(lit, "Entity")
		if ok && also {
			key := collectionKey{stored, entity}
			s.collections[key] = append(s.collections[key], v.declared(lit))
		}
	case "Struct":
		if stored, ok := literalMember(lit, "Name"); ok {
			s.structs[stored] = append(s.structs[stored], v.declared(lit))
		}
	case "Policy":
		s.policies = append(s.policies, v.declared(lit))
	}
}

func (s *sources) addCall(v defNames, call *ast.CallExpr) {
	if v.name(call.Fun) != "NamedEnum" {
		return
	}
	if name, ok := literalString(call.Args[0]); ok {
		s.enums[name] = append(s.enums[name], declared{source: v.source, line: v.line(call)})
	}
}

// literalMember returns lit's member called name, empty if it is left out; ok is
// false if it is computed.
func literalMember(lit *ast.CompositeLit, name string) (value string, ok bool) {
	given := member(lit, name)
	if given == nil {
		return "", true
	}
	return literalString(given)
}

// literalString returns the value of e, a string; ok is false if it is computed.
func literalString(e ast.Expr) (value string, ok bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return "", false
	}
	value, _ = strconv.Unquote(lit.Value) // the compiler takes no other literal there
	return value, true
}

// nth returns the n-th of found, the last if there are fewer, and the folder if
// there are none.
func (s *sources) nth(found []declared, n int) declared {
	if len(found) == 0 {
		return declared{source: s.dir}
	}
	return found[min(n, len(found)-1)]
}

// policy returns the position of the policy, if exactly one literal declares it.
func (s *sources) policy() declared {
	if len(s.policies) != 1 {
		return declared{source: s.dir}
	}
	return s.policies[0]
}
