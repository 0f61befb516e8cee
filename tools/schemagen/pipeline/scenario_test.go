package pipeline_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/tools/txtar"
)

// A scenario is an archive in testdata, whose files say by their names what they
// are:
//
//	schema/…   the declarations
//	before/…   what is in the output folder before
//	gen/…      a file that must be generated, exactly so; where names follow, with *
//	           for any letters, what the file declares by these names
//	report     the lines that the run must report
//	notes      what it must say about stored documents
//	baseline   the baseline that it must leave
//	error      the error that it must end in, which leaves the output folder as it
//	           was; without this file, none
//	after      the names of all files that are in the output folder then
//
// A schema is Go, so that the scenarios are made one module, and one program
// that runs them all. What they generate is vetted, and its tests are run.
var (
	update = flag.Bool("update", false, "write what the scenarios give to testdata")
	fuzz   = flag.Duration("fuzz-generated", 0, "for how long to compare a generated codec with the driver's")
)

const (
	repository = "../../.."
	testdata   = "../testdata"
	module     = "example.com/scenarios"
)

type scenario struct {
	name    string
	archive *txtar.Archive
}

func TestScenarios(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles and runs generated code")
	}
	lookAtRuntime(t)
	scenarios := readScenarios(t)
	dir := t.TempDir()
	writeModule(t, dir)
	for _, s := range scenarios {
		s.write(t, dir)
	}
	writeFile(t, filepath.Join(dir, "main.go"), program(scenarios))
	run(t, dir, "go", "run", ".")
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			s.compare(t, dir)
			checkUsed(t, filepath.Join(dir, s.name, "gen"))
		})
	}
	t.Run("vet", func(t *testing.T) { run(t, dir, "go", "vet", "./...") })
	t.Run("test", func(t *testing.T) { run(t, dir, "go", append([]string{"test", "-vet=off"}, tested(scenarios)...)...) })
	if *fuzz > 0 {
		run(t, filepath.Join(dir, "driver"), "go", "test", "-run=^$", "-fuzz=LikeTheDriver", "-fuzztime="+fuzz.String(), "-fuzzminimizetime=1x", "./gen/things")
	}
	t.Run("gofmt", func(t *testing.T) {
		if out := run(t, dir, "gofmt", "-l", "."); out != "" {
			t.Errorf("not formatted:\n%s", out)
		}
	})
}

// tested returns the generated packages that come with a test.
func tested(scenarios []scenario) []string {
	var packages []string
	for _, s := range scenarios {
		for _, f := range s.archive.Files {
			if name, ok := strings.CutPrefix(f.Name, "before/"); ok && strings.HasSuffix(name, "_test.go") {
				packages = append(packages, "./"+path.Join(s.name, "gen", path.Dir(name)))
			}
		}
	}
	return slices.Compact(packages)
}

// lookAtRuntime looks at the sources that generated code is compiled with: go
// test keeps a result for as long as what the test itself looked at stays the
// same.
func lookAtRuntime(t *testing.T) {
	t.Helper()
	for _, pattern := range []string{"api/wire/*.go", "api/meta/*.go", "api/store/*.go", "api/internal/handle/*.go"} {
		files, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func readScenarios(t *testing.T) []scenario {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testdata, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	var list []scenario
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, scenario{strings.TrimSuffix(filepath.Base(file), ".txtar"), archive})
	}
	return list
}

// writeModule writes a go.mod that requires what this repository requires, so
// that nothing has to be fetched.
func writeModule(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	own := mod.Module.Mod.Path
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	if err := errorOf(mod.AddModuleStmt(module), mod.AddRequire(own, "v0.0.0"), mod.AddReplace(own, "", root, "")); err != nil {
		t.Fatal(err)
	}
	if text, err = mod.Format(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "go.mod"), string(text))
	sums, err := os.ReadFile(filepath.Join(repository, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "go.sum"), string(sums))
}

func errorOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// program returns the Go program that runs every scenario, and leaves beside its
// output what it reported and its error.
func program(scenarios []scenario) string {
	var imports, calls strings.Builder
	for _, s := range scenarios {
		fmt.Fprintf(&imports, "\t%s \"%s/%s/schema\"\n", s.name, module, s.name)
		fmt.Fprintf(&calls, "\trun(%q, pipeline.Config{Collections: %s.Collections, Policy: %[1]s.Policy})\n", s.name, s.name)
	}
	return fmt.Sprintf(`package main

import (
	"bytes"
	"os"

	"github.com/partywall/partywall/tools/schemagen/pipeline"

%s)

func main() {
%s}

func run(name string, cfg pipeline.Config) {
	var report, notes bytes.Buffer
	cfg.Source, cfg.Out, cfg.Report, cfg.Notes = name+"/schema", name+"/gen", &report, &notes
	if err := pipeline.Run(cfg); err != nil {
		write(name+"/error", err.Error()+"\n")
	}
	write(name+"/report", report.String())
	write(name+"/notes", notes.String())
}

func write(name, text string) {
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		panic(err)
	}
}
`, imports.String(), calls.String())
}

// write writes the scenario's input to its folder in dir.
func (s scenario) write(t *testing.T, dir string) {
	t.Helper()
	for _, f := range s.archive.Files {
		if strings.HasPrefix(f.Name, "schema/") {
			writeFile(t, filepath.Join(dir, s.name, f.Name), string(f.Data))
		}
		if name, ok := strings.CutPrefix(f.Name, "before/"); ok {
			writeFile(t, filepath.Join(dir, s.name, "gen", name), string(f.Data))
		}
	}
}

// compare compares what the scenario gave with what it must, or notes it there.
func (s scenario) compare(t *testing.T, dir string) {
	t.Helper()
	given := s.given(t, filepath.Join(dir, s.name))
	known := map[string]bool{}
	for i := range s.archive.Files {
		f := &s.archive.Files[i]
		known[f.Name] = true
		if strings.HasPrefix(f.Name, "schema/") || strings.HasPrefix(f.Name, "before/") {
			continue
		}
		name, declared, part := strings.Cut(f.Name, " ")
		have, ok := given[name]
		if part {
			have = excerpt(t, have, strings.Fields(declared))
		}
		switch {
		case !ok:
			t.Errorf("there is no %s", name)
		case *update:
			f.Data = []byte(have)
		default:
			if diff := cmp.Diff(string(f.Data), have); diff != "" {
				t.Errorf("%s differs; -update accepts it (-want +have):\n%s", f.Name, diff)
			}
		}
	}
	if text, failed := given["error"]; failed {
		if !known["error"] {
			t.Fatalf("it ended in an error:\n%s", text)
		}
		s.expectUntouched(t, given)
	}
	if *update {
		writeFile(t, filepath.Join(testdata, s.name+".txtar"), string(txtar.Format(s.archive)))
	}
}

// expectUntouched expects the output folder to hold what it held before.
func (s scenario) expectUntouched(t *testing.T, given map[string]string) {
	t.Helper()
	before, after := map[string]string{}, map[string]string{}
	for _, f := range s.archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "before/"); ok {
			before[name] = string(f.Data)
		}
	}
	for name, text := range given {
		if name, ok := strings.CutPrefix(name, "gen/"); ok {
			after[name] = text
		}
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("something was written (-before +after):\n%s", diff)
	}
}

// given returns what the scenario in dir gave, by the names that files in a
// scenario have.
func (s scenario) given(t *testing.T, dir string) map[string]string {
	t.Helper()
	given := map[string]string{}
	var after bytes.Buffer
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if out, ok := strings.CutPrefix(name, "gen/"); ok {
			fmt.Fprintln(&after, out)
		}
		text, err := os.ReadFile(path)
		given[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	given["after"], given["baseline"] = after.String(), given["schema/baseline.jsonl"]
	return given
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs a command in dir, without the network, and returns what it prints.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod -trimpath", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}
