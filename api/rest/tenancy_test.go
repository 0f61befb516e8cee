package rest_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/sessions"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

// hostileNames are what no tenant is called.
var hostileNames = []string{
	"../x", "a.b", "$", "a%00b", "a b", strings.Repeat("a", 300), "admin", "local", "config", "tenantsDb", "nobody", "ONE", "{}",
}

// TestRefusalsComeInOrder has a row for each step of finding out whom a request
// is for, and one for each way to get past it.
func TestRefusalsComeInOrder(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	one := a.Provision(t, "one")
	a.Provision(t, "two")
	asleep := a.Provision(t, "asleep")
	reader := a.Token(t, one.ID, "", "read")
	sleeper := a.Token(t, asleep.ID, "super")
	if err := a.Stack().Catalog.SetState(t.Context(), asleep, tenants.StateSuspended); err != nil {
		t.Fatal(err)
	}
	before, err := testdb.Client(t).ListDatabaseNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		name, line string
		headers    []string
		status     int
		code       string
		message    string
	}
	rows := []row{
		{"a token that is none", "GET /api/users?tenant=one", bearer("x"), 401, "token_invalid", ""},
		{"another scheme", "GET /api/users", []string{"Authorization", "Basic b25lOm9uZQ=="}, 401, "token_invalid", ""},
		{"no scheme", "GET /api/users", []string{"Authorization", reader}, 401, "token_invalid", ""},
		{"a token that is none, and no tenant", "GET /api/users", bearer("x"), 401, "token_invalid", ""},
		{"nothing", "GET /api/users", nil, 400, "tenant_missing", "No tenant specified"},
		{"a tenant, no token", "GET /api/users", []string{"X-Tenant", "one"}, 401, "token_missing", ""},
		{"a tenant that is not there, no token", "GET /api/users?tenant=nobody", nil, 401, "token_missing", ""},
		{"another tenant", "GET /api/users", append(bearer(reader), "X-Tenant", "two"), 403, "tenant_unauthorized", "Unauthorized tenant"},
		{"two tenants", "GET /api/users?tenant=two", append(bearer(reader), "X-Tenant", "one"), 403, "tenant_unauthorized", ""},
		{"a tenant that is gone", "GET /api/users", bearer(a.Token(t, bson.NewObjectID(), "super")), 403, "tenant_unauthorized", ""},
		{"a suspended tenant, to others", "GET /api/users?tenant=asleep", bearer(reader), 403, "tenant_unauthorized", ""},
		{"a suspended tenant, to its own", "GET /api/users", bearer(sleeper), 403, "tenant_suspended", ""},
		{"a suspended tenant, and another's name", "GET /api/users?tenant=one", bearer(sleeper), 403, "tenant_unauthorized", ""},
		{"without the permission", "POST /api/users", bearer(reader), 403, "forbidden", ""},
		{"a role that is barred", "GET /api/users", bearer(a.Token(t, one.ID, "blocked", "read")), 403, "forbidden", ""},
		{"a token alone", "GET /api/users", bearer(reader), 200, "", ""},
		{"a token, a header and a parameter that agree", "GET /api/users?tenant=one", append(bearer(reader), "X-Tenant", "one"), 200, "", ""},
	}
	rows = append(rows,
		row{"a parameter with a zero byte", "GET /api/users?tenant=a%00b", bearer(reader), 400, "query_invalid", ""},
		row{"a parameter with a zero byte, no token", "GET /api/users?tenant=a%00b", nil, 400, "query_invalid", ""},
	)
	for _, name := range hostileNames {
		rows = append(rows,
			row{"a parameter: " + name, "GET /api/users?tenant=" + url.QueryEscape(name), bearer(reader), 403, "tenant_unauthorized", "Unauthorized tenant"},
			row{"a parameter, no token: " + name, "GET /api/users?tenant=" + url.QueryEscape(name), nil, 401, "token_missing", ""},
			row{"a header: " + name, "GET /api/users", append(bearer(reader), "X-Tenant", name), 403, "tenant_unauthorized", ""},
		)
	}
	answers := map[string]bool{}
	for _, r := range rows {
		got := a.Call(t, r.line, "", r.headers...)
		if got.Status != r.status || got.Code() != r.code || r.message != "" && got.Member("message") != r.message {
			t.Errorf("%s: %d %s", r.name, got.Status, got.Text)
		}
		if got.Status == 403 && got.Code() == "tenant_unauthorized" {
			answers[strings.ReplaceAll(got.Text, got.Member("requestId"), "")] = true
		}
	}
	if len(answers) != 1 {
		t.Errorf("unknown tenants are told apart: %v", answers)
	}
	after, err := testdb.Client(t).ListDatabaseNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range after {
		if !slices.Contains(before, name) && slices.Contains(hostileNames, name) {
			t.Errorf("a request made the database %q", name)
		}
	}
}

func TestTenantFrom(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.TenantFrom = server.Sources{rest.FromHeader} })
	one := a.Provision(t, "one")
	token := a.Token(t, one.ID, "", "read")
	for name, want := range map[string]struct {
		line    string
		headers []string
		status  int
	}{
		"the token does not count":     {"GET /api/users", bearer(token), 400},
		"the parameter does not count": {"GET /api/users?tenant=one", bearer(token), 400},
		"the header does":              {"GET /api/users", append(bearer(token), "X-Tenant", "one"), 200},
		"and must agree":               {"GET /api/users", append(bearer(token), "X-Tenant", "two"), 403},
	} {
		if got := a.Call(t, want.line, "", want.headers...); got.Status != want.status {
			t.Errorf("%s: %d %s", name, got.Status, got.Text)
		}
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	one := a.Provision(t, "one")
	a.Provision(t, "two")
	asleep := a.Provision(t, "asleep")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	servertest.AddUser(t, one.Handle(), "donald", users.Role{Name: users.RoleNameBlocked})
	servertest.AddUser(t, asleep.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	if err := a.Stack().Catalog.SetState(t.Context(), asleep, tenants.StateSuspended); err != nil {
		t.Fatal(err)
	}
	right := fmt.Sprintf(`{"email":" ADA@example.com","password":%q}`, servertest.Password)
	wrong := map[string]servertest.Response{}
	for name, test := range map[string]struct{ tenant, body string }{
		"a wrong password":      {"one", `{"email":"ada@example.com","password":"wrong horse"}`},
		"an empty password":     {"one", `{"email":"ada@example.com","password":""}`},
		"an unknown address":    {"one", `{"email":"bob@example.com","password":"correct horse battery"}`},
		"another tenant's":      {"two", right},
		"an unknown tenant":     {"nobody", right},
		"a malformed tenant":    {"../x", right},
		"a suspended tenant":    {"asleep", right},
		"a system's database":   {"admin", right},
		"a password of 300 KiB": {"one", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, strings.Repeat("x", 300<<10))},
		"an address of 300 KiB": {"one", fmt.Sprintf(`{"email":%q,"password":"x"}`, strings.Repeat("x", 300<<10))},
	} {
		wrong[name] = a.Call(t, "POST /api/login", test.body, "X-Tenant", test.tenant)
	}
	for name, got := range wrong {
		if got.Status != 401 || got.Code() != "invalid_credentials" {
			t.Errorf("%s: %d %s", name, got.Status, got.Text)
		}
	}
	for name, test := range map[string]struct {
		line, body string
		status     int
	}{
		"no tenant":       {"POST /api/login", right, 400},
		"an operator":     {"POST /api/login?tenant=one", `{"email":{"$gt":""},"password":{"$gt":""}}`, 422},
		"no password":     {"POST /api/login?tenant=one", `{"email":"ada@example.com"}`, 422},
		"one member more": {"POST /api/login?tenant=one", `{"email":"a","password":"b","role":"super"}`, 422},
		"a barred role":   {"POST /api/login?tenant=one", fmt.Sprintf(`{"email":"donald@example.com","password":%q}`, servertest.Password), 403},
	} {
		if got := a.Call(t, test.line, test.body); got.Status != test.status {
			t.Errorf("%s: %d %s", name, got.Status, got.Text)
		}
	}
	got := a.Call(t, "POST /api/login?tenant=one", right)
	if got.Status != 200 || got.Header.Get("Cache-Control") != "no-store" || got.Body["expiresIn"] != 900.0 || got.Member("refreshToken") == "" {
		t.Fatalf("%d %s", got.Status, got.Text)
	}
	if list := a.Call(t, "GET /api/users", "", bearer(got.Member("token"))...); list.Status != 200 {
		t.Errorf("%d %s", list.Status, list.Text)
	}
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	one := a.Provision(t, "one")
	a.Provision(t, "two")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	credentials := fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, servertest.Password)
	refresh := func(token string, headers ...string) servertest.Response {
		return a.Call(t, "POST /api/refresh", fmt.Sprintf(`{"refreshToken":%q}`, token), headers...)
	}
	first := a.Call(t, "POST /api/login?tenant=one", credentials)
	if got := refresh(first.Member("refreshToken"), "X-Tenant", "two"); got.Status != 403 {
		t.Errorf("at another tenant: %d %s", got.Status, got.Text)
	}
	second := refresh(first.Member("refreshToken"))
	if second.Status != 200 || second.Member("refreshToken") == first.Member("refreshToken") {
		t.Fatalf("%d %s", second.Status, second.Text)
	}
	third := refresh(second.Member("refreshToken"))
	if third.Status != 200 {
		t.Fatalf("%d %s", third.Status, third.Text)
	}
	// The first one again: somebody else has it, so the whole family ends.
	if got := refresh(first.Member("refreshToken")); got.Status != 401 || got.Code() != "token_invalid" {
		t.Errorf("used twice: %d %s", got.Status, got.Text)
	}
	if got := refresh(third.Member("refreshToken")); got.Status != 401 {
		t.Errorf("after its family ended: %d %s", got.Status, got.Text)
	}
	if got := a.Call(t, "GET /api/users", "", bearer(third.Member("token"))...); got.Status != 401 {
		t.Errorf("the family's token: %d %s", got.Status, got.Text)
	}
	for _, token := range []string{"", "x", strings.Repeat("A", 80), third.Member("token")} {
		if got := refresh(token); got.Status != 401 {
			t.Errorf("%.20q: %d %s", token, got.Status, got.Text)
		}
	}
}

func TestLogoutAndPassword(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic, Permission: []users.Permission{"read"}})
	here := a.Login(t, "one", "ada@example.com", servertest.Password)
	there := a.Login(t, "one", "ada@example.com", servertest.Password)
	operator := a.Token(t, one.ID, "super")
	status := func(token string) int { return a.Call(t, "GET /api/users", "", bearer(token)...).Status }

	if got := a.Call(t, "POST /api/logout", "", bearer(operator)...); got.Status != 403 {
		t.Errorf("an operator logs out: %d %s", got.Status, got.Text)
	}
	if got := a.Call(t, "POST /api/logout", "", bearer(there)...); got.Status != 204 {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	if status(there) != 401 || status(here) != 200 {
		t.Errorf("after one logged out: %d and %d", status(there), status(here))
	}
	there = a.Login(t, "one", "ada@example.com", servertest.Password)
	for name, test := range map[string]struct {
		body    string
		pointer string
	}{
		"a wrong current one": {`{"current":"wrong horse","new":"another horse"}`, "/current"},
		"a short new one":     {fmt.Sprintf(`{"current":%q,"new":"short"}`, servertest.Password), "/new"},
		"no current one":      {`{"new":"another horse"}`, "/current"},
	} {
		got := a.Call(t, "POST /api/password", test.body, bearer(here)...)
		if got.Status != 422 || got.List("errors")[0]["pointer"] != test.pointer {
			t.Errorf("%s: %d %s", name, got.Status, got.Text)
		}
	}
	changed := fmt.Sprintf(`{"current":%q,"new":"another horse"}`, servertest.Password)
	operators := bearer(a.Token(t, one.ID, "super"))
	for line, body := range map[string]string{"POST /api/password": changed, "POST /api/logout": ""} {
		if got := a.Call(t, line, body, operators...); got.Status != 403 || !strings.Contains(got.Text, "belongs to no user") {
			t.Errorf("%s of nobody: %d %s", line, got.Status, got.Text)
		}
	}
	if got := a.Call(t, "POST /api/password", changed, bearer(here)...); got.Status != 204 {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	if status(there) != 401 || status(here) != 200 {
		t.Errorf("after the password changed: %d elsewhere and %d here", status(there), status(here))
	}
	a.Login(t, "one", "ada@example.com", "another horse")
	if got := a.Call(t, "POST /api/login?tenant=one", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, servertest.Password)); got.Status != 401 {
		t.Errorf("the old password: %d", got.Status)
	}
}

func TestSessionsDoNotPileUp(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	one := a.Provision(t, "one")
	ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	kept := sessions.In(a.Stack().Catalog.Admin())
	for i := range 30 {
		expires := time.Now().Add(time.Hour)
		if i < 20 {
			expires = time.Now().Add(-time.Hour)
		}
		_, err := kept.Create(t.Context(), sessions.New{Tenant: one.ID, User: ada.ID, Token: store.Some("none"), ExpiresAt: expires})
		if err != nil {
			t.Fatal(err)
		}
	}
	count := func() int {
		page, err := kept.Find(t.Context(), sessions.Query{Where: store.And(sessions.Tenant.Eq(one.ID), sessions.User.Eq(ada.ID)), Limit: meta.MaxLimit})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Documents)
	}
	token := a.Login(t, "one", "ada@example.com", servertest.Password)
	if n := count(); n != 11 {
		t.Errorf("%d sessions after a login, want those that have not expired and the new one", n)
	}
	for range 15 {
		a.Login(t, "one", "ada@example.com", servertest.Password)
	}
	if n := count(); n != 20 {
		t.Errorf("%d sessions", n)
	}
	if got := a.Call(t, "GET /api/users", "", bearer(token)...); got.Status != 200 {
		t.Errorf("the first of the last logins: %d %s", got.Status, got.Text)
	}
}

func TestStandingIsFeltAtOnce(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.TenantCacheTTL = time.Hour })
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	bob := servertest.AddUser(t, one.Handle(), "bob", users.Role{Name: users.RoleNameBasic, Permission: []users.Permission{"read"}})
	super, token := a.Login(t, "one", "ada@example.com", servertest.Password), a.Login(t, "one", "bob@example.com", servertest.Password)
	list := func() int { return a.Call(t, "GET /api/users", "", bearer(token)...).Status }
	patch := func(id bson.ObjectID, body string) servertest.Response {
		path := "/api/users/" + id.Hex()
		etag := a.Call(t, "GET "+path, "", bearer(super)...).Header.Get("ETag")
		return a.Call(t, "PATCH "+path, body, append(bearer(super), "If-Match", etag)...)
	}
	if list() != 200 {
		t.Fatal("bob may not read")
	}
	if got := patch(bob.ID, `{"role":{"permission":[]}}`); got.Status != 200 || list() != 403 {
		t.Errorf("without the permission: %d, %d", got.Status, list())
	}
	if got := patch(bob.ID, `{"role":{"permission":["read"]}}`); got.Status != 200 || list() != 200 {
		t.Errorf("with it again: %d, %d", got.Status, list())
	}
	if got := patch(bob.ID, `{"role":{"name":"blocked"}}`); got.Status != 200 || list() != 403 {
		t.Errorf("barred: %d, %d", got.Status, list())
	}
	if got := patch(bob.ID, `{"role":{"name":"basic"},"password":"another horse"}`); got.Status != 200 || list() != 401 {
		t.Errorf("with a new password: %d, %d", got.Status, list())
	}
	token = a.Login(t, "one", "bob@example.com", "another horse")
	path := "/api/users/" + bob.ID.Hex()
	etag := a.Call(t, "GET "+path, "", bearer(super)...).Header.Get("ETag")
	if got := a.Call(t, "DELETE "+path, "", append(bearer(super), "If-Match", etag)...); got.Status != 204 || list() != 401 {
		t.Errorf("deleted: %d, %d", got.Status, list())
	}
}

func TestLastSuperStays(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	one := a.Provision(t, "one")
	ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	token := a.Token(t, one.ID, "super")
	path := "/api/users/" + ada.ID.Hex()
	match := func() []string {
		return append(bearer(token), "If-Match", a.Call(t, "GET "+path, "", bearer(token)...).Header.Get("ETag"))
	}
	for _, body := range []string{`{"role":{"name":"basic"}}`, `{"role":{"name":"blocked"}}`, `{"role":null}`, `{"role":{"name":null}}`} {
		if got := a.Call(t, "PATCH "+path, body, match()...); got.Status != 409 || got.Code() != "last_super" {
			t.Errorf("%s: %d %s", body, got.Status, got.Text)
		}
	}
	if got := a.Call(t, "DELETE "+path, "", match()...); got.Status != 409 || got.Code() != "last_super" {
		t.Errorf("delete: %d %s", got.Status, got.Text)
	}
	if got := a.Call(t, "PATCH "+path, `{"name":"Ada L.","role":{"permission":["read"]}}`, match()...); got.Status != 200 {
		t.Errorf("another change: %d %s", got.Status, got.Text)
	}
	// Two supers take the role from each other at once, again and again: one of
	// them always keeps it.
	bob := servertest.AddUser(t, one.Handle(), "bob", users.Role{Name: users.RoleNameSuper})
	people := users.In(one.Handle())
	for range 10 {
		var both sync.WaitGroup
		for _, id := range []bson.ObjectID{ada.ID, bob.ID} {
			both.Go(func() {
				path := "/api/users/" + id.Hex()
				etag := a.Call(t, "GET "+path, "", bearer(token)...).Header.Get("ETag")
				a.Call(t, "PATCH "+path, `{"role":{"name":"basic"}}`, append(bearer(token), "If-Match", etag)...)
			})
		}
		both.Wait()
		page, err := people.Find(t.Context(), users.Query{Where: users.RoleName.Eq(users.RoleNameSuper)})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Documents) == 0 {
			t.Fatal("nobody may do everything any more")
		}
		for _, id := range []bson.ObjectID{ada.ID, bob.ID} {
			super := users.Patch{Role: store.Set(users.RolePatch{Name: store.Set(users.RoleNameSuper)})}
			if _, err := people.Update(t.Context(), id, super); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestTenantsNeverMix has many clients ask for many tenants through a pool of few connections.
// Each document bears its tenant's stamp.
func TestTenantsNeverMix(t *testing.T) {
	t.Parallel()
	const tenantCount, clients, rounds, connections = 12, 24, 8, 6
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.MaxPoolSize = connections })
	type party struct{ name, token string }
	parties := make([]party, tenantCount)
	for i := range parties {
		name := fmt.Sprintf("t%d", i)
		made := a.Provision(t, name)
		parties[i] = party{name, a.Token(t, made.ID, "super")}
		_, err := users.In(made.Handle()).Create(t.Context(), users.New{
			Name: "stamp-" + name, Email: "same@example.com", Password: store.StoredSecret("none"),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range rounds {
				p := parties[rand.IntN(len(parties))]
				got := a.Call(t, "GET /api/users?tenant="+p.name, "", bearer(p.token)...)
				list := got.List("users")
				if got.Status != 200 || len(list) != 1 || list[0]["name"] != "stamp-"+p.name {
					t.Errorf("%s got %d %s", p.name, got.Status, got.Text)
				}
				other := parties[rand.IntN(len(parties))]
				if other.name == p.name {
					continue
				}
				if got := a.Call(t, "GET /api/users?tenant="+other.name, "", bearer(p.token)...); got.Status != 403 {
					t.Errorf("%s got into %s: %d", p.name, other.name, got.Status)
				}
			}
		})
	}
	all.Wait()
}
