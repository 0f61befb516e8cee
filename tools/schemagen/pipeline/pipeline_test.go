package pipeline_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

// What is committed is what the declarations of this repository give.
func TestCommittedIsCurrent(t *testing.T) {
	t.Chdir(repository)
	if report, err := generate(true); err != nil || report != "" {
		t.Errorf("%v\n%s", err, report)
	}
}

// What could be better is told when code is checked, and is no error.
func TestWarningsAreReported(t *testing.T) {
	enterCopy(t)
	var out bytes.Buffer
	run := func(check bool) {
		t.Helper()
		out.Reset()
		plain := def.Collection{Name: "notes", Entity: "Note", Doc: "Note is one.", Fields: []def.Field{{Name: "text", Type: def.String}}}
		if err := pipeline.Run(pipeline.Config{Collections: []def.Collection{plain}, Check: check, Report: &out}); err != nil {
			t.Fatal(err)
		}
	}
	run(false)
	if strings.Contains(out.String(), "warning") {
		t.Errorf("generating says %s", &out)
	}
	run(true)
	if want := "warning: schema: Note.text: has no Doc; write a sentence that starts with \"Text\"\n"; out.String() != want {
		t.Errorf("checking says %s, want %s", &out, want)
	}
}

// Redundant indexes are told whoever runs the generator, and refused by a strict check alone, which
// still says what else there is.
func TestStrict(t *testing.T) {
	enterCopy(t)
	note := def.Collection{
		Name: "notes", Entity: "Note", Doc: "Note is one.", Fields: []def.Field{{Name: "text", Type: def.String}},
		Indexes: []def.Index{{Keys: []string{"text"}}, {Keys: []string{"-text"}}},
	}
	run := func(check, strict bool) (told string, err error) {
		var out bytes.Buffer
		err = pipeline.Run(pipeline.Config{Collections: []def.Collection{note}, Check: check, Strict: strict, Report: &out})
		return out.String(), err
	}
	const line = "schema: Note index text_-1__id_-1: the index text_1__id_1 begins with the same keys, and serves all that it does; that it runs the other way round makes no difference; remove it, or say beside it why it stays: // keep: reason"
	const noDoc = "warning: schema: Note.text: has no Doc; write a sentence that starts with \"Text\"\n"
	if told, err := run(true, true); !errors.Is(err, pipeline.ErrRedundant) || !errors.Is(err, pipeline.ErrStale) || !strings.HasPrefix(told, noDoc+"+ gen/") {
		t.Errorf("a strict check of nothing: %v\n%s", err, told)
	}
	before := files(t)
	if told, err := run(false, true); err == nil || told != "" || !cmp.Equal(before, files(t)) {
		t.Errorf("a strict run that is no check: %v\n%s", err, told)
	}
	if told, err := run(false, false); err != nil || !strings.HasPrefix(told, "warning: "+line+"\n+ gen/") {
		t.Errorf("generating: %v\n%s", err, told)
	}
	if told, err := run(true, false); err != nil || told != noDoc+"warning: "+line+"\n" {
		t.Errorf("a check: %v\n%s", err, told)
	}
	told, err := run(true, true)
	if !errors.Is(err, pipeline.ErrRedundant) || errors.Is(err, pipeline.ErrStale) || told != noDoc {
		t.Fatalf("a strict check: %v\n%s", err, told)
	}
	if diff := cmp.Diff("indexes are redundant:\n"+line, err.Error()); diff != "" {
		t.Errorf("(-want +have)\n%s", diff)
	}
	note.Indexes = note.Indexes[:1]
	if _, err := run(true, true); errors.Is(err, pipeline.ErrRedundant) {
		t.Errorf("without it: %v", err)
	}
}

// generate generates from the declarations of this repository, in the module
// that the working folder belongs to.
func generate(check bool) (report string, err error) {
	var out bytes.Buffer
	err = pipeline.Run(pipeline.Config{
		Collections: schema.Collections, Policy: schema.Policy, Check: check, Report: &out,
	})
	return out.String(), err
}

// enterCopy makes a module with this repository's declarations, and nothing
// generated, and goes there.
func enterCopy(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "schema"), os.DirFS(filepath.Join(repository, "schema"))); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/copy\n")
	t.Chdir(dir)
}

// generated are the files that the declarations give in a copy, which are made once.
var generated struct {
	once  sync.Once
	files map[string]string
}

// enterGenerated is enterCopy, and all is generated.
func enterGenerated(t *testing.T) {
	t.Helper()
	enterCopy(t)
	generated.once.Do(func() {
		mustGenerate(t)
		generated.files = files(t)
	})
	for path, text := range generated.files {
		writeFile(t, path, text)
	}
}

func mustGenerate(t *testing.T) (report string) {
	t.Helper()
	report, err := generate(false)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// files returns all files in the working folder.
func files(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestRunReportsWhatIsNew(t *testing.T) {
	enterCopy(t)
	made := []string{"+ gen/gen.go\n", "+ gen/gen.sum\n", "+ gen/openapi.json\n"}
	for _, c := range schema.Collections {
		made = append(made, "+ gen/"+c.Name+"/\n")
	}
	slices.Sort(made)
	if report, want := mustGenerate(t), strings.Join(made, ""); report != want {
		t.Errorf("it reports\n%swant\n%s", report, want)
	}
}

func TestRunAgainChangesNothing(t *testing.T) {
	enterCopy(t)
	mustGenerate(t)
	before := files(t)
	if report := mustGenerate(t); report != "" {
		t.Errorf("it reports\n%s", report)
	}
	if diff := cmp.Diff(before, files(t)); diff != "" {
		t.Errorf("files differ (-before +after):\n%s", diff)
	}
}

func TestRunIsTheSameEverywhere(t *testing.T) {
	enterCopy(t)
	mustGenerate(t)
	first := files(t)
	remove(t, "gen")
	t.Chdir("schema/def")
	mustGenerate(t)
	t.Chdir("../..")
	if diff := cmp.Diff(first, files(t)); diff != "" {
		t.Errorf("files differ (-from the root +from a folder within):\n%s", diff)
	}
}

func TestCheckWritesNothing(t *testing.T) {
	tests := []struct {
		name   string
		change func(*testing.T)
		report string
	}{
		{"a file changed", func(t *testing.T) { writeFile(t, "gen/users/doc.go", "package users\n") }, "! gen/users/doc.go was edited by hand since it was generated; generating overwrites it\n"},
		{"a file missing", func(t *testing.T) { remove(t, "gen/users/doc.go") }, "+ gen/users/doc.go\n"},
		{"a file too many", func(t *testing.T) { writeFile(t, "gen/old/doc.go", outdated) }, "- gen/old/\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			enterGenerated(t)
			if report, err := generate(true); err != nil || report != "" {
				t.Fatalf("before: %v\n%s", err, report)
			}
			test.change(t)
			before := files(t)
			report, err := generate(true)
			if !errors.Is(err, pipeline.ErrStale) || report != test.report {
				t.Errorf("%v, reported\n%s", err, report)
			}
			if diff := cmp.Diff(before, files(t)); diff != "" {
				t.Errorf("files differ (-before +after):\n%s", diff)
			}
		})
	}
	t.Run("nothing generated", func(t *testing.T) {
		enterCopy(t)
		before := files(t)
		report, err := generate(true)
		if !errors.Is(err, pipeline.ErrStale) {
			t.Errorf("%v", err)
		}
		if diff := cmp.Diff(before, files(t)); diff != "" {
			t.Errorf("files differ (-before +after):\n%s", diff)
		}
		if _, err := os.Stat("gen"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("gen is there: %v", err)
		}
		if would := mustGenerate(t); would != report {
			t.Errorf("Check reports\n%s\nRun\n%s", report, would)
		}
	})
}

const outdated = "// Code generated by schemagen from schema/old.go. DO NOT EDIT.\n\npackage old\n"

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func TestRunMends(t *testing.T) {
	tests := []struct {
		name   string
		change func(*testing.T)
		report string
	}{
		{
			"a file that does not parse", func(t *testing.T) { writeFile(t, "gen/users/repo.go", "package users {\x00") },
			"! gen/users/repo.go was edited by hand since it was generated; generating overwrites it\n",
		},
		{"an empty file", func(t *testing.T) { writeFile(t, "gen/gen.go", "") }, "! gen/gen.go was edited by hand since it was generated; generating overwrites it\n"},
		{"a missing file", func(t *testing.T) { remove(t, "gen/users/bson.go") }, "+ gen/users/bson.go\n"},
		{"a missing package", func(t *testing.T) { remove(t, "gen/users") }, "+ gen/users/\n"},
		{"a broken document", func(t *testing.T) { writeFile(t, "gen/openapi.json", "{") }, "! gen/openapi.json was edited by hand since it was generated; generating overwrites it\n"},
		{"a package of old", func(t *testing.T) { writeFile(t, "gen/old/doc.go", outdated) }, "- gen/old/\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			enterGenerated(t)
			whole := files(t)
			test.change(t)
			if report := mustGenerate(t); report != test.report {
				t.Errorf("it reports\n%s", report)
			}
			if diff := cmp.Diff(whole, files(t)); diff != "" {
				t.Errorf("files differ (-before +after):\n%s", diff)
			}
		})
	}
}

func TestRunKeepsWhatOthersWrote(t *testing.T) {
	enterGenerated(t)
	writeFile(t, "gen/users/extra.go", "package users\n")
	if report := mustGenerate(t); report != "" {
		t.Errorf("it reports\n%s", report)
	}
	if have := files(t)["gen/users/extra.go"]; have != "package users\n" {
		t.Errorf("it is %q", have)
	}
}

// Who is told that generated code is not current learns why, and what is lost.
func TestCheckTellsEditsFromChanges(t *testing.T) {
	enterGenerated(t)
	renamed := append([]def.Collection(nil), schema.Collections...)
	renamed[0].Doc += " So it is."
	check := func() string {
		err := pipeline.Run(pipeline.Config{Collections: renamed, Policy: schema.Policy, Check: true})
		if !errors.Is(err, pipeline.ErrStale) {
			t.Fatal(err)
		}
		return err.Error()
	}
	if text := check(); strings.Contains(text, "hand") {
		t.Errorf("what the declarations changed is reported as %q", text)
	}
	writeFile(t, "gen/users/doc.go", "package users\n")
	writeFile(t, "gen/openapi.json", "{}")
	if text := check(); !strings.HasSuffix(text, ", and overwrites what was edited by hand in gen/openapi.json, gen/users/doc.go") {
		t.Errorf("what was edited by hand is reported as %q", text)
	}
}

// What is no longer declared goes as a whole, and is one line of the report.
func TestRunRemovesPackages(t *testing.T) {
	enterGenerated(t)
	writeFile(t, "gen/sessions/json.go", "package sessions\n")
	fewer := slices.DeleteFunc(slices.Clone(schema.Collections), func(c def.Collection) bool { return c.Name == "sessions" })
	var report bytes.Buffer
	if err := pipeline.Run(pipeline.Config{Collections: fewer, Policy: schema.Policy, Report: &report}); err != nil {
		t.Fatal(err)
	}
	want := "~ gen/gen.go\n~ gen/gen.sum\n- gen/sessions/\n! gen/sessions/json.go was edited by hand since it was generated; generating removes it\n~ schema/baseline.jsonl\n"
	if report.String() != want {
		t.Errorf("it reports\n%s", &report)
	}
	if _, err := os.Lstat("gen/sessions"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("gen/sessions is there: %v", err)
	}
}

func TestMistakesWriteNothing(t *testing.T) {
	enterCopy(t)
	before := files(t)
	err := pipeline.Run(pipeline.Config{Collections: []def.Collection{{Name: "users", Entity: "user"}}, Policy: schema.Policy})
	if err == nil || errors.Is(err, pipeline.ErrStale) {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(before, files(t)); diff != "" {
		t.Errorf("files differ (-before +after):\n%s", diff)
	}
}
