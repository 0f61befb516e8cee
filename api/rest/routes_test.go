package rest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
)

// one starts a server with one tenant, and returns a token that may do
// everything there.
func one(t *testing.T) (a *servertest.Server, super string) {
	t.Helper()
	a = servertest.Start(t, testdb.URI(t), nil)
	made := a.Provision(t, "one")
	return a, a.Token(t, made.ID, "super")
}

const newUser = `{"name":"Ada","email":" Ada@Example.com","password":"correct horse"}`

func TestFiveRoutes(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	created := a.Call(t, "POST /api/users", newUser, bearer(super)...)
	id := created.Member("_id")
	if created.Status != 201 || created.Header.Get("Location") != "/api/users/"+id || created.Header.Get("ETag") == "" {
		t.Fatalf("create: %d %s %v", created.Status, created.Text, created.Header)
	}
	if created.Member("email") != "ada@example.com" || fmt.Sprint(created.Body["role"]) != "map[name:basic permission:[]]" {
		t.Errorf("created %s", created.Text)
	}
	if strings.Contains(created.Text, "argon2id") || created.Body["password"] != nil || created.Body["_rev"] != nil {
		t.Errorf("what is not to be seen: %s", created.Text)
	}
	path := "/api/users/" + id
	got := a.Call(t, "GET "+path, "", bearer(super)...)
	if got.Status != 200 || got.Text != created.Text || got.Header.Get("ETag") != created.Header.Get("ETag") {
		t.Errorf("get: %d %s", got.Status, got.Text)
	}
	unchanged := a.Call(t, "GET "+path, "", append(bearer(super), "If-None-Match", got.Header.Get("ETag"))...)
	if unchanged.Status != 304 || unchanged.Text != "" {
		t.Errorf("get if changed: %d %s", unchanged.Status, unchanged.Text)
	}
	etag := append(bearer(super), "If-Match", got.Header.Get("ETag"))
	patched := a.Call(t, "PATCH "+path, `{"name":"Ada L.","role":{"permission":["read"]}}`, etag...)
	if patched.Status != 200 || patched.Member("name") != "Ada L." || fmt.Sprint(patched.Body["role"]) != "map[name:basic permission:[read]]" {
		t.Errorf("patch: %d %s", patched.Status, patched.Text)
	}
	again := a.Call(t, "PATCH "+path, `{"name":"Other"}`, etag...)
	if again.Status != 412 || again.Code() != "stale" {
		t.Errorf("patch of what was: %d %s", again.Status, again.Text)
	}
	etag[len(etag)-1] = patched.Header.Get("ETag")
	unset := a.Call(t, "PATCH "+path, `{"role":null}`, etag...)
	if unset.Status != 200 || fmt.Sprint(unset.Body["role"]) != "map[name:basic permission:[]]" {
		t.Errorf("unset: %d %s", unset.Status, unset.Text)
	}
	etag[len(etag)-1] = unset.Header.Get("ETag")
	for method, body := range map[string]string{"PATCH": `{"name":"X"}`, "DELETE": ""} {
		if got := a.Call(t, method+" "+path, body, bearer(super)...); got.Status != 428 || got.Code() != "if_match_required" {
			t.Errorf("%s without If-Match: %d %s", method, got.Status, got.Text)
		}
	}
	if got := a.Call(t, "DELETE "+path, "", append(bearer(super), "If-Match", `W/`+unset.Header.Get("ETag"))...); got.Status != 412 {
		t.Errorf("a weak tag: %d %s", got.Status, got.Text)
	}
	if got := a.Call(t, "DELETE "+path, "", etag...); got.Status != 204 || got.Text != "" {
		t.Errorf("delete: %d %s", got.Status, got.Text)
	}
	for _, line := range []string{"GET " + path, "DELETE " + path} {
		if got := a.Call(t, line, "", etag...); got.Status != 404 || got.Code() != "not_found" {
			t.Errorf("%s of nothing: %d %s", line, got.Status, got.Text)
		}
	}
}

func TestListIsPaged(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	var want []string
	for i := range 5 {
		made := a.Call(t, "POST /api/users", fmt.Sprintf(`{"name":"N","email":"n%d@example.com","password":"correct horse"}`, i), bearer(super)...)
		want = append(want, made.Member("_id"))
	}
	var seen []string
	path := "/api/users?limit=2"
	for path != "" {
		page := a.Call(t, "GET "+path, "", bearer(super)...)
		for _, user := range page.List("users") {
			seen = append(seen, user["_id"].(string))
		}
		link, _, linked := strings.Cut(strings.TrimPrefix(page.Header.Get("Link"), "<"), ">")
		if linked != (page.Member("next") != "") {
			t.Errorf("link %q and next %q", link, page.Member("next"))
		}
		path = link
	}
	if !slices.Equal(seen, want) {
		t.Errorf("pages have %v, want %v", seen, want)
	}
	empty := a.Call(t, "GET /api/users?email=nobody@example.com", "", bearer(super)...)
	if empty.Text != `{"message":"Users found successfully","users":[]}` {
		t.Errorf("nothing found is %s", empty.Text)
	}
}

func TestListIsFiltered(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for i, role := range []string{"basic", "auditor", "hos", "basic"} {
		body := fmt.Sprintf(`{"name":"N","email":"n%d.x@example.com","password":"correct horse","role":{"name":"%s"}}`, i, role)
		if made := a.Call(t, "POST /api/users", body, bearer(super)...); made.Status != 201 {
			t.Fatal(made.Text)
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
			page := a.Call(t, "GET "+path, "", bearer(super)...)
			for _, user := range page.List("users") {
				seen = append(seen, user["email"].(string)[:2])
			}
			path, _, _ = strings.Cut(strings.TrimPrefix(page.Header.Get("Link"), "<"), ">")
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
	made := a.Call(t, "POST /api/users", newUser, bearer(super)...)
	path := "/api/users/" + made.Member("_id")
	match := []string{"If-Match", made.Header.Get("ETag")}
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
		got := a.Call(t, test.line, test.body, append(bearer(super), match...)...)
		if got.Status != test.status || got.Code() != test.code {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
			continue
		}
		var pointers []string
		for _, e := range got.List("errors") {
			pointers = append(pointers, e["pointer"].(string))
		}
		if !slices.Equal(pointers, test.pointers) {
			t.Errorf("%s: pointers are %q, want %q", test.name, pointers, test.pointers)
		}
		if got.Header.Get("Content-Type") != "application/problem+json" || got.Member("message") == "" ||
			got.Member("message") != got.Member("detail") || got.Member("requestId") != got.Header.Get("X-Request-Id") {
			t.Errorf("%s: not a whole problem: %s", test.name, got.Text)
		}
	}
	if got := a.Call(t, "GET "+path, "", bearer(super)...); got.Text != made.Text {
		t.Errorf("a refusal changed %s\nto %s", made.Text, got.Text)
	}
}

func TestOnlyJSONIsRead(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "nonsense/"} {
		got := a.Call(t, "POST /api/users", newUser, append(bearer(super), "Content-Type", kind)...)
		if got.Status != 415 {
			t.Errorf("%q: %d %s", kind, got.Status, got.Text)
		}
	}
	got := a.Call(t, "POST /api/users", newUser, append(bearer(super), "Content-Type", "application/json; charset=utf-8")...)
	if got.Status != 201 {
		t.Errorf("%d %s", got.Status, got.Text)
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
	got := a.Call(t, "GET /openapi.json", "")
	if got.Status != 200 || got.Text != string(gen.OpenAPI) {
		t.Errorf("%d, %d bytes", got.Status, len(got.Text))
	}
}

func TestServiceRoutes(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := a.Call(t, "GET "+path, ""); got.Status != 200 {
			t.Errorf("%s: %d %s", path, got.Status, got.Text)
		}
	}
	keys := a.Call(t, "GET /.well-known/jwks.json", "")
	if list := keys.List("keys"); len(list) != 1 || list[0]["kty"] != "OKP" || list[0]["d"] != nil {
		t.Errorf("keys: %s", keys.Text)
	}
	got := a.Call(t, "GET /api/users", "", append(bearer(super), "X-Request-Id", "mine-1")...)
	if got.Header.Get("X-Request-Id") != "mine-1" || got.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", got.Header)
	}
	forged := a.Call(t, "GET /healthz", "", "X-Request-Id", `"><script>`)
	if id := forged.Header.Get("X-Request-Id"); strings.Contains(id, "<") || id == "" {
		t.Errorf("request id: %s", id)
	}
}

func TestLogSaysNothingSecret(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	a.Call(t, "POST /api/users", newUser, bearer(super)...)
	a.Call(t, "POST /api/login", `{"email":"ada@example.com","password":"correct horse"}`, "X-Tenant", "one")
	a.Call(t, "GET /api/users?email=ada@example.com", "", bearer(super)...)
	for _, secret := range []string{super, "correct horse", "argon2id", "ada@example.com", servertest.Key} {
		if strings.Contains(a.Log.String(), secret) {
			t.Errorf("the log has %.20s…\n%s", secret, a.Log)
		}
	}
	if !strings.Contains(a.Log.String(), "tenant=one") || !strings.Contains(a.Log.String(), "path=/api/users") {
		t.Errorf("the log is\n%s", a.Log)
	}
}

func TestCatalogIsNobodysBusiness(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for _, name := range []string{"tenants", "sessions"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := a.Call(t, method+" /api/"+name, "", bearer(super)...); got.Status != 404 {
				t.Errorf("%s %s: %d", method, name, got.Status)
			}
		}
	}
}

// TestLogOfRequests has a row for what the log is to say of a request, and not to say.
func TestLogOfRequests(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	token := a.Token(t, a.Provision(t, "one").ID, "super")
	made := a.Call(t, "POST /api/users", newUser, bearer(token)...)
	login := a.Call(t, "POST /api/login?tenant=one", `{"email":"`+made.Member("email")+`","password":"correct horse"}`)
	for name, test := range map[string]struct {
		got        servertest.Response
		says, hide []string
	}{
		"an operator's token":   {a.Call(t, "GET /api/users", "", bearer(token)...), []string{"status=200", "tenant=one", "tookMs=", "client=127.0.0.1", "level=INFO"}, []string{"user=", "code=", "bytes=0 "}},
		"a user's":              {a.Call(t, "GET /api/users", "", bearer(login.Member("token"))...), []string{"user=" + made.Member("_id")}, nil},
		"a query that is wrong": {a.Call(t, "GET /api/users?nothing=1", "", bearer(token)...), []string{"status=400", "code=query_invalid"}, []string{"nothing"}},
		"no token":              {a.Call(t, "GET /api/users?tenant=one", ""), []string{"status=401", "code=token_missing"}, []string{"tenant="}},
	} {
		line := servertest.LineWith(a.Log.String(), test.got.Header.Get("X-Request-Id"))
		for _, word := range test.says {
			if !strings.Contains(line, word) {
				t.Errorf("%s: %s is not in %s", name, word, line)
			}
		}
		for _, word := range test.hide {
			if strings.Contains(line, word) {
				t.Errorf("%s: %s is in %s", name, word, line)
			}
		}
	}
	for _, line := range []string{"GET /healthz", "GET /readyz", "GET /readyz?x=1"} {
		if id := a.Call(t, line, "").Header.Get("X-Request-Id"); servertest.LineWith(a.Log.String(), id) != "" {
			t.Errorf("%s is a line of the log", line)
		}
	}
}

// TestAnswersAreWhole, however many pieces they are written in.
func TestAnswersAreWhole(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	resp, err := http.Get(a.Base + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || int64(len(text)) != resp.ContentLength || len(text) < 32<<10 {
		t.Errorf("%d of %d bytes, %v", len(text), resp.ContentLength, err)
	}
}
