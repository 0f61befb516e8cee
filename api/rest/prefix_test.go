package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// ships is an operation of somebody's own that makes something.
var ships = rest.Route{Method: http.MethodPost, Path: "/api/orders/{id}/ship", Permission: "write", Handler: func(_ context.Context, r *rest.Request) (rest.Response, error) {
	at := r.Location("/api/shipments/" + url.PathEscape(r.Param("id")))
	return rest.Response{Status: 201, Body: map[string]string{"tenant": r.TenantName()}, Header: http.Header{"Location": {at}}}, nil
}}

// TestPathsOfTenants has a row for each way to write a tenant into a path, and for what is not found below one.
func TestPathsOfTenants(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(ships), namedFrom(rest.FromToken, rest.FromHeader, rest.FromPath))
	token := a.Token(t, a.Provision(t, "one").ID, "super")
	a.Provision(t, "two")
	const served, unauthorized, nowhere = "200 ", "403 tenant_unauthorized", "404 route_not_found"
	answers := map[string]bool{}
	for path, want := range map[string]string{
		"/t/one/api/users":                              served,
		"/t/%6fne/api/users":                            served,
		"/%74/one/%61pi/users":                          served,
		"/t/one/api/users?limit=1":                      served,
		"http://elsewhere/t/one/api/users":              served,
		"/t/two/api/users":                              unauthorized,
		"/t/nobody/api/users":                           unauthorized,
		"/t/ONE/api/users":                              unauthorized,
		"/t/one%2Fapi/api/users":                        unauthorized,
		"/t/one%2F../api/users":                         unauthorized,
		"/t/one%20/api/users":                           unauthorized,
		"/t/%6fne%00/api/users":                         "400 path_invalid",
		"/t/%ff/api/users":                              "400 path_invalid",
		"/t/a.b/api/users":                              unauthorized,
		"/t/.one/api/users":                             unauthorized,
		"/t/{tenant}/api/users":                         unauthorized,
		"/t/:tenant/api/users":                          unauthorized,
		"/t/api/api/users":                              unauthorized,
		"/t/" + strings.Repeat("a", 300) + "/api/users": unauthorized,
		"/t//api/users":                                 nowhere,
		"/t/./api/users":                                nowhere,
		"/t/../api/users":                               nowhere,
		"/t/%2e%2e/api/users":                           nowhere,
		"/t/one//api/users":                             nowhere,
		"/t/one/../two/api/users":                       nowhere,
		"/t/one/./api/users":                            nowhere,
		"/t/one/api/users/":                             nowhere,
		"/t/one/api/nothing":                            nowhere,
		"/t/one/api/":                                   nowhere,
		"/t/one/api":                                    nowhere,
		"/t/one/":                                       nowhere,
		"/t/one":                                        nowhere,
		"/t/":                                           nowhere,
		"/t":                                            nowhere,
		"/T/one/api/users":                              nowhere,
		"/t/one/t/one/api/users":                        nowhere,
		"/t/one/t/two/api/users":                        nowhere,
		"/x/t/one/api/users":                            nowhere,
		"/t%2Fone/api/users":                            nowhere,
		"/t/one%2Fapi%2Fusers":                          nowhere,
		"/t/one/healthz":                                nowhere,
		"/t/one/readyz":                                 nowhere,
		"/t/one/openapi.json":                           nowhere,
		"/t/one/.well-known/jwks.json":                  nowhere,
		"/api/t/one/users":                              nowhere,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			got := a.Transmit(t, plain(method+" "+path, token))
			if method == "HEAD" {
				if status, _, _ := strings.Cut(want, " "); fmt.Sprint(got.Status) != status || got.Text != "" {
					t.Errorf("HEAD %.60s: %d %s, want %s", path, got.Status, got.Text, status)
				}
				continue
			}
			if fmt.Sprint(got.Status, " ", got.Code()) != want {
				t.Errorf("%.60s: %d %s, want %s", path, got.Status, got.Text, want)
			}
			if got.Code() == "tenant_unauthorized" {
				answers[strings.ReplaceAll(got.Text, got.Member("requestId"), "")] = true
			}
		}
	}
	if len(answers) != 1 {
		t.Errorf("unknown tenants are told apart: %v", answers)
	}
	for _, test := range []struct{ line, want string }{
		{"PUT /t/one/api/users", "405 method_not_allowed"},
		{"PUT /t/two/api/users", "405 method_not_allowed"},
		{"GET /api/users", served},
	} {
		if got := a.Call(t, test.line, "", bearer(token)...); fmt.Sprint(got.Status, " ", got.Code()) != test.want {
			t.Errorf("%s: %d %s, want %s", test.line, got.Status, got.Text, test.want)
		}
	}
	if got := a.Call(t, "OPTIONS /t/one/api/users/x", ""); got.Header.Get("Accept-Patch") == "" || !strings.Contains(got.Header.Get("Allow"), "PATCH") {
		t.Errorf("OPTIONS: %d %v", got.Status, got.Header)
	}
}

// TestBelowATenantsPath everything is as it is elsewhere, and what answers refer to is below it, too.
func TestBelowATenantsPath(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(ships), namedFrom(rest.FromPath))
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "root", users.Role{Name: users.RoleNameSuper})
	signed := a.Call(t, "POST /t/one/api/login", fmt.Sprintf(`{"email":"root@example.com","password":%q}`, servertest.Password))
	if signed.Status != 200 {
		t.Fatal(signed.Text)
	}
	signed = a.Call(t, "POST /t/one/api/refresh", fmt.Sprintf(`{"refreshToken":%q}`, signed.Member("refreshToken")))
	if signed.Status != 200 {
		t.Fatal(signed.Text)
	}
	token := bearer(signed.Member("token"))

	made := a.Call(t, "POST /t/%6Fne/api/users", newUser, token...)
	at := "/t/one/api/users/" + made.Member("_id")
	if made.Status != 201 || made.Header.Get("Location") != at {
		t.Fatalf("made: %d %s %v", made.Status, made.Text, made.Header)
	}
	page := a.Call(t, "GET /t/one/api/users?limit=1", "", token...)
	next, _, _ := strings.Cut(strings.TrimPrefix(page.Header.Get("Link"), "<"), ">")
	if !strings.HasPrefix(next, "/t/one/api/users?") {
		t.Errorf("the next page: %v", page.Header)
	}
	for _, test := range []struct {
		line, body string
		want       string
	}{
		{"GET " + next, "", "200 "},
		{"HEAD " + at, "", "200 "},
		{"GET " + at, "", "200 "},
		{"PATCH " + at, `{"name":"Ada L."}`, "200 "},
		{"DELETE " + at, "", "204 "},
		{"GET " + strings.TrimPrefix(at, "/t/one"), "", "400 tenant_missing"},
		{"POST /t/one/api/password", fmt.Sprintf(`{"current":%q,"new":"another horse battery"}`, servertest.Password), "204 "},
		{"POST /api/login", `{"email":"root@example.com","password":"another horse battery"}`, "400 tenant_missing"},
		{"POST /t/two/api/login", `{"email":"root@example.com","password":"another horse battery"}`, "401 invalid_credentials"},
		{"POST /t/o%2Fne/api/login", `{"email":"root@example.com","password":"another horse battery"}`, "401 invalid_credentials"},
		{"POST /t/one/api/login", `{"email":"root@example.com","password":"another horse battery"}`, "200 "},
		{"POST /t/one/api/logout", "", "204 "},
		{"GET /healthz", "", "200 "},
	} {
		if got := a.Call(t, test.line, test.body, append(token, "If-Match", "*")...); fmt.Sprint(got.Status, " ", got.Code()) != test.want {
			t.Errorf("%s: %d %s, want %s", test.line, got.Status, got.Text, test.want)
		}
	}
	super := a.Token(t, one.ID, "super")
	shipped := a.Transmit(t, plain("POST /t/one/api/orders/%61%2Fb/ship", super))
	if shipped.Status != 201 || shipped.Header.Get("Location") != "/t/one/api/shipments/a%2Fb" || shipped.Member("tenant") != "one" {
		t.Errorf("shipped: %d %s %v", shipped.Status, shipped.Text, shipped.Header)
	}
	if !strings.Contains(a.Log.String(), "path="+at) {
		t.Errorf("the log names other paths than were asked for: %s", a.Log)
	}
}

// TestPathsNameNobody where TENANT_FROM lacks them: they lead nowhere, whoever is there.
func TestPathsNameNobody(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(ships), nil)
	token := a.Token(t, a.Provision(t, "one").ID, "super")
	for _, line := range []string{"GET /t/one/api/users", "GET /t/two/api/users", "POST /t/one/api/login", "POST /t/one/api/orders/1/ship", "GET /t/one/healthz"} {
		if got := a.Call(t, line, "", bearer(token)...); got.Code() != "route_not_found" {
			t.Errorf("%s: %d %s", line, got.Status, got.Text)
		}
	}
	if got := a.Call(t, "POST /api/orders/1/ship", "", bearer(token)...); got.Header.Get("Location") != "/api/shipments/1" {
		t.Errorf("shipped: %d %v", got.Status, got.Header)
	}
}

// TestURLsOfTenants are servers of the document, and what is nobody's is served by the others.
func TestURLsOfTenants(t *testing.T) {
	t.Parallel()
	const own, path = "/", "/t/{tenant}"
	for name, test := range map[string]struct {
		change        func(*server.Config)
		servers, none string
	}{
		"neither": {namedFrom(rest.FromToken, rest.FromHeader), own, ""},
		"paths":   {namedFrom(rest.FromPath), own + " " + path, own},
		"hosts":   {namedFrom(rest.FromSubdomain), own + " {scheme}://{tenant}.app.example.com", own},
		"both, and hosts": {func(cfg *server.Config) {
			namedFrom(rest.FromToken, rest.FromSubdomain, rest.FromPath)(cfg)
			cfg.BaseDomains = server.Domains{"app.example.com", "xn--bcher-kva.example"}
		}, own + " {scheme}://{tenant}.app.example.com {scheme}://{tenant}.xn--bcher-kva.example " + path, own},
	} {
		a := servertest.Start(t, testdb.URI(t), test.change)
		var document struct {
			Servers []struct {
				URL       string
				Variables map[string]struct{ Default string }
			}
			Paths map[string]struct{ Servers []struct{ URL string } }
		}
		if err := json.Unmarshal([]byte(a.Call(t, "GET /openapi.json", "").Text), &document); err != nil {
			t.Fatal(err)
		}
		var urls []string
		for _, s := range document.Servers {
			urls = append(urls, s.URL)
			if strings.Contains(s.URL, "{tenant}") && s.Variables["tenant"].Default == "" || strings.Contains(s.URL, "{scheme}") && s.Variables["scheme"].Default != "https" {
				t.Errorf("%s: %s lacks a default: %v", name, s.URL, s.Variables)
			}
		}
		if got := strings.Join(urls, " "); got != test.servers {
			t.Errorf("%s: %s, want %s", name, got, test.servers)
		}
		for path, item := range document.Paths {
			got, want := "", test.none
			for _, s := range item.Servers {
				got += s.URL
			}
			if strings.HasPrefix(path, "/api/") {
				want = ""
			}
			if got != want {
				t.Errorf("%s: %s is served by %q, want %q", name, path, got, want)
			}
		}
	}
}
