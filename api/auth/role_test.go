package auth_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

// TestJudge reads users of every form. Who has no full role may change those alone
// whose role is known to be none.
func TestJudge(t *testing.T) {
	collection := users.Collection()
	people := auth.NewUsers(&collection)
	writer := &auth.Actor{User: bson.NewObjectID(), Role: "hos", Permissions: []string{"write"}}
	super := &auth.Actor{User: bson.NewObjectID(), Role: "super"}
	id := bson.NewObjectID()
	role := func(value any) bson.D { return bson.D{{Key: "role", Value: value}} }
	named := func(name any) bson.D { return role(bson.D{{Key: "name", Value: name}}) }
	for name, test := range map[string]struct {
		has  bson.D
		role string
		// open reports whether a writer may change it.
		open bool
	}{
		"without a role":                  {nil, "basic", true},
		"a role without a name":           {role(bson.D{}), "basic", true},
		"a role that is null":             {role(nil), "basic", true},
		"a name that is null":             {named(nil), "basic", true},
		"a role":                          {named("hos"), "hos", true},
		"a full role":                     {named("super"), "super", false},
		"a full role, stored as its name": {role("super"), "super", false},
		"a role, stored as its name":      {role("auditor"), "auditor", true},
		"a role that nobody knows":        {named("emperor"), "", false},
		"a name that nobody knows":        {role("emperor"), "", false},
		"a role that is a number":         {role(7), "", false},
		"a role that is a list":           {role(bson.A{"basic"}), "", false},
		"a name that is a list":           {named(bson.A{"basic"}), "", false},
		"whatever else does not fit": {bson.D{
			{Key: "name", Value: 5}, {Key: "email", Value: bson.A{}}, {Key: "password", Value: true},
			{Key: "role", Value: bson.D{{Key: "permission", Value: "all"}, {Key: "name", Value: "hos"}}},
		}, "hos", true},
	} {
		doc, err := bson.Marshal(append(bson.D{{Key: "_id", Value: id}, {Key: "_rev", Value: int64(3)}}, test.has...))
		if err != nil {
			t.Fatal(err)
		}
		user := people.DecodeRole(doc)
		if user.ID != id || user.Rev != store.RevOf(doc, "updatedAt") || user.Role != test.role {
			t.Errorf("%s: %+v", name, user)
		}
		if err := policy.AllowUser(writer, user); (err == nil) != test.open {
			t.Errorf("%s, changed by a writer: %v", name, err)
		}
		if err := policy.AllowUser(super, user); err != nil {
			t.Errorf("%s, changed by a full role: %v", name, err)
		}
	}
	if user := people.DecodeRole(nil); !user.ID.IsZero() || user.Role != "basic" {
		t.Errorf("nobody: %+v", user)
	}
}
