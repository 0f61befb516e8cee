package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/tools/imports"

	"github.com/partywall/partywall/tools/schemagen/internal/emit"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
	"github.com/partywall/partywall/tools/schemagen/internal/openapi"
	"github.com/partywall/partywall/tools/schemagen/internal/output"
)

// generate is every file, formatted.
func generate(schema *model.Schema, genPath, source string) (output.Tree, error) {
	packages := make([]output.Tree, len(schema.Collections))
	errs := make([]error, len(schema.Collections))
	next := atomic.Int64{}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(packages); i = int(next.Add(1)) - 1 {
				packages[i], errs[i] = formatAll(emit.Collection(schema.Collections[i], genPath))
			}
		})
	}
	workers.Wait()
	tree, err := formatAll([]emit.File{emit.Root(schema, genPath, source)})
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	for _, files := range packages {
		maps.Copy(tree, files)
	}
	if tree["openapi.json"], err = openapi.Document(schema); err != nil {
		return nil, err
	}
	return output.Sealed(tree), nil
}

func formatAll(files []emit.File) (output.Tree, error) {
	tree := output.Tree{}
	for _, f := range files {
		content, err := format(f)
		if err != nil {
			return nil, err
		}
		tree[f.Path] = content
	}
	return tree, nil
}

// format renders a file. FormatOnly keeps imports.Process from searching for
// packages, which takes far longer than everything else together.
func format(f emit.File) ([]byte, error) {
	var raw bytes.Buffer
	if err := f.Go.Render(&raw); err != nil {
		return nil, fmt.Errorf("render %s: %w", f.Path, err)
	}
	content, err := imports.Process(f.Path, raw.Bytes(), &imports.Options{
		Comments: true, TabIndent: true, TabWidth: 8, FormatOnly: true,
	})
	if err != nil {
		return nil, fmt.Errorf("format %s: %w\n%s", f.Path, err, raw.Bytes())
	}
	return content, nil
}
