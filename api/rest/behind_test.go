package rest_test

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/sessions"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

// bring makes the catalog say that a tenant is this many migrations from the
// server's newest, and whether one of them is unfinished, and which indexes it has.
func bring(t *testing.T, a *servertest.Server, made *tenant.Entry, migrations int64, dirty bool, fingerprint string) {
	t.Helper()
	_, err := testdb.Client(t).Database(a.AdminDB).Collection("tenants").UpdateByID(t.Context(), made.ID, bson.D{{Key: "$set", Value: bson.D{
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
	lax := servertest.Serve(t, testdb.URI(t), own(ownRoutes...), servertest.WithOperators)
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
		one := lax.Provision(t, name)
		servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
		bring(t, lax, one, at.migrations, at.dirty, at.fingerprint)
		made[name], tokens[name] = one, lax.Token(t, one.ID, "super")
		got := lax.Call(t, "POST /api/login", right, "X-Tenant", name)
		sessionsOf[name], refresh[name] = got.Member("token"), fmt.Sprintf(`{"refreshToken":%q}`, got.Member("refreshToken"))
		if list := lax.Call(t, "GET /api/users", "", bearer(sessionsOf[name])...); list.Status != 200 {
			t.Fatalf("%s, served by default: %d %s", name, list.Status, list.Text)
		}
	}
	if err := lax.Stack().Catalog.SetState(t.Context(), made["asleep"], tenants.StateSuspended); err != nil {
		t.Fatal(err)
	}
	strict := servertest.Serve(t, testdb.URI(t), own(ownRoutes...), func(cfg *server.Config) {
		servertest.WithOperators(cfg)
		cfg.AdminDB, cfg.RequireCurrent, cfg.TenantCacheTTL = lax.AdminDB, true, 90*time.Second+time.Millisecond
	})
	const id = "/6b049d63d28cf555e0d01131"
	lines := []string{
		"GET /api/users", "POST /api/users", "GET /api/users" + id, "PATCH /api/users" + id, "DELETE /api/users" + id,
		"POST /api/logout", "POST /api/password",
		"GET /api/users/auditors", "PUT /api/users" + id + "/name", "GET /api/me", "DELETE /api/nothing",
	}
	refused := 0
	behind := func(name string, got servertest.Response) {
		t.Helper()
		refused++
		if got.Status != 503 || got.Code() != "tenant_behind" || got.Header.Get("Retry-After") != "91" {
			t.Errorf("%s: %d %s, Retry-After %q", name, got.Status, got.Text, got.Header.Get("Retry-After"))
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
			behind(line+" of "+name, strict.Call(t, line, "", bearer(tokens[name])...))
			behind(line+" of "+name+", by a user", strict.Call(t, line, "", bearer(sessionsOf[name])...))
		}
		// A role without any permission: what the tenant is comes before what the
		// bearer may.
		behind(name+", forbidden", strict.Call(t, "GET /api/users", "", bearer(strict.Token(t, made[name].ID, "blocked"))...))
		behind("login at "+name, strict.Call(t, "POST /api/login", right, "X-Tenant", name))
		behind("refresh at "+name, strict.Call(t, "POST /api/refresh", refresh[name]))
		if n := count(name); n != 1 {
			t.Errorf("%s: %d sessions", name, n)
		}
	}
	for _, name := range []string{"current", "newer", "newest"} {
		for _, token := range []string{tokens[name], sessionsOf[name]} {
			if got := strict.Call(t, "GET /api/users", "", bearer(token)...); got.Status != 200 {
				t.Errorf("%s: %d %s", name, got.Status, got.Text)
			}
		}
		if got := strict.Call(t, "POST /api/login", right, "X-Tenant", name); got.Status != 200 {
			t.Errorf("login at %s: %d %s", name, got.Status, got.Text)
		}
		got := strict.Call(t, "POST /api/refresh", refresh[name])
		if got.Status != 200 {
			t.Errorf("refresh at %s: %d %s", name, got.Status, got.Text)
		}
		// Its successor is used, too: from now on the first is one that was used.
		if got := strict.Call(t, "POST /api/refresh", fmt.Sprintf(`{"refreshToken":%q}`, got.Member("refreshToken"))); got.Status != 200 {
			t.Errorf("refresh again at %s: %d %s", name, got.Status, got.Text)
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
		if got := strict.Call(t, test.line, test.body, test.headers...); got.Status != test.status || got.Code() != test.code {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
		}
	}
	wrong := strict.Call(t, "POST /api/login", `{"email":"ada@example.com","password":"wrong horse"}`, "X-Tenant", "unindexed")
	unknown := strict.Call(t, "POST /api/login", `{"email":"ada@example.com","password":"wrong horse"}`, "X-Tenant", "nobody")
	if wrong.Member("detail") != unknown.Member("detail") || wrong.Header.Get("Retry-After") != "" {
		t.Errorf("a tenant that is behind is told apart: %s and %s", wrong.Text, unknown.Text)
	}
	if got := scrape(t, strict)["partywall_tenant_behind_refusals_total"]; got != float64(refused) {
		t.Errorf("%v refusals, want %d", got, refused)
	}
	for name, a := range map[string]*servertest.Server{"lax": lax, "strict": strict} {
		const want = "map[ahead:1 behind:2 current:1 dirty:3 provisioning:0 unusable:0]"
		if got := a.Call(t, "GET /readyz", ""); got.Status != 200 || got.Text != `{"status":"ready"}` {
			t.Errorf("%s: everybody is told %d %s", name, got.Status, got.Text)
		}
		admin := a.Operators()
		ready := admin.Call(t, "GET /readyz", "", bearer(servertest.AdminToken)...)
		for range 1000 {
			if ready.Body["tenants"] != nil {
				break
			}
			ready = admin.Call(t, "GET /readyz", "", bearer(servertest.AdminToken)...)
		}
		if ready.Status != 200 || ready.Member("status") != "ready" || fmt.Sprint(ready.Body["tenants"]) != want {
			t.Errorf("%s: %d %s", name, ready.Status, ready.Text)
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
var right = fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, servertest.Password)

// TestBecomingCurrent changes what the catalog says of a tenant, as another process
// does, while the tenant is served.
func TestBecomingCurrent(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.RequireCurrent, cfg.TenantCacheTTL = true, time.Millisecond })
	one, two := a.Provision(t, "one"), a.Provision(t, "two")
	bring(t, a, two, 0, false, declared)
	token, others := a.Token(t, one.ID, "super"), a.Token(t, two.ID, "super")
	for _, step := range []struct {
		dirty       bool
		fingerprint string
		status      int
	}{{false, "", 503}, {false, declared, 200}, {true, declared, 503}, {false, declared, 200}, {false, "others", 503}} {
		bring(t, a, one, 0, step.dirty, step.fingerprint)
		var got servertest.Response
		for range 1000 {
			if got = a.Call(t, "GET /api/users", "", bearer(token)...); got.Status == step.status {
				break
			}
		}
		if got.Status != step.status || got.Status == 503 && got.Header.Get("Retry-After") != "1" {
			t.Errorf("%+v: %d %s, Retry-After %q", step, got.Status, got.Text, got.Header.Get("Retry-After"))
		}
		if got := a.Call(t, "GET /api/users", "", bearer(others)...); got.Status != 200 {
			t.Errorf("the other tenant: %d %s", got.Status, got.Text)
		}
	}
}
