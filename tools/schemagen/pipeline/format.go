package pipeline

import (
	"bytes"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"

	"golang.org/x/tools/imports"

	"github.com/partywall/partywall/tools/schemagen/internal/emit"
	"github.com/partywall/partywall/tools/schemagen/internal/output"
)

func formatAll(files []emit.File) (output.Tree, error) {
	tree := output.Tree{}
	for _, f := range files {
		var raw bytes.Buffer
		if err := f.Go.Render(&raw); err != nil {
			return nil, fmt.Errorf("render %s: %w", f.Path, err)
		}
		content, err := formatFile(f.Path, raw.Bytes())
		if err != nil {
			return nil, fmt.Errorf("format %s: %w\n%s", f.Path, err, raw.Bytes())
		}
		tree[f.Path] = content
	}
	return tree, nil
}

// formatFile formats a file as goimports does. Only its head goes through
// imports.Process, to group the imports: that prints its input twice.
func formatFile(name string, raw []byte) ([]byte, error) {
	// Jennifer puts spaces around its line breaks. Without them a comment is
	// recognized as belonging to what follows; no literal contains a line break.
	raw = bytes.ReplaceAll(raw, []byte(" \n "), []byte("\n"))
	end, err := headEnd(name, raw)
	if err != nil {
		return nil, err
	}
	// FormatOnly keeps it from searching for packages, which takes far longer than
	// everything else together.
	head, err := imports.Process(name, raw[:end], &imports.Options{
		Comments: true, TabIndent: true, TabWidth: 8, FormatOnly: true,
	})
	if err != nil {
		return nil, err
	}
	return format.Source(append(head, raw[end:]...))
}

// headEnd returns the offset at which a file's imports end, or its package clause
// if it has none.
func headEnd(name string, raw []byte) (int, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, raw, parser.ImportsOnly)
	if err != nil {
		return 0, err
	}
	end := file.Name.End()
	if n := len(file.Decls); n > 0 {
		end = file.Decls[n-1].End()
	}
	return set.Position(end).Offset, nil
}
