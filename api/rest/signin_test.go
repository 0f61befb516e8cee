package rest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/sessions"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

// TestSignInWhileTheDatabaseFails has it fail at each command of each request in
// turn, and from then on: the answer is always that it does not answer, and the same
// request is answered once it does again.
func TestSignInWhileTheDatabaseFails(t *testing.T) {
	t.Parallel()
	mongod := scripted.Start(t)
	a := servertest.Start(t, mongod.URI(), nil)
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	var grant servertest.Response
	refresh := func() string { return fmt.Sprintf(`{"refreshToken":%q}`, grant.Member("refreshToken")) }
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
			grant = a.Call(t, "POST /api/login?tenant=one", right)
			if grant.Status != 200 {
				t.Fatalf("%d %s", grant.Status, grant.Text)
			}
			headers := bearer(grant.Member("token"))
			if request.line == "POST /api/login?tenant=one" || request.line == "POST /api/refresh" {
				headers = nil
			}
			mongod.Reset()
			rule := mongod.On().Where(servertest.OfRequests).Nth(n).Always().Fail(scripted.Error{Code: 50})
			got := a.Call(t, request.line, request.body(), headers...)
			failed := rule.Met() >= n
			mongod.Reset()
			if !failed {
				if got.Status != request.status {
					t.Errorf("%s: %d %s", request.line, got.Status, got.Text)
				}
				break
			}
			if got.Status != 503 || got.Code() != "unavailable" || got.Header.Get("Retry-After") == "" {
				t.Errorf("%s, failing from command %d on: %d %s", request.line, n, got.Status, got.Text)
			}
			if got := a.Call(t, request.line, request.body(), headers...); got.Status != request.status {
				t.Errorf("%s, after failing from command %d on: %d %s", request.line, n, got.Status, got.Text)
			}
		}
	}
}

// TestRefreshOfWhoMayNot asks for new tokens where there are none to have. It
// changes nothing: once there are, they are given.
func TestRefreshOfWhoMayNot(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "boss", users.Role{Name: users.RoleNameSuper})
	ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic})
	kept, people := sessions.In(a.Stack().Catalog.Admin()), users.In(one.Handle())
	boss := bearer(a.Login(t, "one", "boss@example.com", servertest.Password))
	grant := a.Call(t, "POST /api/login?tenant=one", right)
	who, err := a.Tokens.Verify(grant.Member("token"))
	if err != nil {
		t.Fatal(err)
	}
	state := func(state tenants.StateValue) {
		if err := a.Stack().Catalog.SetState(t.Context(), one, state); err != nil {
			t.Fatal(err)
		}
	}
	role := func(name string) {
		path := "/api/users/" + ada.ID.Hex()
		got := a.Call(t, "PATCH "+path, fmt.Sprintf(`{"role":{"name":%q}}`, name), append(boss, "If-Match", "*")...)
		if got.Status != 200 {
			t.Fatal(got.Text)
		}
	}
	expires := func(at time.Time) {
		if _, err := kept.Update(t.Context(), who.Session, sessions.Patch{ExpiresAt: store.Set(at)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name          string
		before, after func()
		status        int
		code          string
	}{
		{"suspended", func() { state(tenants.StateSuspended) }, func() { state(tenants.StateActive) }, 403, "tenant_suspended"},
		{"being deleted", func() { state(tenants.StateDeleting) }, func() { state(tenants.StateSuspended); state(tenants.StateActive) }, 403, "tenant_unauthorized"},
		{"barred", func() { role("blocked") }, func() { role("basic") }, 403, "forbidden"},
		{"expired", func() { expires(time.Now().Add(-time.Second)) }, func() { expires(time.Now().Add(time.Hour)) }, 401, "token_invalid"},
	} {
		body := fmt.Sprintf(`{"refreshToken":%q}`, grant.Member("refreshToken"))
		test.before()
		for range 2 {
			if got := a.Call(t, "POST /api/refresh", body); got.Status != test.status || got.Code() != test.code {
				t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
			}
		}
		test.after()
		if grant = a.Call(t, "POST /api/refresh", body); grant.Status != 200 {
			t.Fatalf("no longer %s: %d %s", test.name, grant.Status, grant.Text)
		}
	}
	if err := people.Delete(t.Context(), ada.ID); err != nil {
		t.Fatal(err)
	}
	// The process knows the user still: what it may know is as old as it may be.
	body := fmt.Sprintf(`{"refreshToken":%q}`, grant.Member("refreshToken"))
	other := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.AdminDB = a.AdminDB })
	if got := other.Call(t, "POST /api/refresh", body); got.Status != 401 || got.Code() != "token_invalid" {
		t.Errorf("of a user who is gone: %d %s", got.Status, got.Text)
	}
}
