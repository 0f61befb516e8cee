package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/sessions"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

// ofRequests reports whether it are the commands that requests send, and no others:
// a server also looks after the indexes of tenants that it serves.
func ofRequests(c scripted.Command) bool { return c.Name != "hello" && c.Name != "listIndexes" }

// TestSignInWhileTheDatabaseFails has it fail at each command of each request in
// turn, and from then on: the answer is always that it does not answer, and the same
// request is answered once it does again.
func TestSignInWhileTheDatabaseFails(t *testing.T) {
	t.Parallel()
	mongod := scripted.Start(t)
	a := start(t, mongod.URI(), nil)
	one := a.provision(t, "one")
	addUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	var grant printRequested
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
			rule := mongod.On().Where(ofRequests).Nth(n).Always().Fail(scripted.Error{Code: 50})
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

// TestRefreshOfWhoMayNot asks for new tokens where there are none to have. It
// changes nothing: once there are, they are given.
func TestRefreshOfWhoMayNot(t *testing.T) {
	t.Parallel()
	a := start(t, testdb.URI(t), nil)
	one := a.provision(t, "one")
	addUser(t, one.Handle(), "boss", users.Role{Name: users.RoleNameSuper})
	ada := addUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic})
	kept, people := sessions.In(a.Stack().Catalog.Admin()), users.In(one.Handle())
	boss := bearer(login(t, a, "one", "boss@example.com", demoPassword))
	grant := a.call(t, "POST /api/login?tenant=one", right)
	who, err := a.tokens.Verify(grant.string("token"))
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
		got := a.call(t, "PATCH "+path, fmt.Sprintf(`{"role":{"name":%q}}`, name), append(boss, "If-Match", "*")...)
		if got.status != 200 {
			t.Fatal(got.text)
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
		body := fmt.Sprintf(`{"refreshToken":%q}`, grant.string("refreshToken"))
		test.before()
		for range 2 {
			if got := a.call(t, "POST /api/refresh", body); got.status != test.status || got.code() != test.code {
				t.Errorf("%s: %d %s", test.name, got.status, got.text)
			}
		}
		test.after()
		if grant = a.call(t, "POST /api/refresh", body); grant.status != 200 {
			t.Fatalf("no longer %s: %d %s", test.name, grant.status, grant.text)
		}
	}
	if err := people.Delete(t.Context(), ada.ID); err != nil {
		t.Fatal(err)
	}
	// The process knows the user still: what it may know is as old as it may be.
	body := fmt.Sprintf(`{"refreshToken":%q}`, grant.string("refreshToken"))
	other := start(t, testdb.URI(t), func(cfg *server.Config) { cfg.AdminDB = a.adminDB })
	if got := other.call(t, "POST /api/refresh", body); got.status != 401 || got.code() != "token_invalid" {
		t.Errorf("of a user who is gone: %d %s", got.status, got.text)
	}
}
