package servertest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/gen"
)

// TestContract has a row for each way in which an exchange can be other than the
// document has it.
func TestContract(t *testing.T) {
	t.Parallel()
	Client{Base: "http://made.up"}.Agree(t, gen.OpenAPI)
	const (
		id   = "6b049d63d28cf555e0d01131"
		one  = "/api/users/" + id
		ada  = `{"_id":"` + id + `","name":"Ada","email":"ada@example.com","role":{"name":"basic","permission":[]}}`
		page = `{"message":"Users found successfully","users":[`
		what = `{"type":"about:blank","title":"T","status":404,"detail":"D","code":"not_found","message":"D","requestId":"x"}`
	)
	coded := func(code string) string { return strings.Replace(what, "not_found", code, 1) }
	for name, test := range map[string]struct {
		line, body string
		status     int
		header     string // besides X-Request-Id
		answer     string
		want       string // empty if nothing is wrong
	}{
		"a document":                       {"GET " + one, "", 200, `Etag: "1-0"`, ada, ""},
		"its header alone":                 {"HEAD " + one, "", 200, `Etag: "1-0"`, "", ""},
		"with a body":                      {"HEAD " + one, "", 200, `Etag: "1-0"`, ada, "there is a body"},
		"no tag":                           {"GET " + one, "", 200, "", ada, "lacks the header ETag"},
		"a weak tag":                       {"GET " + one, "", 200, `Etag: W/"1-0"`, ada, `header "ETag" doesn't match`},
		"a header of its own":              {"GET " + one, "", 200, "Etag: \"1-0\"\nX-Own: 1", ada, "has the header X-Own, which is not declared"},
		"no change":                        {"GET " + one, "", 304, `Etag: "1-0"`, "", ""},
		"no change, no tag":                {"GET " + one, "", 304, "", "", "lacks the header ETag"},
		"no change, but a body":            {"GET " + one, "", 304, `Etag: "1-0"`, ada, "there is a body"},
		"another type":                     {"GET " + one, "", 200, "Etag: \"1-0\"\nContent-Type: text/plain", ada, "Content-Type"},
		"no name":                          {"GET " + one, "", 200, `Etag: "1-0"`, strings.Replace(ada, `"name":"Ada",`, "", 1), `property "name" is missing`},
		"a name of another type":           {"GET " + one, "", 200, `Etag: "1-0"`, strings.Replace(ada, `"Ada"`, "1", 1), "must be a string"},
		"a member of its own":              {"GET " + one, "", 200, `Etag: "1-0"`, strings.Replace(ada, `{"_id"`, `{"_rev":1,"_id"`, 1), `property "_rev" is unsupported`},
		"an unknown role":                  {"GET " + one, "", 200, `Etag: "1-0"`, strings.Replace(ada, `"basic"`, `"king"`, 1), "not one of the allowed values"},
		"another status":                   {"GET " + one, "", 402, "", what, "the status 402 is not declared"},
		"a problem":                        {"GET " + one, "", 404, "", what, ""},
		"a problem with a code of its own": {"GET " + one, "", 404, "", coded("gone"), "has the code gone"},
		"half a problem":                   {"GET " + one, "", 404, "", strings.Replace(what, `"code":"not_found",`, "", 1), `property "code" is missing`},
		"a problem of its own":             {"GET " + one, "", 404, "", strings.Replace(what, `{`, `{"stack":"",`, 1), `property "stack" is unsupported`},
		"a method that is not taken":       {"PUT " + one, "", 405, "Allow: GET", coded("method_not_allowed"), ""},
		"which is not said":                {"PUT " + one, "", 405, "", what, "lacks the header Allow"},
		"which is taken":                   {"PUT " + one, "{}", 200, `Etag: "1-0"`, ada, "PUT is served"},
		"try again":                        {"GET " + one, "", 503, "Retry-After: 2", coded("timeout"), ""},
		"try again some time":              {"GET " + one, "", 503, "Retry-After: soon", coded("timeout"), `header "Retry-After"`},
		"a page":                           {"GET /api/users?limit=1&sort=-email", "", 200, "Link: <x>", page + ada + `],"next":"n"}`, ""},
		"a page of something":              {"GET /api/users", "", 200, "", page + `1]}`, "got number, want object"},
		"a parameter":                      {"GET /api/users?nam=Ada", "", 200, "", page + `]}`, "the parameter nam is taken"},
		"one that is refused":              {"GET /api/users?nam=Ada", "", 400, "", coded("query_invalid"), ""},
		"a limit of none":                  {"GET /api/users?limit=0", "", 200, "", page + `]}`, `parameter "limit"`},
		"a sort of its own":                {"GET /api/users?sort=name", "", 200, "", page + `]}`, `parameter "sort"`},
		"a body":                           {"POST /api/users", `{"name":"A","email":"a@b.c","password":"correct horse"}`, 201, "Etag: \"1-0\"\nLocation: /x", ada, ""},
		"another body":                     {"POST /api/users", `{"name":"A","email":"a@b.c","password":"correct horse","king":true}`, 201, "Etag: \"1-0\"\nLocation: /x", ada, `property "king" is unsupported`},
		"no body":                          {"POST /api/users", ``, 201, "Etag: \"1-0\"\nLocation: /x", ada, "request body"},
		"nobody knows where":               {"POST /api/users", `{"name":"A","email":"a@b.c","password":"correct horse"}`, 201, `Etag: "1-0"`, ada, "lacks the header Location"},
		"a change":                         {"PATCH " + one, `{"role":null}`, 200, `Etag: "1-0"`, ada, `parameter "If-Match"`},
		"nowhere":                          {"GET /api/nowhere", "", 404, "", coded("route_not_found"), ""},
		"nowhere, and no problem":          {"GET /api/nowhere", "", 404, "", `{"code":"route_not_found"}`, `property "type" is missing`},
	} {
		method, path, _ := strings.Cut(test.line, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, "http://made.up"+path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		got := Response{Status: test.status, Header: http.Header{"X-Request-Id": {"x"}}, Text: test.answer}
		for line := range strings.Lines("Content-Type: application/json\n" + test.header) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
				got.Header.Set(name, value)
			}
		}
		if test.status >= 400 {
			got.Header.Set("Content-Type", "application/problem+json")
		}
		if test.answer != "" {
			if err := json.Unmarshal([]byte(test.answer), &got.Body); err != nil {
				t.Fatal(err)
			}
		}
		err = checkExchange(req, &got)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

// TestContractBelowTenants holds what is below a tenant's path against the operation that it is, where the document says that it
// is served there.
func TestContractBelowTenants(t *testing.T) {
	t.Parallel()
	below, err := rest.Describe(gen.OpenAPI, nil, nil, []rest.Source{rest.FromPath}, nil)
	if err != nil {
		t.Fatal(err)
	}
	Client{Base: "http://below.tenants"}.Agree(t, below)
	Client{Base: "http://not.below"}.Agree(t, gen.OpenAPI)
	for url, found := range map[string]bool{
		"http://below.tenants/t/one/api/users":     true,
		"http://below.tenants/%74/a%2Fb/api/users": true,
		"http://below.tenants/api/users":           true,
		"http://below.tenants/healthz":             true,
		"http://below.tenants/t/one/healthz":       false,
		"http://below.tenants/t/../api/users":      false,
		"http://below.tenants/t/%2e/api/users":     false,
		"http://below.tenants/t//api/users":        false,
		"http://below.tenants/x/one/api/users":     false,
		"http://below.tenants/t":                   false,
		"http://not.below/t/one/api/users":         false,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		odd := Response{Status: 402, Header: http.Header{}}
		if err := checkExchange(req, &odd); (err != nil) != found {
			t.Errorf("%s: %v", url, err)
		}
	}
}
