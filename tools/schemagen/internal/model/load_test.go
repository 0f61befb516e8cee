package model

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// root returns a module's root whose folder schema holds files, by name.
func root(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "schema"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, "schema", name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load loads declarations without source: mistakes name the folder.
func load(t *testing.T, policy def.Policy, collections ...def.Collection) (*Schema, error) {
	t.Helper()
	return Load(Input{Collections: collections, Policy: policy, Dir: "schema", Root: root(t, nil)})
}

// resolve loads a collection that has no mistakes.
func resolve(t *testing.T, c def.Collection) *Collection {
	t.Helper()
	s, err := load(t, def.Policy{}, c)
	if err != nil {
		t.Fatal(err)
	}
	return s.Collections[0]
}

// person returns a collection of the given fields, each with a Doc.
func person(fields ...def.Field) def.Collection {
	return def.Collection{Name: "people", Entity: "Person", Doc: "Person is one.", Fields: documented(fields)}
}

// indexed returns person with indexes.
func indexed(c def.Collection, indexes ...def.Index) def.Collection {
	c.Indexes = indexes
	return c
}

// object returns a Struct of the given fields, each with a Doc.
func object(name string, fields ...def.Field) def.Struct {
	return def.Struct{Name: name, Doc: name + " is one.", Fields: documented(fields)}
}

func documented(fields []def.Field) []def.Field {
	fields = slices.Clone(fields)
	for i := range fields {
		if fields[i].Doc == "" {
			fields[i].Doc = goName(fields[i].Name) + " is one."
		}
	}
	return fields
}

var text = def.Field{Name: "text", Type: def.String}

func TestRealSchema(t *testing.T) {
	s, err := Load(Input{Collections: schema.Collections, Policy: schema.Policy, Dir: "schema", Root: "../../../.."})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Permissions, []string{"write", "read", "delete"}; !slices.Equal(got, want) {
		t.Errorf("permissions %q, want %q", got, want)
	}
	users := collectionNamed(t, s, "users")
	if users.Package != "users" || users.Title != "Users" || users.Source != "schema/user.go" || !users.Served() {
		t.Errorf("users: %+v", users)
	}
	if want := (def.Access{Read: "read", Create: "write", Update: "write", Delete: "delete"}); users.Access != want {
		t.Errorf("access %+v", users.Access)
	}
	tenants := collectionNamed(t, s, "tenants")
	if tenants.Source != "schema/tenant.go" || tenants.Served() {
		t.Errorf("tenants: %+v", tenants)
	}
	compare(t, "indexes", indexNames(users), "email_1", "role.name_1_createdAt_-1__id_-1")
	compare(t, "paths", pathNames(users), "_id ID", "email Email", "role.name RoleName", "createdAt CreatedAt")
	compare(t, "enums", enumNames(users),
		"RoleNameValue: RoleNameSuper RoleNameHos RoleNameAuditor RoleNameBasic RoleNameBlocked",
		"Permission: PermissionWrite PermissionRead PermissionDelete")
	state := fieldNamed(tenants.Fields, "state")
	if state.Default != "active" || state.Type.Enum.Go != "StateValue" || state.Type.Enum.Values[1].Go != "StateActive" {
		t.Errorf("state: %+v", state)
	}
	role := fieldNamed(users.Fields, "role")
	if len(users.Structs) != 1 || role.Type.Struct != users.Structs[0] || users.Paths[2].Field != role.Type.Struct.Fields[0] {
		t.Errorf("role: %+v", role)
	}
}

func collectionNamed(t *testing.T, s *Schema, name string) *Collection {
	t.Helper()
	i := slices.IndexFunc(s.Collections, func(c *Collection) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no collection %s", name)
	}
	return s.Collections[i]
}

func compare(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func indexNames(c *Collection) (names []string) {
	for _, x := range c.Indexes {
		names = append(names, x.Name)
	}
	return names
}

func pathNames(c *Collection) (names []string) {
	for _, p := range c.Paths {
		names = append(names, p.Name+" "+p.Go)
	}
	return names
}

func enumNames(c *Collection) (names []string) {
	for _, e := range c.Enums {
		line := e.Go + ":"
		for _, v := range e.Values {
			line += " " + v.Go
		}
		names = append(names, line)
	}
	return names
}

func structNames(c *Collection) (names []string) {
	for _, s := range c.Structs {
		names = append(names, s.Go)
	}
	return names
}

func TestValues(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	noon := time.Date(2024, 5, 1, 12, 0, 0, int(time.Millisecond), time.UTC)
	for _, test := range []struct {
		name      string
		kind      def.Kind
		give, get any
	}{
		{"int", def.KindInt, 3, int64(3)},
		{"int32", def.KindInt, int32(3), int64(3)},
		{"int64", def.KindInt, int64(3), int64(3)},
		{"float", def.KindFloat, 1.5, 1.5},
		{"float from int", def.KindFloat, 2, 2.0},
		{"float from int64", def.KindFloat, int64(2), 2.0},
		{"time", def.KindTime, noon.In(berlin), noon},
		{"bool", def.KindBool, false, false},
		{"string", def.KindString, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := def.Field{Name: "x", Type: def.Type{Kind: test.kind}, Default: test.give}
			if kind, _ := kinds.Of(test.kind); kind.Bounds {
				d.Min, d.Max = test.give, test.give
			}
			f := resolve(t, person(d)).Fields[0]
			if f.Default != test.get {
				t.Errorf("Default %T %v, want %T %v", f.Default, f.Default, test.get, test.get)
			}
			if d.Min != nil && (f.Min != test.get || f.Max != test.get) {
				t.Errorf("bounds %v to %v, want %v", f.Min, f.Max, test.get)
			}
		})
	}
}

func TestTypes(t *testing.T) {
	level := def.NamedEnum("Level", "low", "not-so-high", "100 %")
	city := object("City", def.Field{Name: "name", Type: def.String}, def.Field{Name: "level", Type: level})
	address := object("Address",
		def.Field{Name: "kind", Type: def.Enum("home", "work")},
		def.Field{Name: "city", Type: def.Object(city)})
	c := resolve(t, person(
		def.Field{Name: "addresses", Type: def.List(def.Object(address))},
		def.Field{Name: "level", Type: level},
		def.Field{Name: "birthplace", Type: def.Object(city)},
		def.Field{Name: "tag_ids", Type: def.Set(def.Enum("apiKey", "url"))},
	))
	compare(t, "structs", structNames(c), "City", "Address")
	compare(t, "enums", enumNames(c),
		"AddressKindValue: AddressKindHome AddressKindWork",
		"Level: LevelLow LevelNotSoHigh Level100",
		"TagIdsValue: TagIdsAPIKey TagIdsURL")
	if c.Fields[1].Type.Enum != c.Structs[0].Fields[1].Type.Enum || c.Fields[2].Type.Struct != c.Structs[0] {
		t.Error("a type that is used twice is not one type")
	}
}

func TestIndexes(t *testing.T) {
	item := object("Item", def.Field{Name: "sku", Type: def.String}, def.Field{Name: "sizes", Type: def.List(def.Int)})
	c := person(
		def.Field{Name: "email", Type: def.String, Required: true},
		def.Field{Name: "tags", Type: def.Set(def.String)},
		def.Field{Name: "items", Type: def.List(def.Object(item))},
	)
	c.Timestamps = true
	got := resolve(t, indexed(c,
		def.Index{Keys: []string{"-email"}, Unique: true, Sparse: true, Doc: "One each."},
		def.Index{Keys: []string{"tags", "-updatedAt"}},
		def.Index{Keys: []string{"items.sku"}, Name: "sku"},
		def.Index{Keys: []string{"items.sizes", "-_id"}},
		def.Index{Keys: []string{"_id", "email"}},
	))
	compare(t, "indexes", indexNames(got), "email_-1", "tags_1_updatedAt_-1__id_-1", "sku", "items.sizes_1__id_-1", "_id_1_email_1")
	compare(t, "paths", pathNames(got), "_id ID", "email Email", "tags Tags", "updatedAt UpdatedAt", "items.sku ItemsSku", "items.sizes ItemsSizes")
	if keys := got.Indexes[2].Keys; len(keys) != 2 || keys[1].Path != got.Paths[0] || keys[1].Descending {
		t.Errorf("_id is not appended to a named index: %v", keys)
	}
	if x := got.Indexes[0]; !x.Unique || !x.Sparse || x.Doc != "One each." || !x.Keys[0].Descending {
		t.Errorf("index %+v", x)
	}
	many := map[string]bool{"tags": true, "items.sku": true, "items.sizes": true}
	for _, p := range got.Paths {
		if p.Many != many[p.Name] || p.Type.Elem != nil {
			t.Errorf("path %s: Many is %v, Type %v", p.Name, p.Many, p.Type)
		}
	}
	if id := got.Paths[0]; id.Field != nil || id.Type.Name != def.KindObjectID {
		t.Errorf("_id: %+v", id)
	}
}

func TestAccessAndScope(t *testing.T) {
	c := person(text)
	c.Access = def.Access{Read: "write"}
	c.Private = true
	got := resolve(t, c)
	if want := (def.Access{Read: "write", Create: "write", Update: "write", Delete: "delete"}); got.Access != want {
		t.Errorf("access %+v, want %+v", got.Access, want)
	}
	if got.Served() || !got.Private || got.Admin {
		t.Errorf("a Private collection: %+v", got)
	}
	c = person(text)
	c.Scope, c.Name = def.Admin, "login"
	if got := resolve(t, c); got.Served() || !got.Admin {
		t.Errorf("an Admin collection: %+v", got)
	}
}

// TestRefs: a reference is found at its path, and expanded where the other collection is
// served.
func TestRefs(t *testing.T) {
	called := func(name, entity string, change func(*def.Collection)) def.Collection {
		c := person(text)
		c.Name, c.Entity, c.Doc = name, entity, entity+" is one."
		change(&c)
		return c
	}
	line := object("Line", text, def.Field{Name: "item", Type: def.Ref("items")})
	order := called("orders", "Order", func(c *def.Collection) {
		c.Fields = documented([]def.Field{
			{Name: "by", Type: def.Ref("orders")}, {Name: "lines", Type: def.List(def.Object(line))},
			{Name: "seen", Type: def.Set(def.Ref("notes"))}, {Name: "parts", Type: def.Map(def.Ref("items"))},
		})
	})
	tenant := called("tenants", "Tenant", func(c *def.Collection) {
		c.Scope, c.Fields = def.Admin, documented([]def.Field{{Name: "of", Type: def.Ref("tenants")}})
	})
	s, err := load(t, def.Policy{}, order, tenant,
		called("items", "Item", func(*def.Collection) {}), called("notes", "Note", func(c *def.Collection) { c.Private = true }))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "references of orders", refNames(s.Collections[0]), "by orders true", "lines.item items true", "seen notes false", "parts.* items true")
	compare(t, "references of tenants", refNames(s.Collections[1]), "of tenants false")
}

func refNames(c *Collection) (names []string) {
	for _, r := range c.Refs {
		names = append(names, fmt.Sprintf("%s %s %t", r.Path, r.Collection, r.Expandable))
	}
	return names
}

// A text that is brought to one form has a codec of its own.
func TestFolded(t *testing.T) {
	for folded, f := range map[bool][]def.Field{
		true:  {{Format: def.Email}, {Format: def.Currency}, {Trim: true}, {Lower: true}, {Upper: true, Format: def.URL}},
		false: {{}, {Format: def.URL}, {Format: def.Date, MaxLen: 10}},
	} {
		for _, f := range f {
			f.Name, f.Type = "mail", def.String
			c := resolve(t, person(text, f))
			if have := c.Fields[1].Type.Of == c.Fields[1]; have != folded {
				t.Errorf("%+v is folded: %v", f, have)
			}
		}
	}
}

// What lacks a sentence gets a plain one, and a warning.
func TestWarnings(t *testing.T) {
	s, err := load(t, def.Policy{}, def.Collection{Name: "people", Entity: "Person", Fields: []def.Field{
		{Name: "userId", Type: def.Int},
		{Name: "home", Type: def.Object(def.Struct{Name: "Address", Fields: []def.Field{{Name: "zip", Type: def.String, Doc: "Zip is the place."}}})},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := `warning: schema: Person: has no Doc; write a sentence that starts with "Person"
warning: schema: Person.userId: has no Doc; write a sentence that starts with "UserID"
warning: schema: Person.home: has no Doc; write a sentence that starts with "Home"
warning: schema: Address: has no Doc; write a sentence that starts with "Address"
`
	var have strings.Builder
	for _, w := range s.Warnings {
		have.WriteString(w.String() + "\n")
	}
	if diff := cmp.Diff(want, have.String()); diff != "" {
		t.Errorf("-want +have:\n%s", diff)
	}
	c := s.Collections[0]
	for _, doc := range []struct{ have, want string }{
		{c.Doc, "Person is a document of the collection people."}, {c.Fields[0].Doc, "UserID is a whole number."}, {c.Fields[1].Doc, "Home is an Address."},
		{c.Structs[0].Doc, "Address is an object within a document."},
	} {
		if doc.have != doc.want {
			t.Errorf("%q, want %q", doc.have, doc.want)
		}
	}
}
