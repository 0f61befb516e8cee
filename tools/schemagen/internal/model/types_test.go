package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/partywall/partywall/schema/def"
)

func TestEnumMistakes(t *testing.T) {
	enum := func(values ...string) []def.Collection { return field(def.Field{Type: def.Enum(values...)}) }
	named := func(name string, values ...string) []def.Collection {
		return field(def.Field{Type: def.NamedEnum(name, values...)})
	}
	checkMistakes(t, []mistaken{
		{"right", enum("a", "in-progress", "5 stars", strings.Repeat("a", 120)), nil},
		{"no values", enum(), []string{
			`schema: Person.x: the enum has no values; write at least one`,
		}},
		{"no values, named", named("Level"), []string{
			`schema: Level: the enum has no values; write at least one`,
		}},
		{"twice", enum("a", "b", "a"), []string{
			`schema: Person.x: the enum has the value "a" twice; write it once`,
		}},
		{"empty value", enum("a", ""), []string{
			`schema: Person.x: the enum has an empty value; write a non-empty value: a missing field has none of them anyway`,
		}},
		{"long value", enum(strings.Repeat("a", 121)), []string{
			`schema: Person.x: the enum has a value of 121 bytes; write at most 120`,
		}},
		{"control character", enum("a\tb"), []string{
			`schema: Person.x: the enum's value "a\tb" has control characters, quotes, backslashes or invalid UTF-8; write a value without`,
		}},
		{"double quote", enum(`a"b`), []string{
			`schema: Person.x: the enum's value "a\"b" has control characters, quotes, backslashes or invalid UTF-8; write a value without`,
		}},
		{"single quote", enum("a'b"), []string{
			`schema: Person.x: the enum's value "a'b" has control characters, quotes, backslashes or invalid UTF-8; write a value without`,
		}},
		{"backtick", enum("a`b"), []string{
			"schema: Person.x: the enum's value \"a`b\" has control characters, quotes, backslashes or invalid UTF-8; write a value without",
		}},
		{"backslash", enum(`a\b`), []string{
			`schema: Person.x: the enum's value "a\\b" has control characters, quotes, backslashes or invalid UTF-8; write a value without`,
		}},
		{"not UTF-8", enum("a\xff"), []string{
			`schema: Person.x: the enum's value "a\xff" has control characters, quotes, backslashes or invalid UTF-8; write a value without`,
		}},
		{"no letter", enum("+", "-"), []string{
			`schema: Person.x: the enum's value "+" gives its constant no name in Go; write a value with a letter or digit`,
			`schema: Person.x: the enum's value "-" gives its constant no name in Go; write a value with a letter or digit`,
		}},
		{"same Go name", enum("in-progress", "inProgress"), []string{
			`schema: Person.x: the enum's values "in-progress" and "inProgress" are both XInProgress in Go; write values that differ in letters or digits`,
		}},
		{"three of one Go name", enum("in-progress", "inProgress", "in progress"), []string{
			`schema: Person.x: the enum's values "in-progress" and "inProgress" are both XInProgress in Go; write values that differ in letters or digits`,
			`schema: Person.x: the enum's values "in-progress" and "in progress" are both XInProgress in Go; write values that differ in letters or digits`,
		}},
		{"no letter, and an index", one(enum("+")[0], func(c *def.Collection) { c.Indexes = []def.Index{{Keys: []string{"x"}}} }), []string{
			`schema: Person.x: the enum's value "+" gives its constant no name in Go; write a value with a letter or digit`,
		}},
		{"list of enum", field(def.Field{Type: def.List(def.Enum("a", "a"))}), []string{
			`schema: Person.x: the enum has the value "a" twice; write it once`,
		}},
		{"not exported", named("level", "low"), []string{
			`schema: level: the NamedEnum's name "level" is not an exported Go name; write a capital letter, then letters and digits`,
		}},
		{"no name", named("", "low", "values"), []string{
			`schema: Person.x: the NamedEnum's name "" is not an exported Go name; write a capital letter, then letters and digits`,
		}},
		{"used twice", []def.Collection{person(
			def.Field{Name: "a", Type: def.NamedEnum("Level", "low")},
			def.Field{Name: "b", Type: def.Set(def.NamedEnum("Level", "low"))},
		)}, nil},
		{"two of one name", []def.Collection{person(
			def.Field{Name: "a", Type: def.NamedEnum("Level", "low")},
			def.Field{Name: "b", Type: def.NamedEnum("Level", "high")},
		)}, []string{
			`schema: Level: differs from the NamedEnum of this name in schema; write another name, or the same values`,
		}},
	})
}

func TestStructMistakes(t *testing.T) {
	wrong := def.Object(object("Part", def.Field{Name: "n", Type: def.Int, MaxLen: 1}))
	pets := person(def.Field{Name: "part", Type: wrong})
	pets.Name, pets.Entity, pets.Doc = "pets", "Pet", "Pet is one."
	nested := object("Part", def.Field{Name: "inner", Type: def.Object(object("Part", text))})
	checkMistakes(t, []mistaken{
		{"not exported", field(def.Field{Type: def.Object(object("part", text))}), []string{
			`schema: part: the Struct's Name "part" is not an exported Go name; write a capital letter, then letters and digits`,
		}},
		{"no name", field(def.Field{Type: def.Object(object("", text))}), []string{
			`schema: Person.x: the Struct's Name "" is not an exported Go name; write a capital letter, then letters and digits`,
		}},
		{"no name, no doc", field(def.Field{Type: def.Object(def.Struct{Fields: documented([]def.Field{text})})}), []string{
			`schema: Person.x: the Struct's Name "" is not an exported Go name; write a capital letter, then letters and digits`,
		}},
		{"no name within no name", field(def.Field{Type: def.Object(object("", def.Field{Name: "inner", Type: def.Object(object("", text))}))}), []string{
			`schema: Person.x: the Struct's Name "" is not an exported Go name; write a capital letter, then letters and digits`,
			`schema: Person.x.inner: the Struct's Name "" is not an exported Go name; write a capital letter, then letters and digits`,
		}},
		{"no fields", field(def.Field{Type: def.Object(object("Part"))}), []string{
			`schema: Part: has no Fields; write at least one field`,
		}},
		{"no doc", field(def.Field{Type: def.Object(def.Struct{Name: "Part", Fields: documented([]def.Field{text})})}), nil},
		{"doc of something else", field(def.Field{Type: def.Object(def.Struct{Name: "Part", Doc: "A part.", Fields: documented([]def.Field{text})})}), []string{
			`schema: Part: the Doc does not start with "Part"; write "Part …"`,
		}},
		{"used twice", []def.Collection{person(
			def.Field{Name: "a", Type: wrong},
			def.Field{Name: "b", Type: def.List(wrong)},
		), pets}, []string{
			`schema: Part.n: MaxLen is for String, Secret, Bytes, List, Set, Map and Any, not Int; write Max`,
		}},
		{"two of one name", []def.Collection{person(
			def.Field{Name: "a", Type: def.Object(object("Part", text))},
			def.Field{Name: "b", Type: def.Object(object("Part", def.Field{Name: "n", Type: def.Int}))},
		)}, []string{
			`schema: Part: differs from the Struct of this Name in schema; write another Name, or the same Struct in both places`,
		}},
		{"two that differ in an element", []def.Collection{person(
			def.Field{Name: "a", Type: def.Object(object("Part", def.Field{Name: "n", Type: def.List(def.Int)}))},
			def.Field{Name: "b", Type: def.Object(object("Part", def.Field{Name: "n", Type: def.List(def.String)}))},
		)}, []string{
			`schema: Part: differs from the Struct of this Name in schema; write another Name, or the same Struct in both places`,
		}},
		{"two that differ within", []def.Collection{person(
			def.Field{Name: "a", Type: def.Object(object("Part", def.Field{Name: "n", Type: def.Object(object("Inner", text))}))},
			def.Field{Name: "b", Type: def.Object(object("Part", def.Field{Name: "n", Type: def.Object(object("Inner", text, def.Field{Name: "m", Type: def.Int}))}))},
		)}, []string{
			`schema: Part: differs from the Struct of this Name in schema; write another Name, or the same Struct in both places`,
			`schema: Inner: differs from the Struct of this Name in schema; write another Name, or the same Struct in both places`,
		}},
		{"two that differ in a default", []def.Collection{person(
			def.Field{Name: "a", Type: def.Object(object("Part", def.Field{Name: "n", Type: def.Int, Default: 1}))},
			def.Field{Name: "b", Type: def.Object(object("Part", def.Field{Name: "n", Type: def.Int, Default: 2}))},
		)}, []string{
			`schema: Part: differs from the Struct of this Name in schema; write another Name, or the same Struct in both places`,
		}},
		{"within itself", field(def.Field{Type: def.Object(nested)}), []string{
			`schema: Part.inner: is a Part within a Part; write a Struct of another Name`,
		}},
	})
}

func TestExportedNameMistakes(t *testing.T) {
	email := def.Field{Name: "email", Type: def.String}
	byEmail := def.Index{Keys: []string{"email"}}
	generated := func(name string) []def.Collection {
		return field(def.Field{Type: def.NamedEnum(name, "a")})
	}
	checkMistakes(t, []mistaken{
		{"New", generated("New"), []string{
			`schema: New: the Go name New is that of the generated New and of the NamedEnum New; write another name for the NamedEnum`,
		}},
		{"Patch", generated("Patch"), []string{
			`schema: Patch: the Go name Patch is that of the generated Patch and of the NamedEnum Patch; write another name for the NamedEnum`,
		}},
		{"Query", generated("Query"), []string{
			`schema: Query: the Go name Query is that of the generated Query and of the NamedEnum Query; write another name for the NamedEnum`,
		}},
		{"Filter", generated("Filter"), []string{
			`schema: Filter: the Go name Filter is that of the generated Filter and of the NamedEnum Filter; write another name for the NamedEnum`,
		}},
		{"Page", generated("Page"), []string{
			`schema: Page: the Go name Page is that of the generated Page and of the NamedEnum Page; write another name for the NamedEnum`,
		}},
		{"Repository", generated("Repository"), []string{
			`schema: Repository: the Go name Repository is that of the generated Repository and of the NamedEnum Repository; write another name for the NamedEnum`,
		}},
		{"In", generated("In"), []string{
			`schema: In: the Go name In is that of the generated In and of the NamedEnum In; write another name for the NamedEnum`,
		}},
		{"Collection", generated("Collection"), []string{
			`schema: Collection: the Go name Collection is that of the generated Collection and of the NamedEnum Collection; write another name for the NamedEnum`,
		}},
		{"entity", generated("Person"), []string{
			`schema: Person: the Go name Person is that of the Entity and of the NamedEnum Person; write another name for the NamedEnum`,
		}},
		{"ID", generated("ID"), []string{
			`schema: ID: the Go name ID is that of the variable of _id and of the NamedEnum ID; write another name for the NamedEnum`,
		}},
		{"path is generated", []def.Collection{indexed(person(def.Field{Name: "page", Type: def.Int}), def.Index{Keys: []string{"page"}})}, []string{
			`schema: Person index page_1__id_1: the Go name Page is that of the generated Page and of the variable of the indexed path page; write another name for the field`,
		}},
		{"path is the entity", []def.Collection{indexed(person(def.Field{Name: "person", Type: def.Int}), def.Index{Keys: []string{"person"}})}, []string{
			`schema: Person index person_1__id_1: the Go name Person is that of the Entity and of the variable of the indexed path person; write another name for the field`,
		}},
		{"two paths", []def.Collection{indexed(person(
			def.Field{Name: "role", Type: def.Object(object("Part", def.Field{Name: "name", Type: def.String}))},
			def.Field{Name: "roleName", Type: def.String},
		), def.Index{Keys: []string{"role.name"}}, def.Index{Keys: []string{"roleName"}})}, []string{
			`schema: Person index roleName_1__id_1: the Go name RoleName is that of the variable of the indexed path role.name and of the variable of the indexed path roleName; write another name for the field`,
		}},
		{"struct and path", []def.Collection{indexed(person(email, def.Field{Name: "x", Type: def.Object(object("Email", text))}), byEmail)}, []string{
			`schema: Email: the Go name Email is that of the variable of the indexed path email and of the Struct Email; write another Name for the Struct`,
		}},
		{"enum and path", []def.Collection{indexed(person(email, def.Field{Name: "x", Type: def.NamedEnum("Email", "a")}), byEmail)}, []string{
			`schema: Email: the Go name Email is that of the variable of the indexed path email and of the NamedEnum Email; write another name for the NamedEnum`,
		}},
		{"struct and patch", []def.Collection{person(
			def.Field{Name: "a", Type: def.Object(object("Part", text))},
			def.Field{Name: "b", Type: def.Object(object("PartPatch", text))},
		)}, []string{
			`schema: PartPatch: the Go name PartPatch is that of the patch of the Struct Part and of the Struct PartPatch; write another Name for the Struct`,
		}},
		{"enum and struct", []def.Collection{person(
			def.Field{Name: "a", Type: def.Object(object("Part", text))},
			def.Field{Name: "b", Type: def.NamedEnum("Part", "a")},
		)}, []string{
			`schema: Part: the Go name Part is that of the Struct Part and of the NamedEnum Part; write another name for the NamedEnum`,
		}},
		{"enum and constant", []def.Collection{person(
			def.Field{Name: "a", Type: def.NamedEnum("Level", "low")},
			def.Field{Name: "b", Type: def.NamedEnum("LevelLow", "a")},
		)}, []string{
			`schema: LevelLow: the Go name LevelLow is that of "low" in the NamedEnum Level and of the NamedEnum LevelLow; write another name for the NamedEnum`,
		}},
		{"enum and second constant", []def.Collection{person(
			def.Field{Name: "a", Type: def.NamedEnum("Level", "low", "high")},
			def.Field{Name: "b", Type: def.NamedEnum("LevelHigh", "a")},
		)}, []string{
			`schema: LevelHigh: the Go name LevelHigh is that of "high" in the NamedEnum Level and of the NamedEnum LevelHigh; write another name for the NamedEnum`,
		}},
		{"enum and list", []def.Collection{person(
			def.Field{Name: "a", Type: def.NamedEnum("Level", "low")},
			def.Field{Name: "b", Type: def.NamedEnum("LevelValues", "a")},
		)}, []string{
			`schema: LevelValues: the Go name LevelValues is that of the list of the NamedEnum Level and of the NamedEnum LevelValues; write another name for the NamedEnum`,
		}},
		{"enum and lookup", []def.Collection{indexed(person(
			def.Field{Name: "email", Type: def.String, Required: true},
			def.Field{Name: "role", Type: def.NamedEnum("ByEmailAndRole", "a"), Required: true},
		), def.Index{Keys: []string{"email", "role"}, Unique: true})}, []string{
			`schema: ByEmailAndRole: the Go name ByEmailAndRole is that of the lookup by email and role and of the NamedEnum ByEmailAndRole; write another name for the NamedEnum`,
		}},
		{"enum called as an index that is no lookup", []def.Collection{indexed(person(
			def.Field{Name: "email", Type: def.NamedEnum("ByEmail", "a"), Required: true},
			def.Field{Name: "tags", Type: def.Set(def.NamedEnum("ByTags", "a")), Required: true},
		), def.Index{Keys: []string{"email"}}, def.Index{Keys: []string{"tags"}, Unique: true})}, nil},
		{"no entity, and paths without a name in Go", one(indexed(person(def.Field{Name: "_", Type: def.Int}, def.Field{Name: "__", Type: def.Int}),
			def.Index{Keys: []string{"_"}}, def.Index{Keys: []string{"__"}}), func(c *def.Collection) { c.Entity = "" }), []string{
			`schema: people: has no Entity; write the Go type of a document, such as "User"`,
			`schema: people._: the name "_" does not fit BSON and Go; write a letter from a to z, then letters, digits and _ only`,
			`schema: people.__: the name "__" does not fit BSON and Go; write a letter from a to z, then letters, digits and _ only`,
		}},
		{"constant and path", []def.Collection{indexed(person(
			def.Field{Name: "state", Type: def.Enum("old")},
			def.Field{Name: "stateOld", Type: def.Int},
		), def.Index{Keys: []string{"stateOld"}})}, []string{
			`schema: Person.state: the Go name StateOld is that of the variable of the indexed path stateOld and of "old" in the enum of Person.state; write another name for the field, or a NamedEnum`,
		}},
		{"two inline enums", []def.Collection{person(
			def.Field{Name: "role", Type: def.Object(object("Role", def.Field{Name: "name", Type: def.Enum("a")}))},
			def.Field{Name: "roleName", Type: def.Enum("b")},
		)}, []string{
			`schema: Person.roleName: the Go name RoleNameValue is that of the enum of Role.name and of the enum of Person.roleName; write another name for the field, or a NamedEnum`,
		}},
	})
}

// TestUnindexedPaths: every scalar has a variable, also if its name is taken.
func TestUnindexedPaths(t *testing.T) {
	t.Parallel()
	person := indexed(person(
		def.Field{Name: "page", Type: def.String}, def.Field{Name: "roleName", Type: def.String}, def.Field{Name: "mood", Type: def.NamedEnum("Mood", "low")},
		def.Field{Name: "role", Type: def.Object(def.Struct{Name: "Role", Doc: "Role is one.", Fields: []def.Field{{Name: "name", Type: def.String, Doc: "Name is one."}, {Name: "ends", Type: def.List(def.Time), Doc: "Ends are some."}}})},
		def.Field{Name: "notes", Type: def.Map(def.String)}, def.Field{Name: "pin", Type: def.Secret}, def.Field{Name: "n", Type: def.Int},
	), def.Index{Keys: []string{"n"}}, def.Index{Keys: []string{"updatedAt"}})
	person.Timestamps = true
	c := resolve(t, person)
	var got []string
	for _, p := range c.Unindexed {
		got = append(got, fmt.Sprintf("%s %s %t", p.Name, p.Go, p.Many))
	}
	want := []string{"page PageField false", "roleName RoleName false", "mood MoodField false", "role.name RoleNameField false", "role.ends RoleEnds true", "createdAt CreatedAt false"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	person.Timestamps, person.Indexes = false, nil
	for _, p := range resolve(t, person).Unindexed {
		if slices.Contains([]string{"createdAt", "updatedAt"}, p.Name) {
			t.Errorf("%s, which is not stored, has a variable", p.Name)
		}
	}
}
