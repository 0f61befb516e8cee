package auth_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/gen/users"
	"github.com/partywall/partywall/schema"
)

var policy = auth.NewPolicy(schema.Policy.Full, schema.Policy.Barred)

// TestPolicy has a row a rule.
func TestPolicy(t *testing.T) {
	self := bson.NewObjectID()
	collection := users.Collection()
	super := &auth.Actor{User: bson.NewObjectID(), Role: "super"}
	writer := &auth.Actor{User: self, Role: "hos", Permissions: []string{"write"}}
	reader := &auth.Actor{User: self, Role: "auditor", Permissions: []string{"read"}}
	blocked := &auth.Actor{User: self, Role: "blocked", Permissions: []string{"read", "write", "delete"}}
	operator := &auth.Actor{Permissions: []string{"write"}}
	own := &auth.User{ID: self, Role: "hos"}
	other := &auth.User{ID: bson.NewObjectID(), Role: "basic"}
	chief := &auth.User{ID: bson.NewObjectID(), Role: "super"}
	nobody := &auth.User{Role: "basic"}

	allow := func(a *auth.Actor, permission string) error { return policy.Allow(a, permission) }
	set := func(a *auth.Actor, members ...string) error { return policy.AllowMembers(a, &collection, members) }
	change := func(a *auth.Actor, target *auth.User, members ...string) error {
		return errors.Join(policy.AllowUser(a, target), policy.AllowUserMembers(a, target, members))
	}
	for _, rule := range []struct {
		name string
		err  error
		may  bool
	}{
		{"a full role needs no permission", allow(super, "delete"), true},
		{"a permission that is listed", allow(reader, "read"), true},
		{"a permission that is not", allow(reader, "write"), false},
		{"a permission nobody has", allow(reader, "approve"), false},
		{"a barred role, whatever is listed", allow(blocked, "read"), false},
		{"a barred role, where nothing is asked", policy.Admit(blocked), false},
		{"any other, where nothing is asked", policy.Admit(&auth.Actor{}), true},

		{"an operator's token has its permissions", allow(operator, "write"), true},
		{"an operator's token has no others", allow(operator, "read"), false},

		{"a reserved member, by its role", set(super, "name", "role"), true},
		{"a reserved member, by another", set(writer, "name", "role"), false},
		{"members that are not reserved", set(writer, "name", "email", "password"), true},

		{"a full user, changed by a full role", change(super, chief, "name"), true},
		{"a full user, changed by another", change(writer, chief, "name"), false},
		{"a user, renamed by a writer", change(writer, other, "name"), true},
		{"a password, by a full role", change(super, other, "password"), true},
		{"a password, by a writer", change(writer, other, "password"), false},
		{"one's own password, past the current one", change(writer, own, "password"), false},
		{"an email, by its owner", change(writer, own, "email"), true},
		{"an email, by another", change(writer, other, "email"), false},
		{"an email, by a full role", change(super, other, "email"), true},
		{"an email, by an operator without a full role", change(operator, nobody, "email"), false},
	} {
		if (rule.err == nil) != rule.may {
			t.Errorf("%s: %v", rule.name, rule.err)
		}
		if rule.err != nil && !errors.Is(rule.err, auth.ErrForbidden) {
			t.Errorf("%s: %v is not ErrForbidden", rule.name, rule.err)
		}
	}
}
