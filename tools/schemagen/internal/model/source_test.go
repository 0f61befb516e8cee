package model

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/partywall/partywall/schema/def"
)

func TestSources(t *testing.T) {
	const header = "package schema\n\nimport d \"github.com/partywall/partywall/schema/def\"\n\n"
	dir := root(t, map[string]string{
		"user.go":       header + `var User = d.Collection{Name: "users", Entity: "User"}` + "\n",
		"listed.go":     header + `var All = []d.Collection{{Name: "listed", Entity: "Listed"}}` + "\n",
		"mapped.go":     header + `var Mapped = map[string]*d.Collection{"x": {Name: "mapped", Entity: "Mapped"}}` + "\n",
		"role.go":       header + `var Role = &d.Struct{Name: "Role"}` + "\n",
		"level.go":      header + `var Level = d.NamedEnum("Level", "low")` + "\n",
		"typed.go":      header + `var Typed = []d.Struct{d.Struct{Name: "Typed"}}` + "\n",
		"positional.go": header + `var Positional = d.Collection{"positional", "Positional", "", d.PerTenant, nil, []d.Index{}, false, true, d.Access{}}` + "\n",
		"nameless.go":   header + `var Nameless = d.Collection{Name: "nameless"}` + "\n",
		"shared.go":     header + `var Shared = d.Collection{Name: "shared", Entity: "Shared", Fields: []d.Field{field}, Indexes: indexes}` + "\n",
		"computed.go": header + `
func Computed(name string) d.Collection { return d.Collection{Name: name, Entity: "Computed"} }
func Entity(name string) d.Collection { return d.Collection{Name: "computed", Entity: name} }
func Struct(name string) d.Struct { return d.Struct{Name: name} }
func Level(name string) d.Type { return d.NamedEnum(name, "low") }
var Inline = d.Enum("Inline")
`,
		"foreign.go": "package schema\n\nimport (\n\t\"strings\"\n\n\td \"github.com/partywall/partywall/schema/def\"\n\t\"example.com/foreign\"\n)\n" + `
type Struct struct{ Name string }
var Local = Struct{Name: "Local"}
var Foreign = foreign.Struct{Name: "Foreign"}
var Replaced = strings.NewReplacer("a", "b").Replace("c")
var None d.Type
`,
		"_old.go":      "package schema broken",
		".hidden.go":   "package schema broken",
		"policy.go":    header + `var Policy = d.Policy{}` + "\n",
		"dot.go":       "package schema\n\nimport . \"github.com/partywall/partywall/schema/def\"\n\nvar Dot = Struct{Name: `Dot`}\n",
		"other.go":     "package schema\n\nimport \"example.com/def\"\n\nvar Other = def.Struct{Name: \"Other\"}\n",
		"user_test.go": "package schema broken",
		"notes.txt":    "not Go",
	})
	if err := os.Mkdir(filepath.Join(dir, "schema", "folder.go"), 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := readSources(dir, "./schema/")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what  string
		files []declared
		want  string
	}{
		{"user", s.collections[collectionKey{"users", "User"}], "schema/user.go"},
		{"in a list", s.collections[collectionKey{"listed", "Listed"}], "schema/listed.go"},
		{"in a map", s.collections[collectionKey{"mapped", "Mapped"}], "schema/mapped.go"},
		{"without an entity", s.collections[collectionKey{"nameless", ""}], "schema/nameless.go"},
		{"without names of members", s.collections[collectionKey{"positional", "Positional"}], "schema"},
		{"with shared fields", s.collections[collectionKey{"shared", "Shared"}], "schema/shared.go"},
		{"computed", s.collections[collectionKey{"x", "Computed"}], "schema"},
		{"computed, not left out", s.collections[collectionKey{"", "Computed"}], "schema"},
		{"with a computed entity", s.collections[collectionKey{"computed", ""}], "schema"},
		{"computed struct", s.structs[""], "schema"},
		{"computed enum", s.enums[""], "schema"},
		{"an enum without a name", s.enums["Inline"], "schema"},
		{"a type of the schema's own", s.structs["Local"], "schema"},
		{"a type of another package", s.structs["Foreign"], "schema"},
		{"another function", s.enums["c"], "schema"},
		{"struct", s.structs["Role"], "schema/role.go"},
		{"dot import", s.structs["Dot"], "schema/dot.go"},
		{"another def", s.structs["Other"], "schema"},
		{"enum", s.enums["Level"], "schema/level.go"},
	} {
		if got := s.nth(test.files, 0).source; got != test.want {
			t.Errorf("%s: %s, want %s", test.what, got, test.want)
		}
	}
	if got := s.structs["Typed"]; len(got) != 1 || got[0].source != "schema/typed.go" {
		t.Errorf("a struct in a list, with its type: %v", got)
	}
	if got := s.policy().source; got != "schema/policy.go" {
		t.Errorf("policy: %s", got)
	}
}

func TestSourceOfMistakes(t *testing.T) {
	const header = "package schema\n\nimport \"github.com/partywall/partywall/schema/def\"\n\n"
	dir := root(t, map[string]string{
		"user.go":  header + `var User = def.Collection{Name: "users", Entity: "User", Fields: []def.Field{{Name: "role", Type: def.Object(def.Struct{Name: "Role"})}}}` + "\n",
		"a.go":     header + `var A = def.NamedEnum("Level", "low")` + "\n",
		"b.go":     header + `var B = def.NamedEnum("Level", "high")` + "\n",
		"rules.go": header + `var Policy = def.Policy{Full: []string{"super", "super"}}` + "\n",
	})
	user := def.Collection{Name: "users", Entity: "User", Doc: "User is one.", Fields: documented([]def.Field{
		{Name: "role", Type: def.Object(object("Role", def.Field{Name: "old", Type: def.Int, Pattern: "x"}))},
		{Name: "a", Type: def.NamedEnum("Level", "low")},
		{Name: "b", Type: def.NamedEnum("Level", "high")},
		{Name: "c", Type: def.String, Max: 3},
	})}
	_, err := Load(Input{Collections: []def.Collection{user}, Policy: def.Policy{Full: []string{"super", "super"}}, Dir: "schema", Root: dir})
	compare(t, "mistakes", lines(err),
		`schema/user.go:5: Role.old: Pattern is for String, not Int; write no Pattern`,
		`schema/b.go:5: Level: differs from the NamedEnum of this name in schema/a.go; write another name, or the same values`,
		`schema/user.go:5: User.c: Max is for Int, Float, Decimal and Time, not String; write MaxLen`,
		`schema/rules.go:5: Policy: Full lists the role "super" twice; write it once`,
	)
}

// TestLineOfTheSame: of declarations that nothing tells apart, the first is found for the
// first use and so on, the last for all that follow.
func TestLineOfTheSame(t *testing.T) {
	dir := root(t, map[string]string{"user.go": `package schema

import "github.com/partywall/partywall/schema/def"

var User = def.Collection{Name: "users", Entity: "User"}
var Again = def.Collection{Name: "users", Entity: "User"}
`})
	user := def.Collection{Name: "users", Entity: "User", Doc: "User is one.", Fields: documented([]def.Field{text})}
	_, err := Load(Input{Collections: []def.Collection{user, user, user}, Dir: "schema", Root: dir})
	compare(t, "mistakes", lines(err),
		`schema/user.go:6: User: the Name "users" is also that of User in schema/user.go; write a Name of its own`,
		`schema/user.go:6: User: the Entity "User" is also that of the collection "users" in schema/user.go; write an Entity of its own`,
	)
}

func TestLineOfMistakes(t *testing.T) {
	dir := root(t, map[string]string{"user.go": `package schema

import "github.com/partywall/partywall/schema/def"

var User = def.Collection{
	Name:   "users",
	Entity: "User",
	Fields: []def.Field{
		{Name: "a"},
		{
			Name: "b",
		},
	},
	Indexes: []def.Index{
		{Keys: []string{"a"}},
		{},
	},
}
`})
	user := def.Collection{Name: "users", Entity: "User", Fields: documented([]def.Field{
		{Name: "a", Type: def.String, Max: 3}, {Name: "b", Type: def.Int, Pattern: "x"}, {Name: "computed", Type: def.Int, Pattern: "x"},
	}), Indexes: []def.Index{{Keys: []string{"nowhere"}}, {}, {}}}
	_, err := Load(Input{Collections: []def.Collection{user}, Dir: "schema", Root: dir})
	compare(t, "mistakes", lines(err),
		`schema/user.go:9: User.a: Max is for Int, Float, Decimal and Time, not String; write MaxLen`,
		`schema/user.go:10: User.b: Pattern is for String, not Int; write no Pattern`,
		`schema/user.go:5: User.computed: Pattern is for String, not Int; write no Pattern`,
		`schema/user.go:15: User index nowhere_1__id_1: there is no field "nowhere"; write a field there is, such as computed`,
		`schema/user.go:16: User index 2: has no Keys; write the path of at least one field`,
		`schema/user.go:5: User index 3: has no Keys; write the path of at least one field`,
	)
}

func TestSourceDoesNotParse(t *testing.T) {
	dir := root(t, map[string]string{"user.go": "package schema\n\nvar User = \n", "b.go": "package"})
	_, err := Load(Input{Dir: "schema", Root: dir})
	for _, want := range []string{"schema/user.go:3:13: ", "schema/b.go:1:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
	if _, err := Load(Input{Dir: "nowhere", Root: dir}); err == nil {
		t.Error("a folder that is not there is no error")
	}
	dir = root(t, nil)
	if err := os.Symlink("nowhere", filepath.Join(dir, "schema", "gone.go")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Input{Dir: "schema", Root: dir}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a file that cannot be read: %v", err)
	}
}

func lines(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}
