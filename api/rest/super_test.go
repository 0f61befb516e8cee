package rest_test

import (
	"strings"
	"testing"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

// TestTheLastRoleIsGivenBack: of two who may do everything, one is removed while the
// other's role is being taken, right before it is looked for a second time. The
// request is refused, and what it did is undone; where that fails, too, the log says
// whose role it was.
func TestTheLastRoleIsGivenBack(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	a := servertest.Start(t, s.URI(), nil)
	one := a.Provision(t, "one")
	people, super := users.In(one.Handle()), a.Token(t, one.ID, "super")
	for _, test := range []struct {
		name, request string
		undone        bool
		undo          string // the command that gives it back
	}{
		{"demoted", `PATCH {"role":{"name":"auditor"}}`, true, "findAndModify"},
		{"demoted for good", `PATCH {"role":{"name":"auditor"}}`, false, "findAndModify"},
		{"without a role", `PATCH {"role":null,"name":"Evelyn"}`, true, "findAndModify"},
		{"removed", `DELETE `, true, "insert"},
		{"removed for good", `DELETE `, false, "insert"},
	} {
		eve := servertest.AddUser(t, one.Handle(), "eve", users.Role{Name: users.RoleNameSuper, Permission: []users.Permission{"read"}})
		zoe := servertest.AddUser(t, one.Handle(), "zoe", users.Role{Name: users.RoleNameSuper})
		path := "/api/users/" + eve.ID.Hex()
		before := a.Call(t, "GET "+path, "", bearer(super)...)
		// It is looked for the document, for another, and for another once more.
		second := s.On("find").In("users").Nth(3).Hold()
		answered := make(chan servertest.Response, 1)
		method, body, _ := strings.Cut(test.request, " ")
		go func() { answered <- a.Send(t, method+" "+path, body, super, "", "If-Match", "*") }()
		<-second.Arrived()
		if err := people.Delete(t.Context(), zoe.ID); err != nil {
			t.Fatal(err)
		}
		if !test.undone {
			s.On(test.undo).In("users").Always().Fail(scripted.Error{Code: 50})
		}
		second.Release()
		if got := <-answered; got.Status != 409 || got.Code() != "last_super" {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
		}
		s.Reset()
		after := a.Call(t, "GET "+path, "", bearer(super)...)
		for _, member := range []string{"name", "email", "role", "createdAt"} {
			if test.undone && marshal(t, after.Body[member]) != marshal(t, before.Body[member]) {
				t.Errorf("%s: %s is %v, was %v", test.name, member, after.Body[member], before.Body[member])
			}
		}
		said := strings.Contains(a.Log.String(), `msg="the tenant's last full role was taken, and could not be given back" tenant=one user=`+eve.ID.Hex())
		if said == test.undone {
			t.Errorf("%s: the log says so: %v", test.name, said)
		}
		_ = people.Delete(t.Context(), eve.ID)
	}
}
