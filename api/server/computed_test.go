package server_test

import (
	"testing"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// TestComputedThatPanics: a function of the app that panics fails the request that shows its member, with the answer
// that the document declares, and no other request.
func TestComputedThatPanics(t *testing.T) {
	t.Parallel()
	app := servertest.App
	app.Computed = []rest.Computed{rest.NewComputed("users", "initial", "Initial is the first letter of the name.", func(u *users.User) string {
		if u.Name == "nobody" {
			panic("nobody has a name")
		}
		return u.Name[:1]
	})}
	s := servertest.Serve(t, testdb.URI(t), app, nil)
	made := s.Provision(t, "acme")
	nobody, ada := servertest.AddUser(t, made.Handle(), "nobody", users.Role{}), servertest.AddUser(t, made.Handle(), "ada", users.Role{})
	token := s.Token(t, made.ID, string(users.RoleNameSuper))
	for _, c := range []struct {
		line, body string
		status     int
	}{
		{"GET /api/users/" + nobody.ID.Hex(), "", 500},
		{"GET /api/users", "", 500},
		{"POST /api/users", `{"name":"nobody","email":"n@example.com","password":"correct horse battery"}`, 500},
		{"GET /api/users/" + nobody.ID.Hex() + "?fields=name", "", 200},
		{"GET /api/users/" + ada.ID.Hex(), "", 200},
	} {
		if got := s.Send(t, c.line, c.body, token, ""); got.Status != c.status {
			t.Errorf("%s: %d %s", c.line, got.Status, got.Text)
		}
	}
}
