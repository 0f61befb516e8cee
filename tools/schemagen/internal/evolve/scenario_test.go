package evolve_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/partywall/partywall/tools/schemagen/internal/evolve"
)

var update = flag.Bool("update", false, "write what the scenarios give to testdata")

// A scenario is an archive whose files say by their names what they are: the schemas before
// and after, as lines of a baseline, what people are told, what is owed, and the migration.
func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/evolution/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			have := txtar.Format(follow(t, archive))
			if *update {
				if err := os.WriteFile(file, have, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(txtar.Format(archive)), string(have)); diff != "" && !*update {
				t.Errorf("-update accepts it (-want +have):\n%s", diff)
			}
		})
	}
}

// follow returns the scenario as it turns out.
func follow(t *testing.T, in *txtar.Archive) *txtar.Archive {
	t.Helper()
	given := map[string]string{}
	for _, f := range in.Files {
		given[f.Name] = string(f.Data)
	}
	r := evolve.Settle(decode(t, given["before"]), decode(t, given["after"]), evolve.Migration{})
	var notes strings.Builder
	if err := r.Report(&notes); err != nil {
		t.Fatal(err)
	}
	out := &txtar.Archive{Comment: in.Comment, Files: []txtar.File{
		{Name: "before", Data: []byte(given["before"])}, {Name: "after", Data: []byte(given["after"])},
		{Name: "notes", Data: []byte(notes.String())},
	}}
	if len(r.Owed) == 0 {
		return out
	}
	files, err := evolve.Files("change", evolve.Migration{}, r.Owed)
	if err != nil {
		t.Fatal(err)
	}
	out.Files = append(out.Files, txtar.File{Name: "owed", Data: []byte(evolve.Owed(r.Owed, "schemagen") + "\n")})
	for _, f := range files {
		out.Files = append(out.Files, txtar.File{Name: f.Name, Data: f.Content})
	}
	return out
}

func decode(t *testing.T, text string) *evolve.Schema {
	t.Helper()
	s, err := evolve.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
