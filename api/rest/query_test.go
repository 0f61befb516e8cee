package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// unreadable are queries that say one thing to one reader and another to the
// next.
var unreadable = []string{
	"email=no;body@x.example", "email=100%@x.example", "email=%zz", "limit=1;", "after=%zz", "tenant=two;", "=x", "email=%ff", "a%00=1",
	strings.Repeat("a&", 10_001),
}

// adminLines are requests for all that operators are served.
var adminLines = []string{"GET /admin/tenants", "POST /admin/tenants", "GET /admin/tenants/one", "GET /metrics", "GET /debug/pprof/", "GET /debug/pprof/heap"}

// lines returns requests for all that a serves, the parameters of paths filled in.
func lines(a *servertest.Server) []string {
	var lines []string
	for _, route := range a.Routes() {
		lines = append(lines, strings.NewReplacer("{id}", "ffffffffffffffffffffffff", "{name}", "x").Replace(route))
	}
	return lines
}

// TestQueriesAreRead asks every route what cannot be read, what it does not take,
// and the same thing twice.
func TestQueriesAreRead(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(ownRoutes...), servertest.WithOperators)
	admin := a.Operators()
	one := a.Provision(t, "one")
	super := bearer(a.Token(t, one.ID, "super"))
	refused := func(on servertest.Client, name, line string, bear []string, pointer string) {
		t.Helper()
		got := on.Call(t, line, "", bear...)
		if got.Status != 400 || got.Code() != "query_invalid" || len(got.List("errors")) != 1 || pointer != "" && got.List("errors")[0]["pointer"] != pointer {
			t.Errorf("%s: %.60s: %d %.300s", name, line, got.Status, got.Text)
		}
	}
	for on, of := range map[servertest.Client][]string{a.Client: append(lines(a), "GET /nowhere"), admin: append(adminLines, "GET /nowhere")} {
		bear := super
		if on == admin {
			bear = bearer(servertest.AdminToken)
		}
		for _, line := range of {
			for _, query := range unreadable {
				refused(on, "unreadable", line+"?"+query, bear, "")
				refused(on, "unreadable, no token", line+"?"+query, nil, "")
			}
			if strings.HasSuffix(line, "/nowhere") {
				continue
			}
			refused(on, "unknown", line+"?nobody=1", bear, "nobody")
			refused(on, "unknown, of another case", line+"?Tenant=one", bear, "Tenant")
			if on == a.Client && strings.Contains(line, "/api/") {
				refused(on, "twice", line+"?tenant=one&tenant=one", bear, "tenant")
			} else {
				refused(on, "a tenant", line+"?tenant=one", bear, "tenant")
			}
		}
	}
	for _, query := range []string{"limit=%2B5", "limit=-1", "limit=5%20", "limit=", "limit=1e1", "limit=99999999999999999999", "sort=", "sort", "after=", "after", "expand=", "email[gte][lt]=x", "[in]=x"} {
		name, _, _ := strings.Cut(query, "=")
		refused(a.Client, "empty or odd", "GET /api/users?"+query, super, name)
	}
	// Who may not ask at all, learns nothing else.
	for line, want := range map[string]int{
		"GET /api/users?nobody=1": 400, "GET /api/users?tenant=one&nobody=1": 401, "GET /api/me?tenant=one&nobody=1": 401, "POST /api/logout?tenant=one&nobody=1": 401,
	} {
		if got := a.Call(t, line, ""); got.Status != want || got.Code() == "query_invalid" {
			t.Errorf("%s without a token: %d %s", line, got.Status, got.Text)
		}
	}
	barred := bearer(a.Token(t, one.ID, "blocked"))
	for _, line := range []string{"GET /api/users", "POST /api/users", "GET /api/users/x", "PATCH /api/users/x", "DELETE /api/users/x", "GET /api/me"} {
		if got := a.Call(t, line+"?nobody=1", "", barred...); got.Status != 403 {
			t.Errorf("%s of a barred role: %d %s", line, got.Status, got.Text)
		}
	}
}

// TestQueriesAreTaken asks routes what they do take.
func TestQueriesAreTaken(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(ownRoutes...), servertest.WithOperators)
	admin := a.Operators()
	super, operator := bearer(a.Token(t, a.Provision(t, "one").ID, "super")), bearer(servertest.AdminToken)
	made := a.Call(t, "POST /api/users?tenant=one", newUser, super...)
	for _, test := range []struct {
		on     servertest.Client
		line   string
		bear   []string
		status int
	}{
		{a.Client, "GET /api/users?tenant=one&limit=2&sort=email&email[prefix]=a&", super, 200},
		{a.Client, "GET /api/users/" + made.Member("_id") + "?tenant=one", super, 200},
		{a.Client, "GET /api/me?x=1&tenant=one", super, 200},
		{admin, "GET /metrics?name[]=go_goroutines&name[]=go_threads", operator, 200},
		{admin, "GET /debug/pprof/goroutine?debug=1", operator, 200},
		{admin, "GET /debug/pprof/heap?gc=1&debug=1", operator, 200},
	} {
		if got := test.on.Call(t, test.line, "", test.bear...); got.Status != test.status {
			t.Errorf("%s: %d %s", test.line, got.Status, got.Text)
		}
	}
	if got := admin.Call(t, "GET /metrics?name[]=go_goroutines", "", operator...); strings.Contains(got.Text, "go_threads") || !strings.Contains(got.Text, "go_goroutines") {
		t.Errorf("one metric is %s", got.Text)
	}
	// What a page links to is asked again in the same words.
	page := a.Call(t, "GET /api/users?tenant=one&email[prefix]=a%2B%26%3B&limit=1", "", super...)
	if page.Status != 200 {
		t.Errorf("%d %s", page.Status, page.Text)
	}
}

// TestTenantIsNoParameter asks where the query may not name the tenant.
func TestTenantIsNoParameter(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.TenantFrom = server.Sources{rest.FromToken, rest.FromHeader} })
	super := bearer(a.Token(t, a.Provision(t, "one").ID, "super"))
	for _, line := range lines(a) {
		if got := a.Call(t, line+"?tenant=one", "", append(super, "X-Tenant", "one")...); got.Status != 400 || got.Code() != "query_invalid" {
			t.Errorf("%s: %d %s", line, got.Status, got.Text)
		}
	}
}

// TestOwnQueries asks a route of one's own for what it declares, in either way.
func TestOwnQueries(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(rest.Route{
		Method: http.MethodGet, Path: "/api/echo", Permission: rest.AnyBearer, Query: []string{"named", "both", "sort[by]"},
		OpenAPI: json.RawMessage(`{"parameters":[
			{"name":"both","in":"query","schema":{"type":"array","items":{"type":"string"}}},
			{"name":"maybe","in":"query","schema":{"type":["array","null"]}},
			{"name":"joined","in":"query","explode":false,"schema":{"type":"array"}},
			{"name":"X-Head","in":"header","schema":{"type":"string"}},
			{"name":"declared","in":"query"}]}`),
		Handler: func(_ context.Context, r *rest.Request) (rest.Response, error) {
			return rest.Response{Body: map[string]string{"query": fmt.Sprint(r.Query)}}, nil
		},
	}), nil)
	token := bearer(a.Token(t, a.Provision(t, "one").ID, ""))
	for query, want := range map[string]string{
		"":                      "map[]",
		"named=%2B1+2":          "map[named:[+1 2]]",
		"both=1&both=2&maybe=3": "map[both:[1 2] maybe:[3]]",
		"maybe=1&maybe=2":       "map[maybe:[1 2]]",
		"declared=1&sort[by]=x": "map[declared:[1] sort[by]:[x]]",
		"declared=1&tenant=one": "map[declared:[1] tenant:[one]]",
		"declared=1&declared=1": "declared is given twice",
		"named=1&named=2":       "named is given twice",
		"joined=1&joined=2":     "joined is given twice",
		"X-Head=1":              "X-Head is not a parameter of this route; it takes joined, declared, named, sort[by], tenant, both, maybe",
	} {
		got := a.Call(t, "GET /api/echo?"+query, "", token...)
		said := strings.TrimPrefix(got.Member("message"), "The query cannot be served: ") + got.Member("query")
		if said != want {
			t.Errorf("%s: %d %s", query, got.Status, got.Text)
		}
	}
	document := a.Call(t, "GET /openapi.json", "").Text
	for _, name := range []string{"named", "both", "sort[by]", "maybe", "declared"} {
		if n := strings.Count(document, fmt.Sprintf(`"name": %q`, name)); n != 1 {
			t.Errorf("%s is in the document %d times", name, n)
		}
	}
}
