package model

import (
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
