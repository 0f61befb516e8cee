package auth_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
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
