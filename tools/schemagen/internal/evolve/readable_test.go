package evolve_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/fleet/steps"
)

// What is written is what migrations may hold, once each null is replaced, and is refused until
// then.
func TestMigrationsAreRead(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/evolution/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	chosen := strings.NewReplacer(`"others": null`, `"others": "delete"`, `: null`, `: "chosen"`)
	written := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		asWritten, asChosen := fstest.MapFS{}, fstest.MapFS{}
		open := false
		for _, f := range archive.Files {
			if !strings.HasSuffix(f.Name, ".json") {
				continue
			}
			written++
			text := string(f.Data)
			open = open || strings.Contains(text, ": null")
			asWritten[f.Name] = &fstest.MapFile{Data: f.Data}
			asChosen[f.Name] = &fstest.MapFile{Data: []byte(chosen.Replace(text))}
		}
		if len(asWritten) == 0 {
			continue
		}
		if err := load(asWritten); (err != nil) != open {
			t.Errorf("%s: as it is written: %v", file, err)
		}
		if err := load(asChosen); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if written < 20 {
		t.Errorf("only %d files were found", written)
	}
}

// load reads a migration as tenantctl does. Another follows, because the newest is compared
// with a schema.
func load(files fstest.MapFS) error {
	files["0002_next.up.json"] = &fstest.MapFile{Data: []byte("[]")}
	files["0002_next.down.json"] = &fstest.MapFile{Data: []byte("[]")}
	_, err := script.Load(files, steps.All(nil), nil)
	return err
}
