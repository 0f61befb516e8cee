package rest

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

// accounts returns the users and another collection, by the rules of accounts.
func accounts() (people, others *resource) {
	c := users.Collection()
	a := &api{Config: Config{Users: auth.NewUsers(&c), Policy: auth.NewPolicy([]string{"super"}, []string{"blocked"})}}
	return &resource{api: a, c: &c}, &resource{api: a, c: &shelves}
}

func userOf(t *testing.T, members bson.D) bson.Raw {
	t.Helper()
	doc, err := bson.Marshal(append(bson.D{{Key: "_id", Value: bson.ObjectID{1}}, {Key: "name", Value: "Ada"}, {Key: "email", Value: "ada@example.com"}}, members...))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestRulesOfAccounts has a row for each member that somebody changes of somebody's
// account. In other collections all of them may be changed and removed.
func TestRulesOfAccounts(t *testing.T) {
	t.Parallel()
	people, others := accounts()
	role := func(name string) bson.D { return bson.D{{Key: "role", Value: bson.D{{Key: "name", Value: name}}}} }
	super, self, writer := auth.Actor{Role: "super"}, auth.Actor{Role: "basic", User: bson.ObjectID{1}}, auth.Actor{Role: "basic", User: bson.ObjectID{2}}
	for name, test := range map[string]struct {
		actor          auth.Actor
		stored         bson.D
		member         string
		change, remove bool // whether it may be
	}{
		"a super, anything":             {super, role("super"), "password", true, true},
		"a super, a role":               {super, role("basic"), "role", true, true},
		"oneself, the name":             {self, role("basic"), "name", true, true},
		"oneself, the address":          {self, role("basic"), "email", true, true},
		"oneself, the password":         {self, role("basic"), "password", false, true},
		"oneself, the role":             {self, role("basic"), "role", false, true},
		"another, the name":             {writer, role("basic"), "name", true, true},
		"another, the address":          {writer, role("basic"), "email", false, true},
		"another, a super's name":       {writer, role("super"), "name", false, false},
		"another, whose role is what?":  {writer, bson.D{{Key: "role", Value: 7}}, "name", false, false},
		"another, whose role is no one": {writer, nil, "name", true, true},
	} {
		doc := userOf(t, test.stored)
		s, members := &session{actor: &test.actor}, []string{test.member}
		user := people.account(doc)
		if err := people.allowChange(s, user, members); (err == nil) != test.change || err != nil && !errors.Is(err, auth.ErrForbidden) {
			t.Errorf("%s, to change: %v", name, err)
		}
		if err := people.allowRemoval(s, user); (err == nil) != test.remove || err != nil && !errors.Is(err, auth.ErrForbidden) {
			t.Errorf("%s, to remove: %v", name, err)
		}
		if user := others.account(doc); user != nil {
			t.Errorf("%s: there is a user in %s", name, others.c.Name)
		}
		for what, err := range map[string]error{
			"change": others.allowChange(s, nil, members), "remove": others.allowRemoval(s, nil),
			"settle a change of": others.afterUpdate(t.Context(), s, bson.ObjectID{1}, members), "settle the removal of": others.afterDelete(t.Context(), s, bson.ObjectID{1}),
		} {
			if err != nil {
				t.Errorf("%s, to %s what is no account: %v", name, what, err)
			}
		}
	}
	reserved := &resource{api: others.api, c: &raw.Collection{Collection: meta.Collection{Fields: []meta.Field{{Name: "state", SetBy: []string{"hos"}}}}}}
	for member, role := range map[string]string{"state": "hos", "name": "basic"} {
		if err := reserved.allowChange(&session{actor: &auth.Actor{Role: role}}, nil, []string{member}); err != nil {
			t.Errorf("%s, by %s: %v", member, role, err)
		}
	}
	if err := reserved.allowChange(&session{actor: &auth.Actor{Role: "basic"}}, nil, []string{"state"}); !errors.Is(err, auth.ErrForbidden) {
		t.Errorf("a reserved member: %v", err)
	}
}

// TestWhatTakesAFullRole has a row for each change of each user's role.
func TestWhatTakesAFullRole(t *testing.T) {
	t.Parallel()
	people, _ := accounts()
	named := func(name string) func(*raw.Changes) {
		return func(c *raw.Changes) { runtime.Apply(c, "role.name", store.Set(name), wire.AppendString) }
	}
	gone := func(path string) func(*raw.Changes) {
		return func(c *raw.Changes) { runtime.Apply(c, path, store.Unset[string](), wire.AppendString) }
	}
	for name, test := range map[string]struct {
		role       any
		change     func(*raw.Changes)
		full, take bool
	}{
		"a super, another role": {bson.D{{Key: "name", Value: "super"}}, named("basic"), true, true},
		"a super, barred":       {bson.D{{Key: "name", Value: "super"}}, named("blocked"), true, true},
		"a super, still":        {bson.D{{Key: "name", Value: "super"}}, named("super"), true, false},
		"a super, none":         {bson.D{{Key: "name", Value: "super"}}, gone("role"), true, true},
		"a super, no name":      {bson.D{{Key: "name", Value: "super"}}, gone("role.name"), true, true},
		"a super, another name": {bson.D{{Key: "name", Value: "super"}}, gone("name"), true, false},
		"by name alone":         {"super", named("basic"), true, true},
		"another, another role": {bson.D{{Key: "name", Value: "basic"}}, named("auditor"), false, false},
		"another, made super":   {bson.D{{Key: "name", Value: "basic"}}, named("super"), false, false},
	} {
		user := people.account(userOf(t, bson.D{{Key: "role", Value: test.role}}))
		var changes raw.Changes
		test.change(&changes)
		if people.hasFull(user) != test.full || people.takesFull(user, &changes) != test.take {
			t.Errorf("%s: full %v, taken %v", name, people.hasFull(user), people.takesFull(user, &changes))
		}
		if people.hasFull(nil) || people.takesFull(nil, &changes) {
			t.Errorf("%s: nobody has one", name)
		}
	}
}
