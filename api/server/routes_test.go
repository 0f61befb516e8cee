package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
)

// one starts a server with one tenant, and returns a token that may do
// everything there.
func one(t *testing.T) (a *api, super string) {
	t.Helper()
	a = start(t, testdb.URI(t), nil)
	made := a.provision(t, "one")
	return a, a.token(t, made.ID, "super")
}

const newUser = `{"name":"Ada","email":" Ada@Example.com","password":"correct horse"}`

func TestFiveRoutes(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	created := a.call(t, "POST /api/users", newUser, bearer(super)...)
	id := created.string("_id")
	if created.status != 201 || created.header.Get("Location") != "/api/users/"+id || created.header.Get("ETag") == "" {
		t.Fatalf("create: %d %s %v", created.status, created.text, created.header)
	}
	if created.string("email") != "ada@example.com" || fmt.Sprint(created.body["role"]) != "map[name:basic permission:[]]" {
		t.Errorf("created %s", created.text)
	}
	if strings.Contains(created.text, "argon2id") || created.body["password"] != nil || created.body["_rev"] != nil {
		t.Errorf("what is not to be seen: %s", created.text)
	}
	path := "/api/users/" + id
	got := a.call(t, "GET "+path, "", bearer(super)...)
	if got.status != 200 || got.text != created.text || got.header.Get("ETag") != created.header.Get("ETag") {
		t.Errorf("get: %d %s", got.status, got.text)
	}
	unchanged := a.call(t, "GET "+path, "", append(bearer(super), "If-None-Match", got.header.Get("ETag"))...)
	if unchanged.status != 304 || unchanged.text != "" {
		t.Errorf("get if changed: %d %s", unchanged.status, unchanged.text)
	}
	etag := append(bearer(super), "If-Match", got.header.Get("ETag"))
	patched := a.call(t, "PATCH "+path, `{"name":"Ada L.","role":{"permission":["read"]}}`, etag...)
	if patched.status != 200 || patched.string("name") != "Ada L." || fmt.Sprint(patched.body["role"]) != "map[name:basic permission:[read]]" {
		t.Errorf("patch: %d %s", patched.status, patched.text)
	}
	again := a.call(t, "PATCH "+path, `{"name":"Other"}`, etag...)
	if again.status != 412 || again.code() != "stale" {
		t.Errorf("patch of what was: %d %s", again.status, again.text)
	}
	etag[len(etag)-1] = patched.header.Get("ETag")
	unset := a.call(t, "PATCH "+path, `{"role":null}`, etag...)
	if unset.status != 200 || fmt.Sprint(unset.body["role"]) != "map[name:basic permission:[]]" {
		t.Errorf("unset: %d %s", unset.status, unset.text)
	}
	etag[len(etag)-1] = unset.header.Get("ETag")
	for method, body := range map[string]string{"PATCH": `{"name":"X"}`, "DELETE": ""} {
		if got := a.call(t, method+" "+path, body, bearer(super)...); got.status != 428 || got.code() != "if_match_required" {
			t.Errorf("%s without If-Match: %d %s", method, got.status, got.text)
		}
	}
	if got := a.call(t, "DELETE "+path, "", append(bearer(super), "If-Match", `W/`+unset.header.Get("ETag"))...); got.status != 412 {
		t.Errorf("a weak tag: %d %s", got.status, got.text)
	}
	if got := a.call(t, "DELETE "+path, "", etag...); got.status != 204 || got.text != "" {
		t.Errorf("delete: %d %s", got.status, got.text)
	}
	for _, line := range []string{"GET " + path, "DELETE " + path} {
		if got := a.call(t, line, "", etag...); got.status != 404 || got.code() != "not_found" {
			t.Errorf("%s of nothing: %d %s", line, got.status, got.text)
		}
	}
}

func TestListIsPaged(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	var want []string
	for i := range 5 {
		made := a.call(t, "POST /api/users", fmt.Sprintf(`{"name":"N","email":"n%d@example.com","password":"correct horse"}`, i), bearer(super)...)
		want = append(want, made.string("_id"))
	}
	var seen []string
	path := "/api/users?limit=2"
	for path != "" {
		page := a.call(t, "GET "+path, "", bearer(super)...)
		for _, user := range page.list("users") {
			seen = append(seen, user["_id"].(string))
		}
		link, _, linked := strings.Cut(strings.TrimPrefix(page.header.Get("Link"), "<"), ">")
		if linked != (page.string("next") != "") {
			t.Errorf("link %q and next %q", link, page.string("next"))
		}
		path = link
	}
	if !slices.Equal(seen, want) {
		t.Errorf("pages have %v, want %v", seen, want)
	}
	empty := a.call(t, "GET /api/users?email=nobody@example.com", "", bearer(super)...)
	if empty.text != `{"message":"Users found successfully","users":[]}` {
		t.Errorf("nothing found is %s", empty.text)
	}
}

func TestListIsFiltered(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for i, role := range []string{"basic", "auditor", "hos", "basic"} {
		body := fmt.Sprintf(`{"name":"N","email":"n%d.x@example.com","password":"correct horse","role":{"name":"%s"}}`, i, role)
		if made := a.call(t, "POST /api/users", body, bearer(super)...); made.status != 201 {
			t.Fatal(made.text)
		}
	}
	for query, want := range map[string][]string{
		"role.name[in]=basic&role.name[in]=auditor&limit=1": {"n1", "n3", "n0"},
		"role.name[in]=hos":                   {"n2"},
		"email[prefix]=N2.":                   {"n2"},
		"email[prefix]=n&sort=-email&limit=3": {"n3", "n2", "n1", "n0"},
		"email[prefix]=n..x":                  nil,
	} {
		var seen []string
		for path := "/api/users?" + query; path != ""; {
			page := a.call(t, "GET "+path, "", bearer(super)...)
			for _, user := range page.list("users") {
				seen = append(seen, user["email"].(string)[:2])
			}
			path, _, _ = strings.Cut(strings.TrimPrefix(page.header.Get("Link"), "<"), ">")
		}
		if !slices.Equal(seen, want) {
			t.Errorf("%s: %v, want %v", query, seen, want)
		}
	}
}

// TestRefusals has a row a way to ask for what cannot be.
func TestRefusals(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	made := a.call(t, "POST /api/users", newUser, bearer(super)...)
	path := "/api/users/" + made.string("_id")
	match := []string{"If-Match", made.header.Get("ETag")}
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for _, test := range []struct {
		name, line, body string
		status           int
		code             string
		pointers         []string
	}{
		{"no JSON", "POST /api/users", "name=Ada", 400, "body_invalid", nil},
		{"half JSON", "POST /api/users", `{"name":"Ada"`, 400, "body_invalid", nil},
		{"an array", "POST /api/users", `[]`, 400, "body_invalid", nil},
		{"two objects", "POST /api/users", `{} {}`, 400, "body_invalid", nil},
		{"no UTF-8", "POST /api/users", "{\"name\":\"\xff\"}", 400, "body_invalid", nil},
		{"too deep", "POST /api/users", deep, 400, "body_invalid", nil},
		{"too long", "POST /api/users", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "body_too_large", nil},
		{"nothing given", "POST /api/users", `{}`, 422, "validation_failed", []string{"/name", "/email", "/password"}},
		{"nulls given", "POST /api/users", `{"name":null,"email":null,"password":null,"role":null}`, 422, "validation_failed", []string{"/name", "/email", "/password"}},
		{"an unknown field", "POST /api/users", newUser[:len(newUser)-1] + `,"admin":true}`, 422, "validation_failed", []string{"/admin"}},
		{"read-only fields", "POST /api/users", newUser[:len(newUser)-1] + `,"_id":"6b049d63d28cf555e0d01131","createdAt":"2026-01-01T00:00:00Z","_rev":5}`, 422, "validation_failed", []string{"/_id", "/createdAt", "/_rev"}},
		{"an operator", "POST /api/users", `{"name":"N","email":{"$gt":""},"password":"correct horse"}`, 422, "validation_failed", []string{"/email"}},
		{"an operator as a field", "POST /api/users", newUser[:len(newUser)-1] + `,"$where":"1"}`, 422, "validation_failed", []string{"/$where"}},
		{"operators within", "POST /api/users", newUser[:len(newUser)-1] + `,"role":{"name":{"$ne":"x"},"permission":[{"$gt":""},"read"],"$set":1}}`, 422, "validation_failed", []string{"/role/name", "/role/permission/0", "/role/$set"}},
		{"a member twice", "POST /api/users", newUser[:len(newUser)-1] + `,"name":"B"}`, 422, "validation_failed", []string{"/name"}},
		{"everything wrong", "POST /api/users", `{"name":"` + strings.Repeat("x", 201) + `","email":"x","password":"short","role":{"name":"owner"}}`, 422, "validation_failed", []string{"/password", "/role/name", "/name", "/email"}},
		{"a taken address", "POST /api/users", newUser, 409, "duplicate", []string{"/email"}},
		{"an id that is none", "GET /api/users/42", "", 400, "id_invalid", nil},
		{"an id with an operator", "GET /api/users/%7B%22$gt%22:%22%22%7D", "", 400, "id_invalid", nil},
		{"an id of nobody", "GET /api/users/ffffffffffffffffffffffff", "", 404, "not_found", nil},
		{"an operator in a patch", "PATCH " + path, `{"name":{"$gt":""}}`, 422, "validation_failed", []string{"/name"}},
		{"a required field removed", "PATCH " + path, `{"email":null}`, 422, "validation_failed", []string{"/email"}},
		{"an unknown parameter", "GET /api/users?nam=Ada", "", 400, "query_invalid", []string{"nam"}},
		{"a parameter twice", "GET /api/users?email=a@b.c&email=d@e.f", "", 400, "query_invalid", []string{"email"}},
		{"an operator as a parameter", "GET /api/users?email[$gt]=", "", 400, "query_invalid", []string{"email[$gt]"}},
		{"another operator", "GET /api/users?email[ne]=x", "", 400, "query_invalid", []string{"email[ne]"}},
		{"a value of several that is none", "GET /api/users?role.name[in]=basic&role.name[in]=owner", "", 400, "query_invalid", []string{"role.name[in]"}},
		{"several values of what is one", "GET /api/users?email[gt]=a&email[gt]=b", "", 400, "query_invalid", []string{"email[gt]"}},
		{"the beginning of what is no text", "GET /api/users?role.name[prefix]=b", "", 400, "query_invalid", []string{"role.name[prefix]"}},
		{"a beginning with a zero byte", "GET /api/users?email[prefix]=a%00", "", 400, "query_invalid", []string{"email[prefix]"}},
		{"no index", "GET /api/users?createdAt[gte]=2026-01-01T00:00:00Z", "", 400, "query_invalid", []string{""}},
		{"a value that is none", "GET /api/users?role.name=owner", "", 400, "query_invalid", []string{"role.name"}},
		{"a limit of nothing", "GET /api/users?limit=0", "", 400, "query_invalid", []string{"limit"}},
		{"a limit too long", "GET /api/users?limit=201", "", 400, "query_invalid", []string{"limit"}},
		{"a limit that is none", "GET /api/users?limit=x", "", 400, "query_invalid", []string{"limit"}},
		{"a sort by a secret", "GET /api/users?sort=password", "", 400, "query_invalid", []string{"sort"}},
		{"a cursor that is none", "GET /api/users?after=zzz", "", 400, "query_invalid", []string{"after"}},
		{"no route", "GET /api/nothing", "", 404, "route_not_found", nil},
		{"no method", "PUT /api/users", "", 405, "method_not_allowed", nil},
		{"the catalog", "GET /api/tenants", "", 404, "route_not_found", nil},
	} {
		got := a.call(t, test.line, test.body, append(bearer(super), match...)...)
		if got.status != test.status || got.code() != test.code {
			t.Errorf("%s: %d %s", test.name, got.status, got.text)
			continue
		}
		var pointers []string
		for _, e := range got.list("errors") {
			pointers = append(pointers, e["pointer"].(string))
		}
		if !slices.Equal(pointers, test.pointers) {
			t.Errorf("%s: pointers are %q, want %q", test.name, pointers, test.pointers)
		}
		if got.header.Get("Content-Type") != "application/problem+json" || got.string("message") == "" ||
			got.string("message") != got.string("detail") || got.string("requestId") != got.header.Get("X-Request-Id") {
			t.Errorf("%s: not a whole problem: %s", test.name, got.text)
		}
	}
	if got := a.call(t, "GET "+path, "", bearer(super)...); got.text != made.text {
		t.Errorf("a refusal changed %s\nto %s", made.text, got.text)
	}
}

func TestOnlyJSONIsRead(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "nonsense/"} {
		got := a.call(t, "POST /api/users", newUser, append(bearer(super), "Content-Type", kind)...)
		if got.status != 415 {
			t.Errorf("%q: %d %s", kind, got.status, got.text)
		}
	}
	got := a.call(t, "POST /api/users", newUser, append(bearer(super), "Content-Type", "application/json; charset=utf-8")...)
	if got.status != 201 {
		t.Errorf("%d %s", got.status, got.text)
	}
}

// TestRoutesAreDocumented compares the router with openapi.json, both ways.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(gen.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	var documented []string
	for path, methods := range document.Paths {
		for method := range methods {
			if method != "parameters" {
				documented = append(documented, strings.ToUpper(method)+" "+path)
			}
		}
	}
	a, _ := one(t)
	served := a.Routes()
	slices.Sort(documented)
	if !slices.Equal(documented, served) {
		t.Errorf("documented: %v\nserved:     %v", documented, served)
	}
	got := a.call(t, "GET /openapi.json", "")
	if got.status != 200 || got.text != string(gen.OpenAPI) {
		t.Errorf("%d, %d bytes", got.status, len(got.text))
	}
}

func TestServiceRoutes(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := a.call(t, "GET "+path, ""); got.status != 200 {
			t.Errorf("%s: %d %s", path, got.status, got.text)
		}
	}
	keys := a.call(t, "GET /.well-known/jwks.json", "")
	if list := keys.list("keys"); len(list) != 1 || list[0]["kty"] != "OKP" || list[0]["d"] != nil {
		t.Errorf("keys: %s", keys.text)
	}
	got := a.call(t, "GET /api/users", "", append(bearer(super), "X-Request-Id", "mine-1")...)
	if got.header.Get("X-Request-Id") != "mine-1" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", got.header)
	}
	forged := a.call(t, "GET /healthz", "", "X-Request-Id", `"><script>`)
	if id := forged.header.Get("X-Request-Id"); strings.Contains(id, "<") || id == "" {
		t.Errorf("request id: %s", id)
	}
}

func TestLogSaysNothingSecret(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	a.call(t, "POST /api/users", newUser, bearer(super)...)
	a.call(t, "POST /api/login", `{"email":"ada@example.com","password":"correct horse"}`, "X-Tenant", "one")
	a.call(t, "GET /api/users?email=ada@example.com", "", bearer(super)...)
	for _, secret := range []string{super, "correct horse", "argon2id", "ada@example.com", testKey} {
		if strings.Contains(a.log.String(), secret) {
			t.Errorf("the log has %.20s…\n%s", secret, a.log)
		}
	}
	if !strings.Contains(a.log.String(), "tenant=one") || !strings.Contains(a.log.String(), "path=/api/users") {
		t.Errorf("the log is\n%s", a.log)
	}
}

func TestCatalogIsNobodysBusiness(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for _, name := range []string{"tenants", "sessions"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := a.call(t, method+" /api/"+name, "", bearer(super)...); got.status != 404 {
				t.Errorf("%s %s: %d", method, name, got.status)
			}
		}
	}
}
