package server_test

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/sessions"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

// bring makes the catalog say that a tenant is this many migrations from the
// server's newest, and whether one of them is unfinished, and which indexes it has.
func (a *api) bring(t *testing.T, made *tenant.Entry, migrations int64, dirty bool, fingerprint string) {
	t.Helper()
	_, err := testdb.Client(t).Database(a.adminDB).Collection("tenants").UpdateByID(t.Context(), made.ID, bson.D{{Key: "$set", Value: bson.D{
		{Key: "migration.version", Value: a.Stack().Fleet.Latest() + migrations},
		{Key: "migration.dirty", Value: dirty},
		{Key: "fingerprint", Value: fingerprint},
	}}})
	if err != nil {
		t.Fatal(err)
	}
}

// declared is the fingerprint of what is declared now.
var declared = meta.Fingerprint(raw.Declarations(gen.Collections()))

// TestTenantsBehind serves the same tenants from two servers: one that serves
// whoever there is, and one that wants them current.
func TestTenantsBehind(t *testing.T) {
	t.Parallel()
	lax := serve(t, testdb.URI(t), own(ownRoutes...), withMetrics)
	made := map[string]*tenant.Entry{}
	tokens, sessionsOf, refresh := map[string]string{}, map[string]string{}, map[string]string{}
	for name, at := range map[string]struct {
		migrations  int64
		dirty       bool
		fingerprint string
	}{
		"current":   {0, false, declared},
		"unindexed": {0, false, ""},
		"unlike":    {0, false, "others"},
		"half-done": {0, true, declared},
		"newer":     {1, false, "others"},
		"newest":    {2, true, "others"},
		"asleep":    {0, true, ""},
	} {
		one := lax.provision(t, name)
		addUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
		lax.bring(t, one, at.migrations, at.dirty, at.fingerprint)
		made[name], tokens[name] = one, lax.token(t, one.ID, "super")
		got := lax.call(t, "POST /api/login", right, "X-Tenant", name)
		sessionsOf[name], refresh[name] = got.string("token"), fmt.Sprintf(`{"refreshToken":%q}`, got.string("refreshToken"))
		if list := lax.call(t, "GET /api/users", "", bearer(sessionsOf[name])...); list.status != 200 {
			t.Fatalf("%s, served by default: %d %s", name, list.status, list.text)
		}
	}
	if err := lax.Stack().Catalog.SetState(t.Context(), made["asleep"], tenants.StateSuspended); err != nil {
		t.Fatal(err)
	}
	strict := serve(t, testdb.URI(t), own(ownRoutes...), func(cfg *server.Config) {
		withMetrics(cfg)
		cfg.AdminDB, cfg.RequireCurrent, cfg.TenantCacheTTL = lax.adminDB, true, 90*time.Second+time.Millisecond
	})
	const id = "/6b049d63d28cf555e0d01131"
	lines := []string{
		"GET /api/users", "POST /api/users", "GET /api/users" + id, "PATCH /api/users" + id, "DELETE /api/users" + id,
		"POST /api/logout", "POST /api/password",
		"GET /api/users/auditors", "PUT /api/users" + id + "/name", "GET /api/me", "DELETE /api/nothing",
	}
	refused := 0
	behind := func(name string, got printRequested) {
		t.Helper()
		refused++
		if got.status != 503 || got.code() != "tenant_behind" || got.header.Get("Retry-After") != "91" {
			t.Errorf("%s: %d %s, Retry-After %q", name, got.status, got.text, got.header.Get("Retry-After"))
		}
	}
	count := func(name string) int64 {
		n, err := sessions.In(strict.Stack().Catalog.Admin()).Count(t.Context(), sessions.Tenant.Eq(made[name].ID))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, name := range []string{"unindexed", "unlike", "half-done"} {
		for _, line := range lines {
			behind(line+" of "+name, strict.call(t, line, "", bearer(tokens[name])...))
			behind(line+" of "+name+", by a user", strict.call(t, line, "", bearer(sessionsOf[name])...))
		}
		// A role without any permission: what the tenant is comes before what the
		// bearer may.
		behind(name+", forbidden", strict.call(t, "GET /api/users", "", bearer(strict.token(t, made[name].ID, "blocked"))...))
		behind("login at "+name, strict.call(t, "POST /api/login", right, "X-Tenant", name))
		behind("refresh at "+name, strict.call(t, "POST /api/refresh", refresh[name]))
		if n := count(name); n != 1 {
			t.Errorf("%s: %d sessions", name, n)
		}
	}
	for _, name := range []string{"current", "newer", "newest"} {
		for _, token := range []string{tokens[name], sessionsOf[name]} {
			if got := strict.call(t, "GET /api/users", "", bearer(token)...); got.status != 200 {
				t.Errorf("%s: %d %s", name, got.status, got.text)
			}
		}
		if got := strict.call(t, "POST /api/login", right, "X-Tenant", name); got.status != 200 {
			t.Errorf("login at %s: %d %s", name, got.status, got.text)
		}
		got := strict.call(t, "POST /api/refresh", refresh[name])
		if got.status != 200 {
			t.Errorf("refresh at %s: %d %s", name, got.status, got.text)
		}
		// Its successor is used, too: from now on the first is one that was used.
		if got := strict.call(t, "POST /api/refresh", fmt.Sprintf(`{"refreshToken":%q}`, got.string("refreshToken"))); got.status != 200 {
			t.Errorf("refresh again at %s: %d %s", name, got.status, got.text)
		}
	}
	// What comes first hides that a tenant is behind.
	for _, test := range []struct {
		name, line, body string
		headers          []string
		status           int
		code             string
	}{
		{"no token", "GET /api/users?tenant=unindexed", "", nil, 401, "token_missing"},
		{"a token that is none", "GET /api/users?tenant=unindexed", "", bearer("x"), 401, "token_invalid"},
		{"another tenant's token", "GET /api/users?tenant=unindexed", "", bearer(tokens["current"]), 403, "tenant_unauthorized"},
		{"its token, another tenant", "GET /api/users?tenant=current", "", bearer(tokens["unindexed"]), 403, "tenant_unauthorized"},
		{"suspended, too", "GET /api/users", "", bearer(tokens["asleep"]), 403, "tenant_suspended"},
		{"a wrong password", "POST /api/login?tenant=unindexed", `{"email":"ada@example.com","password":"wrong horse"}`, nil, 401, "invalid_credentials"},
		{"an unknown address", "POST /api/login?tenant=unindexed", `{"email":"bob@example.com","password":"correct horse battery"}`, nil, 401, "invalid_credentials"},
		{"suspended, too, at login", "POST /api/login?tenant=asleep", right, nil, 401, "invalid_credentials"},
		{"a refresh token that is none", "POST /api/refresh", `{"refreshToken":"x"}`, nil, 401, "token_invalid"},
		{"a refresh token with another secret", "POST /api/refresh", forge(refresh["unindexed"]), nil, 401, "token_invalid"},
		{"a refresh token that was used", "POST /api/refresh", refresh["current"], nil, 401, "token_invalid"},
	} {
		if got := strict.call(t, test.line, test.body, test.headers...); got.status != test.status || got.code() != test.code {
			t.Errorf("%s: %d %s", test.name, got.status, got.text)
		}
	}
	wrong := strict.call(t, "POST /api/login", `{"email":"ada@example.com","password":"wrong horse"}`, "X-Tenant", "unindexed")
	unknown := strict.call(t, "POST /api/login", `{"email":"ada@example.com","password":"wrong horse"}`, "X-Tenant", "nobody")
	if wrong.string("detail") != unknown.string("detail") || wrong.header.Get("Retry-After") != "" {
		t.Errorf("a tenant that is behind is told apart: %s and %s", wrong.text, unknown.text)
	}
	if got := strict.scrape(t)["partywall_tenant_behind_refusals_total"]; got != float64(refused) {
		t.Errorf("%v refusals, want %d", got, refused)
	}
	for name, a := range map[string]*api{"lax": lax, "strict": strict} {
		const want = "map[ahead:1 behind:2 current:1 dirty:3 provisioning:0 unusable:0]"
		if got := a.call(t, "GET /readyz", ""); got.status != 200 || got.text != `{"status":"ready"}` {
			t.Errorf("%s: everybody is told %d %s", name, got.status, got.text)
		}
		admin := &api{base: "http://" + a.AdminAddr().String()}
		ready := admin.call(t, "GET /readyz", "", bearer(adminToken)...)
		for range 1000 {
			if ready.body["tenants"] != nil {
				break
			}
			ready = admin.call(t, "GET /readyz", "", bearer(adminToken)...)
		}
		if ready.status != 200 || ready.string("status") != "ready" || fmt.Sprint(ready.body["tenants"]) != want {
			t.Errorf("%s: %d %s", name, ready.status, ready.text)
		}
	}
}

// forge returns a body with a refresh token, with another secret for the same
// session.
func forge(body string) string {
	const at = len(`{"refreshToken":"`) + 20 // a letter holds 6 bits, and a session's id has 96
	letter := "A"
	if body[at] == 'A' {
		letter = "B"
	}
	return body[:at] + letter + body[at+1:]
}

// right are the credentials of the user whom the tests call ada.
var right = fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, demoPassword)

// TestBecomingCurrent changes what the catalog says of a tenant, as another process
// does, while the tenant is served.
func TestBecomingCurrent(t *testing.T) {
	t.Parallel()
	a := start(t, testdb.URI(t), func(cfg *server.Config) { cfg.RequireCurrent, cfg.TenantCacheTTL = true, time.Millisecond })
	one, two := a.provision(t, "one"), a.provision(t, "two")
	a.bring(t, two, 0, false, declared)
	token, others := a.token(t, one.ID, "super"), a.token(t, two.ID, "super")
	for _, step := range []struct {
		dirty       bool
		fingerprint string
		status      int
	}{{false, "", 503}, {false, declared, 200}, {true, declared, 503}, {false, declared, 200}, {false, "others", 503}} {
		a.bring(t, one, 0, step.dirty, step.fingerprint)
		var got printRequested
		for range 1000 {
			if got = a.call(t, "GET /api/users", "", bearer(token)...); got.status == step.status {
				break
			}
		}
		if got.status != step.status || got.status == 503 && got.header.Get("Retry-After") != "1" {
			t.Errorf("%+v: %d %s, Retry-After %q", step, got.status, got.text, got.header.Get("Retry-After"))
		}
		if got := a.call(t, "GET /api/users", "", bearer(others)...); got.status != 200 {
			t.Errorf("the other tenant: %d %s", got.status, got.text)
		}
	}
}
