package pipeline_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

// notes returns declarations in which text is required, or not.
func notes(required bool) []def.Collection {
	return []def.Collection{{
		Name: "notes", Entity: "Note", Doc: "Note is one.",
		Fields: []def.Field{{Name: "text", Type: def.String, Required: required, Doc: "Text is text."}},
	}}
}

// enterNotes makes a module for which notes(false) was generated, and goes there.
func enterNotes(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	writeFile(t, "go.mod", "module example.com/notes\n")
	writeFile(t, "model/doc.go", "package model\n")
	if _, err := evolveNotes(false, false); err != nil {
		t.Fatal(err)
	}
}

func configured(required, check bool, report *bytes.Buffer) pipeline.Config {
	return pipeline.Config{
		Collections: notes(required), Source: "model", Migrations: "changes", Command: "go run ./generate",
		Check: check, Report: report, Notes: report,
	}
}

// evolveNotes generates from notes, or checks them.
func evolveNotes(required, check bool) (told string, err error) {
	var b bytes.Buffer
	err = pipeline.Run(configured(required, check, &b))
	return b.String(), err
}

const owedNotes = `stored documents are owed a migration:
model: Note.text: became required: stored documents may have none; write a migration: go run ./generate migration NAME, or, if none is needed, say so beside it: // no migration: reason`

// expectOwed expects a check to refuse, although the code is current.
func expectOwed(t *testing.T) {
	t.Helper()
	told, err := evolveNotes(true, true)
	if !errors.Is(err, pipeline.ErrOwed) || errors.Is(err, pipeline.ErrStale) || told != "" {
		t.Fatalf("%v\n%s", err, told)
	}
	if diff := cmp.Diff(owedNotes, err.Error()); diff != "" {
		t.Errorf("(-want +have)\n%s", diff)
	}
}

// Code is generated whatever is owed, and what is owed stays so until a migration carries it:
// with gen removed, too. All folders are the module's to name.
func TestOwedUntilThereIsAMigration(t *testing.T) {
	enterNotes(t)
	for range 2 {
		if told, err := evolveNotes(true, false); err != nil || !strings.Contains(told, owedNotes+"\n") {
			t.Fatalf("%v\n%s", err, told)
		}
		expectOwed(t)
		remove(t, "gen")
	}
	if _, err := evolveNotes(true, false); err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	if err := pipeline.Migration(configured(true, false, &told), "fill_text"); err != nil {
		t.Fatal(err)
	}
	want := "+ changes/0001_fill_text.up.json\n+ changes/0001_fill_text.down.json\nchanges/0001_fill_text.up.json: replace each null by what is to be; tenantctl refuses the file until then\n"
	if told.String() != want {
		t.Errorf("it says\n%s", &told)
	}
	if text, want := files(t)["changes/0001_fill_text.up.json"], "[\n  {\"step\": \"fill_member\", \"collection\": \"notes\", \"path\": \"text\", \"value\": null}\n]\n"; text != want {
		t.Errorf("it is\n%s", text)
	}
	if told, err := evolveNotes(true, true); !errors.Is(err, pipeline.ErrStale) || told != "~ model/baseline.jsonl\n" {
		t.Errorf("a check before it is generated: %v\n%s", err, told)
	}
	if _, err := evolveNotes(true, false); err != nil {
		t.Fatal(err)
	}
	if told, err := evolveNotes(true, true); err != nil || told != "" {
		t.Errorf("in the end: %v\n%s", err, told)
	}
}

// What is taken back before it was released is owed no more, and leaves nothing.
func TestTakenBack(t *testing.T) {
	enterNotes(t)
	before := files(t)
	if _, err := evolveNotes(true, false); err != nil {
		t.Fatal(err)
	}
	if _, err := evolveNotes(false, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, files(t)); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
}

// A migration that is there is never overwritten, and one without changes is empty.
func TestMigrationFiles(t *testing.T) {
	enterNotes(t)
	writeFile(t, "changes/0007_last.up.json", "[]")
	writeFile(t, "changes/0008_next.down.json", "mine")
	var told bytes.Buffer
	if err := pipeline.Migration(configured(false, false, &told), "next"); !errors.Is(err, os.ErrExist) {
		t.Errorf("%v", err)
	}
	have := files(t)
	if _, made := have["changes/0008_next.up.json"]; made || have["changes/0008_next.down.json"] != "mine" {
		t.Error("half of it was written")
	}
	if err := pipeline.Migration(configured(false, false, &told), "Next"); err == nil || !strings.Contains(err.Error(), "write one such as add_phone") {
		t.Errorf("%v", err)
	}
}

// A baseline that a merge left in conflict is refused, with what to do.
func TestBaselineInConflict(t *testing.T) {
	enterNotes(t)
	writeFile(t, "model/baseline.jsonl", "<<<<<<< HEAD\n")
	if _, err := evolveNotes(false, false); err == nil || !strings.HasPrefix(err.Error(), "model/baseline.jsonl: line 1: ") {
		t.Errorf("%v", err)
	}
}
