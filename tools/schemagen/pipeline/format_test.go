package pipeline

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/imports"

	"github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/emit"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// odd has sentences with all that gofmt looks for in comments.
func odd() def.Collection {
	const text = "# not a heading\n- one\n- two\n\n1. first\n2. ``quoted''\n\n#\tcode\n//go:embed file\ngo:build none\n\n[link]: https://example.com\nDeprecated: it is"
	part := def.Struct{Name: "Part", Doc: "Part " + text, Fields: []def.Field{{Name: "text", Type: def.String, Pattern: "\\x20 \\n \"", Doc: "Text " + text}}}
	return def.Collection{
		Name: "odds", Entity: "Odd", Doc: "Odd " + text,
		Fields: []def.Field{
			{Name: "text", Type: def.String, Default: " \n ", Doc: "Text " + text},
			{Name: "part", Type: def.Object(part), Doc: "Part " + text},
			{Name: "colour", Type: def.NamedEnum("Colour", "red", "green  and blue"), Doc: "Colour " + text},
		},
		Indexes: []def.Index{{Keys: []string{"text"}, Doc: text}},
	}
}

// Files are formatted as if imports.Process were given the whole of each.
func TestFormattedAsByGoimports(t *testing.T) {
	for _, genPath := range []string{"example.com/copy/gen", "copy/gen"} {
		for name, raw := range emitted(t, genPath, schema.Collections) {
			compareWithGoimports(t, name, raw)
		}
	}
}

// Whatever a schema's sentences hold, nobody's editor changes the files.
func TestFormattedForGood(t *testing.T) {
	for name, raw := range emitted(t, "example.com/copy/gen", []def.Collection{odd()}) {
		content, err := formatFile(name, []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(content), goimports(t, name, string(content))); diff != "" {
			t.Errorf("goimports changes %s (-before +after):\n%s", name, diff)
		}
	}
}

// emitted returns the files of a schema before formatting.
func emitted(t *testing.T, genPath string, collections []def.Collection) map[string]string {
	t.Helper()
	loaded, err := model.Load(model.Input{Collections: collections, Dir: "schema", Root: "../../.."})
	if err != nil {
		t.Fatal(err)
	}
	files := []emit.File{emit.Root(loaded, genPath, "schema")}
	for _, c := range loaded.Collections {
		files = append(files, emit.Collection(c, genPath)...)
	}
	texts := map[string]string{}
	for _, f := range files {
		var raw bytes.Buffer
		if err := f.Go.Render(&raw); err != nil {
			t.Fatal(err)
		}
		texts[f.Path] = raw.String()
	}
	return texts
}

func goimports(t *testing.T, name, source string) string {
	t.Helper()
	content, err := imports.Process(name, []byte(source), &imports.Options{Comments: true, TabIndent: true, TabWidth: 8, FormatOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func compareWithGoimports(t *testing.T, name, source string) {
	t.Helper()
	have, err := formatFile(name, []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(goimports(t, name, source), string(have)); diff != "" {
		t.Errorf("%s differs (-goimports +have):\n%s", name, diff)
	}
}

func TestFormattedWhateverTheHead(t *testing.T) {
	const body = "// F is one.\nfunc F( ) {\nx:=1\n\n\n_ =x}\n"
	for name, head := range map[string]string{
		"no import":        "// Head.\n\n// Package p is one.\npackage p\n\n",
		"one import":       "package p\n\nimport \"time\"\n\n",
		"one group":        "package p\n\nimport (\n\"time\"\n\"context\"\n)\n\n",
		"two groups":       "package p\n\nimport (\n\"example.com/a\"\n\"time\"\n\"context\"\n_ \"embed\"\n)\n\n",
		"a module's own":   "package p\n\nimport (\n\"copy/gen/users\"\n\"time\"\n\"example.com/b\"\n)\n\n",
		"an import's name": "package p\n\nimport b \"example.com/a\"\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			compareWithGoimports(t, "p.go", head+body)
			compareWithGoimports(t, "p.go", head)
		})
	}
}

func TestFormattedRefusesWhatIsNoGo(t *testing.T) {
	for _, source := range []string{"", "pakage p", "package p\nimport (", "package p\nfunc {"} {
		if have, err := formatFile("p.go", []byte(source)); err == nil || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%q becomes %q, %v", source, have, err)
		}
	}
}
