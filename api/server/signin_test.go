package server_test

import (
	"fmt"
	"testing"

	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

// TestSignInWhileTheDatabaseFails has it fail at each command of each request in
// turn, and from then on: the answer is always that it does not answer, and the same
// request is answered once it does again.
func TestSignInWhileTheDatabaseFails(t *testing.T) {
	t.Parallel()
	mongod := scripted.Start(t)
	a := start(t, mongod.URI(), nil)
	one := a.provision(t, "one")
	addUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	var grant answer
	refresh := func() string { return fmt.Sprintf(`{"refreshToken":%q}`, grant.string("refreshToken")) }
	nothing := func() string { return "" }
	for _, request := range []struct {
		line   string
		body   func() string
		status int
	}{
		{"POST /api/login?tenant=one", func() string { return right }, 200},
		{"POST /api/refresh", refresh, 200},
		{"GET /api/users", nothing, 200},
		{"POST /api/logout", nothing, 204},
	} {
		for n := 1; ; n++ {
			grant = a.call(t, "POST /api/login?tenant=one", right)
			if grant.status != 200 {
				t.Fatalf("%d %s", grant.status, grant.text)
			}
			headers := bearer(grant.string("token"))
			if request.line == "POST /api/login?tenant=one" || request.line == "POST /api/refresh" {
				headers = nil
			}
			mongod.Reset()
			rule := mongod.On().Nth(n).Always().Fail(scripted.Error{Code: 50})
			got := a.call(t, request.line, request.body(), headers...)
			failed := rule.Met() >= n
			mongod.Reset()
			if !failed {
				if got.status != request.status {
					t.Errorf("%s: %d %s", request.line, got.status, got.text)
				}
				break
			}
			if got.status != 503 || got.code() != "unavailable" || got.header.Get("Retry-After") == "" {
				t.Errorf("%s, failing from command %d on: %d %s", request.line, n, got.status, got.text)
			}
			if got := a.call(t, request.line, request.body(), headers...); got.status != request.status {
				t.Errorf("%s, after failing from command %d on: %d %s", request.line, n, got.status, got.text)
			}
		}
	}
}
