package pipeline_test

import (
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

var everyName = flag.Bool("every-name", false, "give collections, fields and values every name that generated code declares, not some")

// telling are names that once did not compile somewhere, or are likeliest not to.
var telling = []string{"ctx", "err", "handle", "repository", "read", "some", "created", "n", "r", "d", "dst", "store", "log", "members"}

// Whatever generated code calls its variables, parameters, imports, functions and
// methods, a schema may give the same name to a collection, field, value or type: it
// compiles, or it is a mistake.
func TestEveryIdentifierIsAName(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	lookAtRuntime(t)
	dir := t.TempDir()
	writeModule(t, dir)
	writeFile(t, filepath.Join(dir, "schema", "schema.go"), "package schema\n")
	t.Chdir(dir)
	generateAll(t, []def.Collection{named("thing", "plain")}, "first")
	names := telling
	if *everyName {
		names = identifiers(t, "first")
		for _, name := range telling {
			if !slices.Contains(names, name) {
				t.Errorf("generated code declares no %s any more", name)
			}
		}
	}
	var all []def.Collection
	for _, name := range names {
		c := named(strings.ToLower(name), name)
		if !isTaken(t, c) {
			c = named("odd_"+c.Name, name)
		}
		known := slices.ContainsFunc(all, func(o def.Collection) bool { return o.Name == c.Name })
		if !known && isTaken(t, c) {
			all = append(all, c)
		}
	}
	if len(all) < len(names)/2 {
		t.Errorf("only %d collections of %d names are taken", len(all), len(names))
	}
	generateAll(t, all, "gen")
	run(t, ".", "go", "vet", "./gen/...")
}

// isTaken reports whether c is no mistake.
func isTaken(t *testing.T, c def.Collection) bool {
	t.Helper()
	_, err := model.Load(model.Input{Collections: []def.Collection{c}, Dir: "schema", Root: "."})
	if mistakes := (model.Mistakes)(nil); err != nil && !errors.As(err, &mistakes) {
		t.Fatal(err)
	}
	return err == nil
}

func generateAll(t *testing.T, collections []def.Collection, out string) {
	t.Helper()
	if err := pipeline.Run(pipeline.Config{Collections: collections, Out: out}); err != nil {
		t.Fatal(err)
	}
}

// identifiers returns all names that the generated code in a folder declares,
// imports among them, and those that Go has.
func identifiers(t *testing.T, folder string) []string {
	t.Helper()
	found := map[string]bool{}
	for _, name := range types.Universe.Names() {
		found[name] = true
	}
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		found[tok.String()] = true
	}
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.go"))
	if err != nil || files == nil {
		t.Fatal(files, err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if n.Obj != nil || n.IsExported() {
					found[n.Name] = true
				}
			case *ast.FuncDecl:
				found[n.Name.Name] = true
			case *ast.ImportSpec:
				found[filepath.Base(strings.Trim(n.Path.Value, `"`))] = true
			}
			return true
		})
	}
	delete(found, "_")
	return slices.Sorted(maps.Keys(found))
}

// goName returns a stored name in Go, as far as those here need it.
func goName(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part == "id" {
			part = "ID"
		}
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// named returns a collection of every kind of field and index whose fields, values
// and types are called name.
func named(collection, name string) def.Collection {
	entity := "X" + strings.ReplaceAll(collection, "_", "")
	upper := strings.ToUpper(name[:1]) + name[1:]
	inner := def.Struct{Name: "In" + upper, Doc: "In" + upper + " is inside.", Fields: []def.Field{
		{Name: name, Type: def.String, Required: true, Doc: goName(name) + " is one."},
		{Name: "n", Type: def.Int, Default: 3, Min: 1, Doc: "N is one."},
	}}
	if name == "n" || name == "N" {
		inner.Fields = inner.Fields[:1]
	}
	field := func(suffix string, f def.Field) def.Field {
		f.Name = name + suffix
		f.Doc = goName(f.Name) + " is one."
		return f
	}
	return def.Collection{
		Name: collection, Entity: entity, Doc: entity + " is one.", Timestamps: true,
		Fields: []def.Field{
			field("", def.Field{Type: def.Secret, Required: true}),
			field("_id", def.Field{Type: def.ObjectID, Required: true}),
			field("_s", def.Field{Type: def.String, Required: true}),
			field("_t", def.Field{Type: def.Time, Default: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}),
			field("_e", def.Field{Type: def.Enum(name, "other")}),
			field("_ne", def.Field{Type: def.NamedEnum(upper+"Kind", name, "other"), Default: "other"}),
			field("_o", def.Field{Type: def.Object(inner)}),
			field("_l", def.Field{Type: def.List(def.Object(inner)), MaxLen: 9}),
			field("_m", def.Field{Type: def.Map(def.Object(inner))}),
			field("_d", def.Field{Type: def.Decimal, Max: "9"}),
			field("_b", def.Field{Type: def.Bytes}),
			field("_f", def.Field{Type: def.Float, Min: 0}),
		},
		Indexes: []def.Index{
			{Keys: []string{name + "_s"}, Unique: true},
			{Keys: []string{name + "_id", name + "_o." + name}},
			{Keys: []string{name + "_e", name + "_ne", name + "_t"}},
		},
	}
}
