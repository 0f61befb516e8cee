package model

import (
	"testing"

	"github.com/partywall/partywall/schema/def"
)

// mistaken is a declaration with the lines it is answered with. Loaded without
// source, it stands in the folder schema.
type mistaken struct {
	name  string
	given []def.Collection
	want  []string
}

func checkMistakes(t *testing.T, tests []mistaken) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := load(t, def.Policy{}, test.given...)
			compare(t, "mistakes", lines(err), test.want...)
			if s != nil && err != nil {
				t.Error("there is a schema besides the mistakes")
			}
		})
	}
}

// one returns a single collection, one that differs from a right one in what change
// does.
func one(c def.Collection, change func(*def.Collection)) []def.Collection {
	change(&c)
	return []def.Collection{c}
}

// field returns a single collection of a single field called x.
func field(f def.Field) []def.Collection {
	f.Name = "x"
	return []def.Collection{person(f)}
}

// staff returns a single collection users with roles, and the given fields.
func staff(fields ...def.Field) []def.Collection {
	role := object("Role", def.Field{Name: "name", Type: def.Enum("super", "basic")})
	fields = append([]def.Field{{Name: "role", Type: def.Object(role)}}, fields...)
	return []def.Collection{{Name: "users", Entity: "User", Doc: "User is one.", Fields: documented(fields)}}
}

// TestAllAtOnce declares much that is wrong: each is a line, in declared order.
func TestAllAtOnce(t *testing.T) {
	broken := object("broken",
		def.Field{Name: "a", Type: def.Secret},
		def.Field{Name: "b", Type: def.Int, SetBy: []string{"super"}},
		def.Field{Name: "c.d", Type: def.Int},
	)
	users := def.Collection{
		Name: "Users", Entity: "user", Timestamps: true, Scope: def.Admin, Private: true,
		Access: def.Access{Read: "see"},
		Fields: []def.Field{
			{},
			{Name: "_id", Type: def.Int, Doc: "ID."},
			{Name: "createdAt", Type: def.Int, Doc: "CreatedAt is."},
			{Name: "n", Type: def.Int, Default: "1", Min: 5, Max: 3, MinLen: 1, Pattern: "(", Format: "phone"},
			{Name: "n", Type: def.Object(broken), Default: 1, MaxLen: -1, Doc: "A number."},
			{Name: "s", Type: def.String, Required: true, Default: "long", MinLen: 3, MaxLen: 2, Pattern: "[a-z]", Format: def.Email, SetBy: []string{"a", "a"}, Doc: "S is."},
			{Name: "again", Type: def.Object(broken), Doc: "Again is."},
			{Name: "e", Type: def.Enum("", "a", "a", "A", "\n"), Default: "z", Doc: "E is."},
			{Name: "l", Type: def.Set(def.List(def.Int)), Doc: "L is."},
		},
		Indexes: []def.Index{
			{},
			{Keys: []string{"nothing", "nothing"}, Unique: true},
			{Keys: []string{"s.t"}},
			{Keys: []string{"again"}, Name: "*"},
			{Keys: []string{"_id"}},
		},
	}
	_, err := load(t, def.Policy{Full: []string{"a", "a"}, Barred: []string{"a"}}, users, def.Collection{Name: "Users", Entity: "user"})
	compare(t, "mistakes", lines(err),
		`schema: user: the Name "Users" does not fit URLs and MongoDB; write a lower-case letter, then letters, digits and _ only`,
		`schema: user: the Entity "user" is not an exported Go name; write a capital letter, then letters and digits`,
		`schema: user: an Admin collection is never served; write no Private`,
		`schema: user: an Admin collection is never served, so nobody needs a permission for it; write nothing for Access`,
		`schema: user field 1: has no Name; write the Name it is stored under`,
		`schema: user field 1: has no Type; write one of package def's, such as def.String`,
		`schema: user._id: the name "_id" is reserved; write another name`,
		`schema: user.createdAt: the name "createdAt" is reserved where Timestamps is set; write no such field: the repository maintains it`,
		`schema: user.n: Min 5 is above Max 3; write Min and Max the other way round`,
		`schema: user.n: MinLen is for String, Secret, Bytes, List, Set, Map and Any, not Int; write Min`,
		`schema: user.n: Pattern is for String, not Int; write no Pattern`,
		`schema: user.n: Format is for String, not Int; write no Format`,
		`schema: user.n: the Format "phone" is unknown; write one of package def's, such as def.Email`,
		`schema: user.n: the Pattern "(" does not compile: missing closing ); write a regular expression as package regexp reads them`,
		`schema: user.n: the Default is of Go type string, not Int; write an integer`,
		`schema: user.n: is declared twice; write it once`,
		`schema: user.n: the Doc does not start with "N"; write "N …"`,
		`schema: broken: the Struct's Name "broken" is not an exported Go name; write a capital letter, then letters and digits`,
		`schema: broken.a: a Secret can only be a field of the collection itself; write it as a field of the collection`,
		`schema: broken.b: SetBy is only for fields of the collection itself; write it on the field that holds the Object`,
		`schema: broken.c.d: the name "c.d" does not fit BSON and Go; write a letter from a to z, then letters, digits and _ only`,
		`schema: user.n: MaxLen is for String, Secret, Bytes, List, Set, Map and Any, not Object; write no MaxLen`,
		`schema: user.n: the Default is of Go type int, not Object; write def.FieldDefaults`,
		`schema: user.s: SetBy lists the role "a" twice; write it once`,
		`schema: user.s: is Required but has SetBy: nobody else could create the document; write a Default, or no Required`,
		`schema: user.s: MinLen 3 is above MaxLen 2; write MinLen and MaxLen the other way round`,
		`schema: user.s: is Required, so its Default is never used; write one of the two`,
		`schema: user.s: the Default "long" is longer than MaxLen 2; write a shorter Default`,
		`schema: user.s: the Default "long" does not match the Pattern "[a-z]"; write a Default that does`,
		`schema: user.s: the Default "long" is not as the field is stored; write it as its Format, Trim, Lower and Upper make it`,
		`schema: user.e: the enum has an empty value; write a non-empty value: a missing field has none of them anyway`,
		`schema: user.e: the enum has the value "a" twice; write it once`,
		`schema: user.e: the enum's values "a" and "A" are both EA in Go; write values that differ in letters or digits`,
		`schema: user.e: the enum's value "\n" has control characters, quotes, backslashes or invalid UTF-8; write a value without`,
		`schema: user.e: the Default "z" is not one of the enum's values; write "", "a", "A" or "\n"`,
		`schema: user.l: is a Set of List, whose values cannot be compared; write a List of List`,
		`schema: user index 1: has no Keys; write the path of at least one field`,
		`schema: user index nothing_1_nothing_1: has the key "nothing" twice; write it once`,
		`schema: user index nothing_1_nothing_1: there is no field "nothing"; write a field there is, such as _id`,
		`schema: user index s.t_1__id_1: s.t runs through s, which has no members; write s alone`,
		`schema: user index *: the name "*" is MongoDB's own; write another Name`,
		`schema: user index *: again is an Object; write the path of one of its members, such as again.b`,
		`schema: user index _id_1: indexes _id alone, as MongoDB does by itself; write no such index`,
		`schema: user: has no Fields; write at least one field`,
		`schema: user: the Name "Users" is also that of user in schema; write a Name of its own`,
		`schema: user: the Entity "user" is also that of the collection "Users" in schema; write an Entity of its own`,
		`schema: Policy: Full lists the role "a" twice; write it once`,
		`schema: Policy: the role "a" is in both Full and Barred; write it in one of them`,
	)
}

func TestMistakeOnTheFirstLine(t *testing.T) {
	m := Mistake{Source: "schema/user.go", Line: 1, Path: "User.a", Problem: "is wrong", Remedy: "it right"}
	if got, want := m.String(), "schema/user.go:1: User.a: is wrong; write it right"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
