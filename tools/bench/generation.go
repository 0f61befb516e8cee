package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/report"
)

const (
	generationTarget = 3 * time.Second
	rebuildTarget    = 2 * time.Second
	// longestFile is how many lines a generated file has at most, or about so.
	longestFile = 600
)

func (b *bench) generationSection() (s report.Section, err error) {
	s = report.Section{
		Title: "Generation",
		Text: fmt.Sprintf("A made-up schema of %d collections with %d fields each, in a module of its own, with this checkout's generator, built before. Medians of the time that passes, which grows where the machine has other work, with the CPU of the same run beside it and the spread of all runs. "+
			"Rebuilding is `go build ./gen/...` after one field of one collection was renamed and the code generated anew.", b.collections, b.fields),
	}
	dir, err := os.MkdirTemp("", "partywall-bench-")
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m := &synthetic{dir: dir, collections: b.collections, fields: b.fields}
	if err := m.lay(b.root); err != nil {
		return s, err
	}
	if b.profiles != "" {
		file, err := filepath.Abs(filepath.Join(b.profiles, "generation.cpu.pprof"))
		if err != nil {
			return s, err
		}
		if _, err := m.generate(file); err != nil {
			return s, err
		}
	}
	generated, err := m.generations(b.slow.Repetitions)
	if err != nil {
		return s, err
	}
	rebuilt, err := m.rebuilds(b.slow.Repetitions)
	if err != nil {
		return s, err
	}
	name, lines, err := m.longest()
	if err != nil {
		return s, err
	}
	what := fmt.Sprintf("%d collections × %d fields: ", b.collections, b.fields)
	s.Rows = []report.Row{
		timed(what+"generate", generated, "< 3 s", generationTarget),
		timed(what+"rebuild after one field changed", rebuilt, "≤ 2 s", rebuildTarget),
		report.Bound(what+"longest file", fmt.Sprintf("%d lines (`%s`)", lines, name), fmt.Sprintf("≤ about %d lines", longestFile), lines <= longestFile*11/10),
	}
	return s, nil
}

// command is what running a command once took: the time that passed, and CPU.
// Where the machine has other work the former grows and the latter hardly does.
type command struct{ passed, cpu time.Duration }

// timed is a row about the time that a command took in several runs.
func timed(what string, runs []command, target string, most time.Duration) report.Row {
	slices.SortFunc(runs, func(a, b command) int { return cmp.Compare(a.passed, b.passed) })
	median, last := runs[len(runs)/2], runs[len(runs)-1]
	ours := fmt.Sprintf("%s, %s CPU", report.Duration(float64(median.passed)), report.Duration(float64(median.cpu)))
	row := report.Bound(what, ours, target, median.passed <= most)
	row.Spread = report.Duration(float64(runs[0].passed)) + "–" + report.Duration(float64(last.passed))
	return row
}

// synthetic is a module with a schema that was made up.
type synthetic struct {
	dir                 string
	collections, fields int
}

// kinds are the types of fields, in turn.
var kinds = []string{
	"def.String", "def.Int", "def.Bool", "def.Float", "def.Time", "def.ObjectID", "def.List(def.String)",
	"def.Enum(\"red\", \"green\", \"blue\")", "def.Object(Address)", "def.Set(def.Enum(\"north\", \"south\"))",
}

// lay writes the module, and builds its generator.
func (m *synthetic) lay(root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	const module = "module github.com/partywall/partywall"
	text := strings.Replace(string(mod), module, "module example.com/synthetic", 1) +
		"\nrequire github.com/partywall/partywall v0.0.0-00010101000000-000000000000\n\nreplace github.com/partywall/partywall => " + root + "\n"
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return err
	}
	files := map[string]string{
		"go.mod": text, "go.sum": string(sums), "generate/main.go": generateMain, "schema/schema.go": m.schema(),
	}
	for i := range m.collections {
		files[m.file(i)] = m.collection(i, "field")
	}
	for name, content := range files {
		if err := m.write(name, content); err != nil {
			return err
		}
	}
	return m.buildGenerator()
}

const generateMain = `package main

import (
	"log"
	"os"
	"runtime/pprof"

	"example.com/synthetic/schema"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

// main takes the name of a file for a profile, or nothing.
func main() {
	if len(os.Args) > 1 {
		file, err := os.Create(os.Args[1])
		if err != nil {
			log.Fatal(err)
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	if err := pipeline.Run(pipeline.Config{Collections: schema.Collections, Policy: schema.Policy}); err != nil {
		log.Fatal(err)
	}
}
`

func (m *synthetic) schema() string {
	var b strings.Builder
	b.WriteString("// Package schema is made up.\npackage schema\n\nimport \"github.com/partywall/partywall/schema/def\"\n\nvar Policy = def.Policy{}\n\n")
	b.WriteString("var Address = def.Struct{\n\tName: \"Address\",\n\tDoc: \"Address is where something is.\",\n\tFields: []def.Field{\n")
	for _, name := range []string{"street", "city", "country"} {
		fmt.Fprintf(&b, "\t\t{Name: %q, Type: def.String, MaxLen: 100, Doc: \"%s is a part of it.\"},\n", name, strings.ToUpper(name[:1])+name[1:])
	}
	b.WriteString("\t},\n}\n\nvar Collections = []def.Collection{\n")
	for i := range m.collections {
		fmt.Fprintf(&b, "\tThing%d,\n", i)
	}
	b.WriteString("}\n")
	return b.String()
}

func (m *synthetic) file(i int) string { return fmt.Sprintf("schema/thing%d.go", i) }

// collection declares the i-th. Its second field starts with the given word.
func (m *synthetic) collection(i int, word string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package schema\n\nimport \"github.com/partywall/partywall/schema/def\"\n\n")
	fmt.Fprintf(&b, "var Thing%d = def.Collection{\n\tName: \"things%d\",\n\tEntity: \"Thing%d\",\n\tDoc: \"Thing%d is made up.\",\n\tTimestamps: true,\n", i, i, i, i)
	b.WriteString("\tFields: []def.Field{\n\t\t{Name: \"code\", Type: def.String, Required: true, MaxLen: 40, Doc: \"Code is what it is known by.\"},\n")
	for f := 1; f < m.fields; f++ {
		name := fmt.Sprintf("field%d", f)
		if f == 1 {
			name = word + "1"
		}
		fmt.Fprintf(&b, "\t\t{Name: %q, Type: %s, Doc: \"%s is made up.\"},\n", name, kinds[(f-1)%len(kinds)], strings.ToUpper(name[:1])+name[1:])
	}
	b.WriteString("\t},\n\tIndexes: []def.Index{{Keys: []string{\"code\"}, Unique: true}, {Keys: []string{\"createdAt\"}}},\n}\n")
	return b.String()
}

func (m *synthetic) write(name, content string) error {
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o600)
}

// run runs a command in the module.
func (m *synthetic) run(name string, args ...string) (took command, err error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = m.dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return took, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out.Bytes())
	}
	return command{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

func (m *synthetic) buildGenerator() error {
	_, err := m.run("go", "build", "-mod=mod", "-o", "generator", "./generate")
	return err
}

func (m *synthetic) generate(args ...string) (command, error) { return m.run("./generator", args...) }

func (m *synthetic) build() (command, error) { return m.run("go", "build", "-mod=mod", "./gen/...") }

// generations is what it takes to write everything, several times.
func (m *synthetic) generations(times int) (runs []command, err error) {
	for range times {
		if err := os.RemoveAll(filepath.Join(m.dir, "gen")); err != nil {
			return nil, err
		}
		took, err := m.generate()
		if err != nil {
			return nil, err
		}
		runs = append(runs, took)
	}
	return runs, nil
}

// rebuilds is what building takes after a field was renamed, several times. The
// field has a name that no build, not of an earlier run either, has seen.
func (m *synthetic) rebuilds(times int) (runs []command, err error) {
	if _, err := m.build(); err != nil {
		return nil, err
	}
	for range times {
		changed := m.collections / 2
		if err := m.write(m.file(changed), m.collection(changed, fmt.Sprintf("new%d", time.Now().UnixNano()))); err != nil {
			return nil, err
		}
		if err := m.buildGenerator(); err != nil {
			return nil, err
		}
		if _, err := m.generate(); err != nil {
			return nil, err
		}
		took, err := m.build()
		if err != nil {
			return nil, err
		}
		runs = append(runs, took)
	}
	return runs, nil
}

// longest is the generated Go file with the most lines.
func (m *synthetic) longest() (name string, lines int, err error) {
	gen := filepath.Join(m.dir, "gen")
	err = filepath.WalkDir(gen, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		content, err := os.ReadFile(path)
		if n := bytes.Count(content, []byte("\n")); n > lines {
			name, lines = strings.TrimPrefix(path, gen+"/"), n
		}
		return err
	})
	return name, lines, err
}
