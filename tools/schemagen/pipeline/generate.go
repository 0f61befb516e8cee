package pipeline

import (
	"maps"

	"github.com/partywall/partywall/tools/schemagen/internal/emit"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
	"github.com/partywall/partywall/tools/schemagen/internal/openapi"
	"github.com/partywall/partywall/tools/schemagen/internal/output"
	"github.com/partywall/partywall/tools/schemagen/internal/parallel"
)

// generate returns all files, formatted.
func generate(schema *model.Schema, genPath, source string) (output.Tree, error) {
	// The document takes longest, so it is started first.
	parts := []func() (output.Tree, error){
		func() (output.Tree, error) { return document(schema) },
		func() (output.Tree, error) { return formatAll([]emit.File{emit.Root(schema, genPath, source)}) },
	}
	for _, c := range schema.Collections {
		parts = append(parts, func() (output.Tree, error) { return formatAll(emit.Collection(c, genPath)) })
	}
	trees := make([]output.Tree, len(parts))
	err := parallel.Each(len(parts), func(i int) (err error) {
		trees[i], err = parts[i]()
		return err
	})
	if err != nil {
		return nil, err
	}
	all := output.Tree{}
	for _, tree := range trees {
		maps.Copy(all, tree)
	}
	return output.WithSums(all), nil
}

func document(schema *model.Schema) (output.Tree, error) {
	text, err := openapi.Document(schema)
	return output.Tree{"openapi.json": text}, err
}
