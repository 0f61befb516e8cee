package auth_test

import (
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

// TestHashesThatNobodyCanAskFor do not keep others from logging in: what begins
// with a byte that no text has is passed over.
func TestHashesThatNobodyCanAskFor(t *testing.T) {
	for name, head := range map[string]string{"a NUL": "$2b$\x00$", "a line break": "$2b$\n$", "not ASCII": "$2b$\u00e9$", "nothing but a dollar": "$2"} {
		p := accounts(t, unlimited)
		one := p.tenant(t, "acme")
		add(t, one, "ada", argonHash, users.RoleNameBasic)
		addRaw(t, one, bson.D{{Key: "name", Value: "odd"}, {Key: "email", Value: "odd@example.com"}, {Key: "password", Value: head + bcryptTail}})
		for _, user := range []string{"ada", "odd", "nobody"} {
			if got := p.fail(t, one, user, "wrong"); got != oneArgon {
				t.Errorf("%s, %s: %+v", name, user, got)
			}
		}
	}
}

// TestABrokenHashHidesNoOther that begins as it does: failed logins cost what comparing
// with that one takes.
func TestABrokenHashHidesNoOther(t *testing.T) {
	for name, test := range map[string]struct {
		broken, whole string
		want          auth.Load
	}{
		"bcrypt":   {"$2b$05$" + bcryptTail[:52], "$2b$05$" + bcryptTail[:53], auth.Load{Argon2: oneArgon.Argon2, Bcrypt: 1 << 5}},
		"argon2id": {foreignHash[:60], foreignHash, auth.Load{Argon2: oneArgon.Argon2 + 3*1024}},
	} {
		p := accounts(t, unlimited)
		one := p.tenant(t, "acme")
		add(t, one, "broken", test.broken, users.RoleNameBasic)
		add(t, one, "whole", test.whole, users.RoleNameBasic)
		for _, user := range []string{"broken", "whole", "nobody"} {
			if got := p.fail(t, one, user, "wrong"); got != test.want {
				t.Errorf("%s, %s: %+v, want %+v", name, user, got, test.want)
			}
		}
	}
}

// TestTheCensusIsTakenSeldom: once for a tenant, until a hash is met that it does not
// know.
func TestTheCensusIsTakenSeldom(t *testing.T) {
	t.Parallel()
	s, mongod, _ := scriptedServer(t)
	fail := func(password, want string) {
		t.Helper()
		mongod.Reset()
		if _, err := s.loginAs(t, password); !errors.Is(err, auth.ErrCredentials) {
			t.Error(err)
		}
		if got := sent(mongod); got != want {
			t.Errorf("%s: it asks %q, want %q", password, got, want)
		}
	}
	fail("one", "find users, find users")
	fail("two", "find users")
	if _, err := s.users().UpdateOne(t.Context(), bson.D{{Key: "email", Value: "ada@example.com"}}, bson.D{
		{Key: "$set", Value: bson.D{{Key: "password", Value: "$2b$04$" + bcryptTail[:53]}}},
	}); err != nil {
		t.Fatal(err)
	}
	fail("three", "find users, find users, find users")
	fail("four", "find users")
}

// TestTheCensusFails: what a wrong password is to cost is not known then, and the
// attempt not taken for a mistake.
func TestTheCensusFails(t *testing.T) {
	t.Parallel()
	s, mongod, _ := scriptedServer(t)
	for range 2 {
		mongod.Reset()
		mongod.On("find").In("users").Nth(2).Fail(scripted.Error{Code: 50})
		if grant, err := s.loginAs(t, "wrong"); !errors.Is(err, store.ErrUnavailable) || grant != nil {
			t.Errorf("%+v, %v", grant, err)
		}
		if got := sent(mongod); got != "find users, find users" {
			t.Errorf("it asks %q", got)
		}
	}
	if strings.Contains(s.log.String(), "login refused") {
		t.Errorf("the log says %s", s.log.String())
	}
	if _, err := s.loginAs(t, "wrong"); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestFewTenantsAreMet, whichever are counted: as many as strangers may pass for. What
// is known of those is what was counted last.
func TestFewTenantsAreMet(t *testing.T) {
	p := accounts(t, unlimited)
	one := p.tenant(t, "acme")
	count := func(id bson.ObjectID) {
		t.Helper()
		if err := p.Count(t.Context(), id, one.Handle()); err != nil {
			t.Fatal(err)
		}
	}
	first := bson.NewObjectID()
	count(first)
	for _, test := range []struct{ counted, met int }{{0, 1}, {62, 63}, {1, 64}, {1, 64}, {30, 64}} {
		for range test.counted {
			count(bson.NewObjectID())
		}
		if got := p.Met(); got != test.met {
			t.Errorf("%d more are counted: %d are met, want %d", test.counted, got, test.met)
		}
	}
	add(t, one, "older", "$2b$04$"+bcryptTail[:53], users.RoleNameBasic)
	for range 2 {
		count(first)
	}
	if got := p.SchemesOf(first); p.Met() != 64 || got != 2 {
		t.Errorf("counted again, one has %d schemes, want 2; %d are met", got, p.Met())
	}
}
