package pipeline

import (
	"bytes"
	"fmt"

	"golang.org/x/tools/imports"

	"github.com/partywall/partywall/tools/schemagen/internal/emit"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
	"github.com/partywall/partywall/tools/schemagen/internal/openapi"
	"github.com/partywall/partywall/tools/schemagen/internal/output"
)

// generate is every file, formatted.
func generate(schema *model.Schema, genPath, source string) (output.Tree, error) {
	files := []emit.File{emit.Root(schema, genPath, source)}
	for _, c := range schema.Collections {
		files = append(files, emit.Collection(c, genPath)...)
	}
	tree := output.Tree{}
	for _, f := range files {
		content, err := format(f)
		if err != nil {
			return nil, err
		}
		tree[f.Path] = content
	}
	document, err := openapi.Document(schema)
	if err != nil {
		return nil, err
	}
	tree["openapi.json"] = document
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
