package pipeline_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

// The schemas of docs/evolution.md, which has their source.
var (
	pageBefore = def.Collection{
		Name: "users", Entity: "User",
		Fields: []def.Field{
			{Name: "name", Type: def.String},
			{Name: "phone", Type: def.String},
			{Name: "born", Type: def.String},
			{Name: "plan", Type: def.Enum("free", "gold", "team")},
			{Name: "number", Type: def.Int, Required: true},
		},
	}
	pageAfter = def.Collection{
		Name: "users", Entity: "User",
		Fields: []def.Field{
			{Name: "fullName", Type: def.String, MaxLen: 200},
			{Name: "phone", Type: def.String, Required: true},
			{Name: "born", Type: def.Time},
			{Name: "plan", Type: def.Enum("free", "team")},
			{Name: "number", Type: def.Int, Required: true},
			{Name: "logins", Type: def.Int, Default: 0},
		},
		Indexes: []def.Index{{Keys: []string{"number"}, Unique: true}},
	}
)

var block = regexp.MustCompile("(?s)```[a-z]*\n(.*?)```\n")

// docs/evolution.md shows what the generator says and writes.
func TestEvolutionPage(t *testing.T) {
	page, err := filepath.Abs(filepath.Join(repository, "docs/evolution.md"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	blocks := block.FindAllStringSubmatch(text, -1)
	if len(blocks) != 6 {
		t.Fatalf("the page has %d blocks", len(blocks))
	}
	for i, have := range followPage(t, blocks[0][1], blocks[1][1]) {
		want := blocks[i+2][1]
		if *update {
			text = strings.Replace(text, "\n"+want+"```\n", "\n"+have+"```\n", 1)
		} else if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("-update accepts it (-page +have):\n%s", diff)
		}
	}
	if *update {
		writeFile(t, page, text)
	}
}

// followPage does what the page says, and returns what it shows: what is told, what is owed,
// and the migration.
func followPage(t *testing.T, before, after string) []string {
	t.Helper()
	t.Chdir(t.TempDir())
	writeFile(t, "go.mod", "module example.com/page\n")
	writeFile(t, "schema/migrations/0001_first.up.json", "[]\n")
	writeFile(t, "schema/user.go", before)
	var told bytes.Buffer
	cfg := pipeline.Config{Collections: []def.Collection{pageBefore}, Notes: &told}
	if err := pipeline.Run(cfg); err != nil {
		t.Fatal(err)
	}
	writeFile(t, "schema/user.go", after)
	cfg.Collections = []def.Collection{pageAfter}
	if err := pipeline.Run(cfg); err != nil {
		t.Fatal(err)
	}
	notes, _, _ := strings.Cut(told.String(), pipeline.ErrOwed.Error())
	cfg.Check = true
	owed := pipeline.Run(cfg)
	if owed == nil {
		t.Fatal("nothing is owed")
	}
	cfg.Check = false
	if err := pipeline.Migration(cfg, "complete_users"); err != nil {
		t.Fatal(err)
	}
	made := files(t)
	if err := pipeline.Run(cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Check = true
	if err := pipeline.Run(cfg); err != nil {
		t.Errorf("in the end: %v", err)
	}
	return []string{notes, owed.Error() + "\n", made["schema/migrations/0002_complete_users.up.json"], made["schema/migrations/0002_complete_users.down.json"]}
}
