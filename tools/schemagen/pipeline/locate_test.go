package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

// Where nothing can be generated, the error says what to do.
func TestRunSaysWhereItBelongs(t *testing.T) {
	tests := []struct {
		name   string
		change func(*testing.T)
		cfg    pipeline.Config
		says   string
	}{
		{"no module", func(t *testing.T) { remove(t, "go.mod") }, pipeline.Config{}, "or above; run the generator within a Go module"},
		{"a module without a name", func(t *testing.T) { writeFile(t, "go.mod", "go 1.26\n") }, pipeline.Config{}, "go.mod declares no module"},
		{"another module", func(t *testing.T) { remove(t, "schema") }, pipeline.Config{}, `has no folder "schema" with declarations; run the generator within the module that has`},
		{"other declarations", nil, pipeline.Config{Source: "declared"}, `has no folder "declared" with declarations`},
		{"the root", nil, pipeline.Config{Out: "."}, `the folder "." is not within the module`},
		{"the root in a roundabout way", nil, pipeline.Config{Out: "gen/.."}, `the folder "gen/.." is not within the module`},
		{"a folder outside", nil, pipeline.Config{Out: "../gen"}, `the folder "../gen" is not within the module`},
		{"a folder from the root of all", nil, pipeline.Config{Out: filepath.Join(os.TempDir(), "gen")}, "is not within the module"},
		{"no import path", nil, pipeline.Config{Out: "my gen"}, `the folder "my gen" cannot hold Go packages`},
		{"the declarations", nil, pipeline.Config{Out: "./schema"}, `the folder "./schema" holds the declarations in "schema"`},
		{"the declarations' parent", nil, pipeline.Config{Source: "all/schema", Out: "all"}, `the folder "all" holds the declarations in "all/schema"`},
		{"a file", func(t *testing.T) { writeFile(t, "gen", "") }, pipeline.Config{}, "gen is not a folder; remove it, and the generator makes one"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			enterCopy(t)
			if test.change != nil {
				test.change(t)
			}
			before := files(t)
			test.cfg.Collections, test.cfg.Policy = schema.Collections, schema.Policy
			if err := pipeline.Run(test.cfg); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v", err)
			}
			if len(files(t)) != len(before) {
				t.Error("something was written")
			}
		})
	}
}

// A module within the module is one of its own, and so is what is generated there.
func TestRunInAModuleWithin(t *testing.T) {
	enterCopy(t)
	writeFile(t, "tools/own/go.mod", "module example.com/own\n")
	t.Chdir("tools/own")
	if _, err := generate(false); err == nil || !strings.Contains(err.Error(), filepath.Join("tools", "own")+" has no folder") {
		t.Errorf("%v", err)
	}
}
