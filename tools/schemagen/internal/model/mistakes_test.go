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

func check(t *testing.T, tests []mistaken) {
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

// one is a single collection, one that differs from a right one in what change
// does.
func one(c def.Collection, change func(*def.Collection)) []def.Collection {
	change(&c)
	return []def.Collection{c}
}

// field is a single collection of a single field called x.
func field(f def.Field) []def.Collection {
	f.Name = "x"
	return []def.Collection{person(f)}
}

// staff is a single collection users with roles, and the given fields.
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
			{Name: "l", Type: def.List(def.List(def.Int)), Doc: "L is."},
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
	)
}
