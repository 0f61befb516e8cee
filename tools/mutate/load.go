package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
)

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// list asks about packages and all that they depend on.
func list(ctx context.Context, paths []string) (map[string]listed, error) {
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles"}, paths...)
	out, err := command(ctx, "go", args...)
	if err != nil {
		return nil, err
	}
	packages := map[string]listed{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages[p.ImportPath] = p
	}
}

// command runs a program in the module's root, and returns what it prints.
func command(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the go command
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s %s: %w\n%s", name, args[0], err, stderr.Bytes())
	}
	return out, nil
}

// source is a file in which mistakes can be made.
type source struct {
	// path is the file's, on this machine, and copy that of the one with mistakes.
	path, copy string
	text       []byte
	mutants    []*mistake
	// clause is where the package clause ends.
	clause int
}

// load finds every mutant of the subjects, by subject.
func load(ctx context.Context, subjects []subject) ([]*source, map[string][]*mistake, error) {
	var paths []string
	for _, s := range subjects {
		paths = append(paths, s.importPath())
	}
	packages, err := list(ctx, paths)
	if err != nil {
		return nil, nil, err
	}
	var sources []*source
	bySubject := map[string][]*mistake{}
	last := 0
	next := func() int { last++; return last }
	for _, s := range subjects {
		found, err := s.load(packages, next)
		if err != nil {
			return nil, nil, err
		}
		sources = append(sources, found...)
		for _, file := range found {
			bySubject[s.name] = append(bySubject[s.name], file.mutants...)
		}
	}
	return sources, bySubject, nil
}

func (s *subject) load(packages map[string]listed, next func() int) ([]*source, error) {
	p, ok := packages[s.importPath()]
	if !ok {
		return nil, fmt.Errorf("there is no package %s", s.importPath())
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
	}
	checker := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(packages[path].Export)
	})}
	if _, err := checker.Check(s.importPath(), fset, files, info); err != nil {
		return nil, err
	}
	var sources []*source
	for _, file := range files {
		name := filepath.Base(fset.Position(file.Pos()).Filename)
		if !s.has(name) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return nil, err
		}
		f := &finder{fset: fset, info: info, path: path.Join(s.dir, name), source: text, names: map[string]int{}, next: next}
		sources = append(sources, &source{
			path: filepath.Join(p.Dir, name), text: text, mutants: f.find(file), clause: fset.Position(file.Name.End()).Offset,
		})
	}
	return sources, nil
}

// render is the source with what makes its mutants possible. Lines stay where they
// are, so that what the compiler says of one tells which mutants it is about.
func (s *source) render() []byte {
	if len(s.mutants) == 0 {
		return s.text
	}
	edits := []edit{{offset: s.clause, text: `; import "` + module + `/tools/mutate/mutant"`}}
	var closing []edit
	for _, m := range s.mutants {
		for _, e := range m.edits {
			if e.behind {
				closing = append(closing, e)
			} else {
				edits = append(edits, e)
			}
		}
	}
	// Mutants are found from the outside in.
	slices.Reverse(closing)
	edits = append(closing, edits...)
	slices.SortStableFunc(edits, func(a, b edit) int { return a.offset - b.offset })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, s.text[at:e.offset]...), e.text...)
		at = e.offset + e.length
	}
	return append(out, s.text[at:]...)
}
