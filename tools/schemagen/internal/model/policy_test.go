package model

import (
	"fmt"
	"testing"

	"github.com/partywall/partywall/schema/def"
)

func TestPolicyMistakes(t *testing.T) {
	for _, test := range []struct {
		name   string
		policy def.Policy
		want   []string
	}{
		{"right", def.Policy{Full: []string{"super"}, Barred: []string{"basic"}}, nil},
		{"unknown", def.Policy{Full: []string{"root"}, Barred: []string{"blocked"}}, []string{
			`schema: Policy: Full lists the unknown role "root"; write "super" or "basic"`,
			`schema: Policy: Barred lists the unknown role "blocked"; write "super" or "basic"`,
		}},
		{"twice", def.Policy{Full: []string{"super", "super"}, Barred: []string{"basic", "basic"}}, []string{
			`schema: Policy: Full lists the role "super" twice; write it once`,
			`schema: Policy: Barred lists the role "basic" twice; write it once`,
		}},
		{"in both", def.Policy{Full: []string{"super"}, Barred: []string{"super", "basic"}}, []string{
			`schema: Policy: the role "super" is in both Full and Barred; write it in one of them`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(t, test.policy, staff()...)
			compare(t, "mistakes", lines(err), test.want...)
		})
	}
	if _, err := load(t, def.Policy{Full: []string{"root"}}, person(text)); err != nil {
		t.Errorf("without users no role is known to be wrong: %v", err)
	}
	// A role may be anything: then it is not known which there are.
	for name, role := range map[string]def.Field{
		"a text":                   {Name: "role", Type: def.String},
		"an object without a name": {Name: "role", Type: def.Object(object("Role", def.Field{Name: "rank", Type: def.Int}))},
		"a name that is any text":  {Name: "role", Type: def.Object(object("Role", def.Field{Name: "name", Type: def.String}))},
	} {
		users := def.Collection{Name: "users", Entity: "User", Doc: "User is one.", Fields: documented([]def.Field{role})}
		if _, err := load(t, def.Policy{Full: []string{"root"}}, users); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRolesBesideOtherFields: the roles are found wherever users and their role stand.
func TestRolesBesideOtherFields(t *testing.T) {
	rank := def.Field{Name: "rank", Type: def.Enum("high", "low")}
	role := object("Role", rank, def.Field{Name: "name", Type: def.Enum("super", "basic")})
	users := def.Collection{Name: "users", Entity: "User", Doc: "User is one.", Fields: documented([]def.Field{rank, {Name: "role", Type: def.Object(role)}})}
	_, err := load(t, def.Policy{Full: []string{"high"}}, person(text), users)
	compare(t, "mistakes", lines(err), `schema: Policy: Full lists the unknown role "high"; write "super" or "basic"`)
}

// TestPermissionsAsDeepAsDocumentsNest finds the permissions in and behind everything that
// users may have.
func TestPermissionsAsDeepAsDocumentsNest(t *testing.T) {
	const deepest = 24
	in := func(wrap func(n int, t def.Type) def.Type) def.Type {
		may := def.NamedEnum("Permission", "look")
		for n := range deepest {
			may = wrap(n, may)
		}
		return may
	}
	inObject := func(n int, t def.Type) def.Type {
		return def.Object(object(fmt.Sprintf("S%d", n), text, def.Field{Name: "may", Type: t}))
	}
	for name, may := range map[string]def.Type{
		"objects": in(inObject),
		"lists":   in(func(_ int, t def.Type) def.Type { return def.List(t) }),
		"both": in(func(n int, t def.Type) def.Type {
			if n%2 == 0 {
				return def.Map(t)
			}
			return inObject(n, t)
		}),
	} {
		users := staff(def.Field{Name: "level", Type: def.NamedEnum("Level", "low")}, def.Field{Name: "may", Type: may})[0]
		users.Access = def.Access{Read: "look", Create: "look", Update: "look", Delete: "look"}
		if s, err := load(t, def.Policy{}, users); err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			compare(t, name, s.Permissions, "look")
		}
	}
}

// TestPermissionsInWhatContainsItself is over at all.
func TestPermissionsInWhatContainsItself(t *testing.T) {
	cycle := object("Cycle", def.Field{Name: "next"})
	cycle.Fields[0].Type = def.Type{Kind: def.KindObject, Struct: &cycle}
	list := def.Type{Kind: def.KindList}
	list.Elem = &list
	_, err := load(t, def.Policy{}, staff(def.Field{Name: "a", Type: def.Object(cycle)}, def.Field{Name: "b", Type: list})...)
	compare(t, "mistakes", lines(err),
		`schema: Cycle.next: is a Cycle within a Cycle; write a Struct of another Name`,
		`schema: User.b: nests more than 24 Objects, Lists, Sets and Maps; write a flatter document`,
	)
}
