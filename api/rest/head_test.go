package rest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// TestHeadIsGet asks everything that is there to be got by HEAD as well: all of
// the answer comes but its body.
func TestHeadIsGet(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(ownRoutes...), servertest.WithOperators)
	admin := a.Operators()
	super := a.Token(t, a.Provision(t, "one").ID, "super")
	made := a.Call(t, "POST /api/users", newUser, bearer(super)...)
	user := "/api/users/" + made.Member("_id")
	a.Call(t, "POST /api/users", strings.Replace(newUser, "Ada@", "Bob@", 1), bearer(super)...)

	lines := slices.DeleteFunc(lines(a), func(line string) bool { return !strings.HasPrefix(line, "GET ") })
	operators := slices.DeleteFunc(slices.Clone(adminLines), func(line string) bool { return !strings.HasPrefix(line, "GET ") })
	lines = append(lines, "GET "+user, "GET /api/users?limit=1", "GET "+user+"?expand=x", "GET /api/users/42", "GET /api/users?limit=1;", "GET /nowhere", "GET /api/login", "GET /api/users?"+many("x%d=1", 100))
	for on, of := range map[servertest.Client][]string{a.Client: lines, admin: operators} {
		for _, token := range []string{super, servertest.AdminToken, ""} {
			for _, line := range of {
				path := strings.TrimPrefix(line, "GET ")
				got, head := on.Transmit(t, plain(line, token)), on.Transmit(t, plain("HEAD "+path, token))
				if head.Status != got.Status || head.Text != "" {
					t.Errorf("HEAD %s: %d and a body of %d bytes; GET: %d", path, head.Status, len(head.Text), got.Status)
				}
				for _, differs := range []string{"Date", "X-Request-Id"} {
					got.Header.Del(differs)
					head.Header.Del(differs)
				}
				varies := strings.HasPrefix(path, "/debug/") || path == "/metrics" // as long as what they tell
				if !varies && head.Header.Get("Content-Length") == "" {
					t.Errorf("HEAD %s: no length", path)
				}
				if varies {
					got.Header.Del("Content-Length")
					head.Header.Del("Content-Length")
				}
				if diff := cmp.Diff(got.Header, head.Header); diff != "" {
					t.Errorf("HEAD %s:\n%s", path, diff)
				}
			}
		}
	}
	unchanged := a.Call(t, "HEAD "+user, "", append(bearer(super), "If-None-Match", made.Header.Get("ETag"))...)
	if unchanged.Status != 304 || unchanged.Header.Get("ETag") != made.Header.Get("ETag") {
		t.Errorf("what is known: %d %v", unchanged.Status, unchanged.Header)
	}
	for name := range about(scrape(t, a), "partywall_http_request_duration_seconds HEAD ") {
		if fields := strings.Fields(name); !slices.Contains(a.Routes(), "GET "+fields[2]) && fields[2] != "none" && fields[2] != "/api/login" {
			t.Errorf("a metric is %s", name)
		}
	}
}

// many returns n parameters of the form, for an answer that is long.
func many(form string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, form+"&", i)
	}
	return b.String()
}

// TestAllow asks every path what it takes, and for what it does not.
func TestAllow(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(ownRoutes...), servertest.WithOperators)
	admin := a.Operators()
	super := a.Token(t, a.Provision(t, "one").ID, "super")
	for on, rows := range map[servertest.Client]map[string]string{
		a.Client: {
			"/healthz":          "OPTIONS, GET, HEAD",
			"/openapi.json":     "OPTIONS, GET, HEAD",
			"/api/users":        "OPTIONS, GET, HEAD, POST",
			"/api/users/x":      "OPTIONS, DELETE, GET, HEAD, PATCH",
			"/api/%75sers/x":    "OPTIONS, DELETE, GET, HEAD, PATCH",
			"/api/login":        "OPTIONS, POST",
			"/api/me":           "OPTIONS, GET, HEAD",
			"/api/nothing":      "OPTIONS, DELETE",
			"/api/users/x/name": "OPTIONS, PUT",
		},
		admin: {
			"/admin/tenants":     "OPTIONS, GET, HEAD, POST",
			"/admin/tenants/one": "OPTIONS, GET, HEAD",
			"/metrics":           "OPTIONS, GET, HEAD",
			"/debug/pprof/heap":  "OPTIONS, GET, HEAD",
		},
	} {
		bear := super
		if on == admin {
			bear = servertest.AdminToken
		}
		for path, want := range rows {
			for method, status := range map[string]int{"OPTIONS": 204, "TRACE": 405, "BREW": 405} {
				got := on.Transmit(t, plain(method+" "+path, bear))
				if got.Status != status || got.Header.Get("Allow") != want || status == 405 && got.Code() != "method_not_allowed" {
					t.Errorf("%s %s: %d, Allow: %s %s", method, path, got.Status, got.Header.Get("Allow"), got.Text)
				}
			}
		}
		for _, line := range []string{"OPTIONS /nowhere", "HEAD /nowhere", "BREW /nowhere"} {
			if got := on.Transmit(t, plain(line, bear)); got.Status != 404 {
				t.Errorf("%s: %d", line, got.Status)
			}
		}
	}
	for _, method := range []string{"OPTIONS", "HEAD", "BREW"} {
		if got := admin.Transmit(t, plain(method+" /metrics", "")); got.Status != 401 {
			t.Errorf("%s without a token: %d", method, got.Status)
		}
	}
}

// TestCrossOrigin has pages of several origins call.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	const page = "https://app.example.com"
	a := servertest.Serve(t, testdb.URI(t), own(ownRoutes...), func(cfg *server.Config) { cfg.CORSOrigins = []string{page, "http://localhost:3000"} })
	token := a.Token(t, a.Provision(t, "one").ID, "super")
	type told struct{ origin, methods, headers, sees, age string }
	tells := func(got servertest.Response) told {
		h := func(name string) string { return got.Header.Get("Access-Control-" + name) }
		if h("Allow-Credentials") != "" || !slices.Contains(got.Header.Values("Vary"), "Origin") {
			t.Errorf("headers are %v", got.Header)
		}
		return told{h("Allow-Origin"), h("Allow-Methods"), h("Allow-Headers"), h("Expose-Headers"), h("Max-Age")}
	}
	const sees = "ETag, Location, Link, X-Request-Id, Retry-After"
	ask := []string{"Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: authorization,if-match"}
	preflight := told{page, "GET, HEAD, POST, PUT, PATCH, DELETE", "Authorization, Content-Type, X-Tenant, If-Match, If-None-Match, X-Request-Id", "", "600"}
	for name, test := range map[string]struct {
		line, token string
		headers     []string
		status      int
		want        told
	}{
		"a preflight":                           {"OPTIONS /api/users/x", "", append(ask, "Origin: "+page), 204, preflight},
		"a preflight to nowhere":                {"OPTIONS /nowhere", "", append(ask, "Origin: "+page), 204, preflight},
		"a preflight that cannot be read":       {"OPTIONS /api/users?limit=1;", "", append(ask, "Origin: "+page), 204, preflight},
		"a preflight of another page":           {"OPTIONS /api/users/x", "", append(ask, "Origin: https://evil.example.com"), 204, told{}},
		"a preflight of no page":                {"OPTIONS /api/users/x", "", ask, 204, told{}},
		"a question":                            {"OPTIONS /api/users/x", "", []string{"Origin: " + page}, 204, told{page, "", "", sees, ""}},
		"a request":                             {"GET /api/users", token, []string{"Origin: " + page}, 200, told{page, "", "", sees, ""}},
		"a request without a body":              {"HEAD /api/users", token, []string{"Origin: " + page}, 200, told{page, "", "", sees, ""}},
		"a request that says what it asks for":  {"GET /api/users", token, append(ask, "Origin: "+page), 200, told{page, "", "", sees, ""}},
		"a request of a page with a port":       {"GET /api/users", token, []string{"Origin: http://localhost:3000"}, 200, told{"http://localhost:3000", "", "", sees, ""}},
		"a refusal":                             {"GET /api/users", "x", []string{"Origin: " + page}, 401, told{page, "", "", sees, ""}},
		"a query that cannot be read":           {"GET /api/users?limit=1;", token, []string{"Origin: " + page}, 400, told{page, "", "", sees, ""}},
		"a path that cannot be read":            {"GET /api/users/%ff", token, []string{"Origin: " + page}, 400, told{page, "", "", sees, ""}},
		"nowhere":                               {"GET /nowhere", token, []string{"Origin: " + page}, 404, told{page, "", "", sees, ""}},
		"another method":                        {"BREW /api/users", token, []string{"Origin: " + page}, 405, told{page, "", "", sees, ""}},
		"a request of no page":                  {"GET /api/users", token, nil, 200, told{}},
		"a request of another page":             {"GET /api/users", token, []string{"Origin: https://evil.example.com"}, 200, told{}},
		"a page that ends alike":                {"GET /api/users", token, []string{"Origin: https://evilapp.example.com"}, 200, told{}},
		"a page that begins alike":              {"GET /api/users", token, []string{"Origin: " + page + ".evil.com"}, 200, told{}},
		"a page with any character for the dot": {"GET /api/users", token, []string{"Origin: https://appxexample.com"}, 200, told{}},
		"a page without TLS":                    {"GET /api/users", token, []string{"Origin: http://app.example.com"}, 200, told{}},
		"a page at another port":                {"GET /api/users", token, []string{"Origin: " + page + ":8443"}, 200, told{}},
		"a page in capitals":                    {"GET /api/users", token, []string{"Origin: HTTPS://APP.EXAMPLE.COM"}, 200, told{}},
		"a page of no origin":                   {"GET /api/users", token, []string{"Origin: null"}, 200, told{}},
		"any page":                              {"GET /api/users", token, []string{"Origin: *"}, 200, told{}},
	} {
		got := a.Transmit(t, plain(test.line, test.token, test.headers...))
		if diff := cmp.Diff(test.want, tells(got), cmp.AllowUnexported(told{})); got.Status != test.status || diff != "" {
			t.Errorf("%s: %d %s\n%s", name, got.Status, got.Text, diff)
		}
	}

	all := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.CORSOrigins = []string{"*"} })
	if got := all.Transmit(t, plain("GET /healthz", "", "Origin: https://any.example")); tells(got).origin != "*" {
		t.Errorf("with all pages: %v", got.Header)
	}
	none := servertest.Start(t, testdb.URI(t), nil)
	for _, line := range []string{"OPTIONS /api/users", "GET /healthz"} {
		got := none.Transmit(t, plain(line, "", append(ask, "Origin: "+page)...))
		for name := range got.Header {
			if strings.HasPrefix(name, "Access-Control-") || name == "Vary" {
				t.Errorf("without pages, %s: %s", line, name)
			}
		}
	}
}
