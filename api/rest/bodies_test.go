package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// maxBody is how long a body may be: 1 MiB.
const maxBody = 1 << 20

// filled returns a JSON object of n bytes with a member in front.
func filled(n int, member string) string {
	head := `{` + member + `,"fill":"`
	return head + strings.Repeat("x", n-len(head)-2) + `"}`
}

// withBody returns a request with a body of a length that is told, or in chunks.
func withBody(line, token, body string, chunked bool, headers ...string) string {
	if !chunked {
		return plain(line, token, append(headers, fmt.Sprintf("Content-Length: %d", len(body)))...) + body
	}
	var b strings.Builder
	b.WriteString(plain(line, token, append(headers, "Transfer-Encoding: chunked")...))
	for len(body) > 0 {
		n := min(len(body), 40_000)
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	return b.String() + "0\r\n\r\n"
}

const isJSON = "Content-Type: application/json"

// reads answers with the length of the body, past Read.
var reads = rest.Route{
	Method: http.MethodPost, Path: "/api/reads", Permission: rest.AnyBearer,
	Handler: func(_ context.Context, r *rest.Request) (rest.Response, error) {
		var body struct {
			Name string `json:"name"`
			Fill string `json:"fill"`
		}
		if err := r.Read(&body); err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: map[string]int{"fill": len(body.Fill)}}, nil
	},
}

// TestBodiesAreBounded sends every route bodies of the longest length, and of a
// byte more.
func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(append(ownRoutes, reads)...), servertest.WithOperators)
	admin := a.Operators()
	super := a.Token(t, a.Provision(t, "one").ID, "super")
	for _, test := range []struct {
		on          servertest.Client
		line, token string
		longest     int // the status of the longest body
	}{
		{a.Client, "POST /api/users", super, 422},
		{a.Client, "PATCH /api/users/ffffffffffffffffffffffff", super, 404},
		{a.Client, "POST /api/login?tenant=one", "", 422},
		{a.Client, "POST /api/refresh", "", 422},
		{a.Client, "PUT /api/users/ffffffffffffffffffffffff/name", super, 422},
		{a.Client, "POST /api/reads", super, 200},
		{admin, "POST /admin/tenants", servertest.AdminToken, 422},
	} {
		for _, chunked := range []bool{false, true} {
			for n, status := range map[int]int{maxBody - 1: test.longest, maxBody: test.longest, maxBody + 1: 413} {
				got := test.on.Transmit(t, withBody(test.line, test.token, filled(n, `"name":"N"`), chunked, isJSON, "If-Match: *"))
				if got.Status != status || status == 413 && got.Code() != "body_too_large" {
					t.Errorf("%s: %d bytes, in chunks %v: %d %.300s", test.line, n, chunked, got.Status, got.Text)
				}
			}
		}
	}
	// One that only says that it is too long is not waited for.
	got := a.Transmit(t, plain("POST /api/users", super, isJSON, "Content-Length: 9999999999", "Expect: 100-continue"))
	if got.Status != 413 || got.Code() != "body_too_large" {
		t.Errorf("one to come: %d %s", got.Status, got.Text)
	}
}

// TestBodiesAreJSON has a row for each thing that a body can say of itself.
func TestBodiesAreJSON(t *testing.T) {
	t.Parallel()
	patches := rest.Route{Method: http.MethodPatch, Path: "/api/patches", Permission: rest.AnyBearer, Handler: reads.Handler}
	a := servertest.Serve(t, testdb.URI(t), own(reads, patches), servertest.WithOperators)
	admin := a.Operators()
	super := a.Token(t, a.Provision(t, "one").ID, "super")
	made := a.Call(t, "POST /api/users", newUser, bearer(super)...)
	user := "PATCH /api/users/" + made.Member("_id")
	type target struct {
		on          servertest.Client
		line, token string
		body        string
	}
	posts := []target{
		{a.Client, "POST /api/users", super, `{"name":""}`},
		{a.Client, "POST /api/login?tenant=one", "", `{"name":""}`},
		{a.Client, "POST /api/reads", super, `{"name":""}`},
		{a.Client, "POST /api/logout", a.Token(t, a.Provision(t, "two").ID, "super"), `{"name":""}`},
		{admin, "POST /admin/tenants", servertest.AdminToken, `{"name":""}`},
	}
	patched := []target{{a.Client, user, super, `{"name":"Ada"}`}, {a.Client, "PATCH /api/patches", super, `{"name":"Ada"}`}}
	for _, test := range []struct {
		name           string
		headers        []string
		posted, merged int // the status of POST and of PATCH, 0 for one that took the body
		code           string
	}{
		{"JSON", []string{"Content-Type: application/json"}, 0, 0, ""},
		{"JSON in capitals", []string{"Content-Type: Application/JSON"}, 0, 0, ""},
		{"JSON in UTF-8", []string{"Content-Type: application/json; charset=utf-8"}, 0, 0, ""},
		{"JSON in UTF-8, in capitals", []string{`Content-Type: application/json;Charset="UTF-8"`}, 0, 0, ""},
		{"JSON with something else", []string{"Content-Type: application/json; profile=x"}, 0, 0, ""},
		{"JSON as it is", []string{"Content-Type: application/json", "Content-Encoding: identity"}, 0, 0, ""},
		{"JSON as it is, in capitals", []string{"Content-Type: application/json", "Content-Encoding: Identity"}, 0, 0, ""},
		{"a merge patch", []string{"Content-Type: application/merge-patch+json"}, 415, 0, "unsupported_media_type"},
		{"a merge patch in UTF-8", []string{"Content-Type: application/merge-patch+json; charset=utf-8"}, 415, 0, "unsupported_media_type"},
		{"a JSON patch", []string{"Content-Type: application/json-patch+json"}, 415, 415, "unsupported_media_type"},
		{"nothing", nil, 415, 415, "unsupported_media_type"},
		{"an empty type", []string{"Content-Type: "}, 415, 415, "unsupported_media_type"},
		{"text", []string{"Content-Type: text/plain"}, 415, 415, "unsupported_media_type"},
		{"a form", []string{"Content-Type: application/x-www-form-urlencoded"}, 415, 415, "unsupported_media_type"},
		{"half a parameter", []string{"Content-Type: application/json; charset"}, 415, 415, "unsupported_media_type"},
		{"a parameter twice", []string{"Content-Type: application/json; charset=utf-8; charset=utf-16"}, 415, 415, "unsupported_media_type"},
		{"two types", []string{"Content-Type: application/json, text/plain"}, 415, 415, "unsupported_media_type"},
		{"UTF-16", []string{"Content-Type: application/json; charset=utf-16"}, 415, 415, "unsupported_media_type"},
		{"Latin-1", []string{"Content-Type: application/json; charset=iso-8859-1"}, 415, 415, "unsupported_media_type"},
		{"ASCII", []string{"Content-Type: application/json; charset=us-ascii"}, 415, 415, "unsupported_media_type"},
		{"no charset", []string{`Content-Type: application/json; charset=""`}, 415, 415, "unsupported_media_type"},
		{"gzip", []string{"Content-Type: application/json", "Content-Encoding: gzip"}, 415, 415, "unsupported_media_type"},
		{"gzip, of nothing known", []string{"Content-Encoding: gzip"}, 415, 415, "unsupported_media_type"},
		{"gzip, and not", []string{"Content-Type: application/json", "Content-Encoding: identity, gzip"}, 415, 415, "unsupported_media_type"},
		{"gzip, in a further line", []string{"Content-Type: application/json", "Content-Encoding: identity", "Content-Encoding: br"}, 415, 415, "unsupported_media_type"},
	} {
		check := func(of target, want int) {
			t.Helper()
			got := of.on.Transmit(t, withBody(of.line, of.token, of.body, false, append(test.headers, "If-Match: *")...))
			if taken := got.Status == 200 || got.Status == 422 || got.Status == 403; want == 0 && !taken || want != 0 && (got.Status != want || got.Code() != test.code) {
				t.Errorf("%s, %s: %d %s", of.line, test.name, got.Status, got.Text)
			}
			if accepts := got.Header.Get("Accept-Encoding"); (accepts == "identity") != strings.HasPrefix(test.name, "gzip") {
				t.Errorf("%s, %s: Accept-Encoding is %q", of.line, test.name, accepts)
			}
			if takes := got.Header.Get("Accept-Patch"); (takes == "application/merge-patch+json, application/json") != (got.Status == 415 && strings.HasPrefix(of.line, "PATCH")) {
				t.Errorf("%s, %s: Accept-Patch is %q", of.line, test.name, takes)
			}
		}
		for _, of := range posts {
			if !strings.HasSuffix(of.line, "/logout") { // an operator has none
				check(of, test.posted)
			}
		}
		for _, of := range patched {
			check(of, test.merged)
		}
	}
	for line, want := range map[string]string{
		"OPTIONS /api/users/x": "application/merge-patch+json, application/json", "OPTIONS /api/patches": "application/merge-patch+json, application/json",
		"OPTIONS /api/users": "", "GET /api/users/x": "", "GET /healthz": "",
	} {
		if got := a.Transmit(t, plain(line, super)); got.Header.Get("Accept-Patch") != want {
			t.Errorf("%s: Accept-Patch is %q", line, got.Header.Get("Accept-Patch"))
		}
	}
}

// TestBodiesThatAreNone has a row for each body that is not what it says.
func TestBodiesThatAreNone(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(append(ownRoutes, reads)...), servertest.WithOperators)
	admin := a.Operators()
	super := a.Token(t, a.Provision(t, "one").ID, "super")
	const bom = "\ufeff"
	for _, of := range []struct {
		on          servertest.Client
		line, token string
	}{{a.Client, "POST /api/users", super}, {a.Client, "POST /api/login?tenant=one", ""}, {a.Client, "POST /api/reads", super}, {admin, "POST /admin/tenants", servertest.AdminToken}} {
		for name, test := range map[string]struct{ request, code, says string }{
			"empty":                   {withBody(of.line, of.token, "", false, isJSON), "body_invalid", "expected {, found nothing at byte 0"},
			"empty, in chunks":        {withBody(of.line, of.token, "", true, isJSON), "body_invalid", "expected {, found nothing at byte 0"},
			"spaces":                  {withBody(of.line, of.token, "  ", false, isJSON), "body_invalid", "expected {, found nothing at byte 2"},
			"a byte order mark":       {withBody(of.line, of.token, bom+"{}", false, isJSON), "body_invalid", "expected {, found a byte order mark at byte 0"},
			"text after it":           {withBody(of.line, of.token, "{}x", false, isJSON), "body_invalid", "unexpected text after the object at byte 2"},
			"a zero byte after it":    {withBody(of.line, of.token, "{}\x00", true, isJSON), "body_invalid", "unexpected text after the object at byte 2"},
			"UTF-16":                  {withBody(of.line, of.token, "{\x00}\x00", false, isJSON), "body_invalid", "byte 1"},
			"cut":                     {plain(of.line, of.token, isJSON, "Content-Length: 100") + `{"name":"Ada"`, "body_invalid", "before it is complete"},
			"cut, though it is whole": {plain(of.line, of.token, isJSON, "Content-Length: 100") + `{"name":"Ada"}`, "body_invalid", "before it is complete"},
			"cut between chunks":      {plain(of.line, of.token, isJSON, "Transfer-Encoding: chunked") + "2\r\n{}\r\n", "body_invalid", "before it is complete"},
			"cut in a chunk":          {plain(of.line, of.token, isJSON, "Transfer-Encoding: chunked") + "5\r\n{}", "body_invalid", "before it is complete"},
			"chunks that are none":    {plain(of.line, of.token, isJSON, "Transfer-Encoding: chunked") + "x\r\n{}\r\n0\r\n\r\n", "body_invalid", "before it is complete"},
		} {
			send := of.on.Transmit
			if strings.HasPrefix(name, "cut") { // whoever ends after a whole request may be taken to have given up
				send = of.on.BreakOff
			}
			got := send(t, test.request)
			if got.Status != 400 || got.Code() != test.code || !strings.Contains(got.Member("message"), test.says) {
				t.Errorf("%s, %s: %d %s", of.line, name, got.Status, got.Text)
			}
		}
	}

	for on, lines := range map[servertest.Client][]string{a.Client: append(lines(a), "HEAD /api/users", "GET /nowhere"), admin: append(adminLines, "HEAD /metrics")} {
		for _, line := range lines {
			method, _, _ := strings.Cut(line, " ")
			if !strings.Contains("GET HEAD DELETE", method) {
				continue
			}
			bear := super
			if on == admin {
				bear = servertest.AdminToken
			}
			if got := on.Transmit(t, plain(line, bear, "Content-Length: 9999999999")+"{"); got.Status != 400 {
				t.Errorf("%s with a body that is too long: %d %.200s", line, got.Status, got.Text)
			}
			for _, chunked := range []bool{false, true} {
				got := on.Transmit(t, withBody(line, bear, `{"email":"ada@example.com"}`, chunked, isJSON, "If-Match: *"))
				if got.Status != 400 || method != "HEAD" && got.Code() != "body_unexpected" {
					t.Errorf("%s with a body, in chunks %v: %d %.200s", line, chunked, got.Status, got.Text)
				}
			}
			if got := on.Transmit(t, withBody(line, bear, "", true, "If-Match: *")); got.Code() == "body_unexpected" || method == "HEAD" && got.Status != 200 {
				t.Errorf("%s with an empty body: %d %.200s", line, got.Status, got.Text)
			}
		}
	}
}

// TestBodyOfLogout sends what has nothing to say in the ways that clients do.
func TestBodyOfLogout(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	for body, status := range map[string]int{"": 204, "{}": 204, " { }\n": 204, `{"refreshToken":"x"}`: 400, "[]": 400, "x": 400} {
		token := a.Login(t, "one", "ada@example.com", servertest.Password)
		if got := a.Transmit(t, withBody("POST /api/logout", token, body, true)); got.Status != status || status == 400 && got.Code() != "body_unexpected" {
			t.Errorf("%s: %d %s", body, got.Status, got.Text)
		}
		if got := a.Call(t, "GET /api/users", "", bearer(token)...); (got.Status == 401) != (status == 204) {
			t.Errorf("after %s: %d", body, got.Status)
		}
	}
	for _, header := range []string{"Content-Type: application/json", "Content-Encoding: identity", "Content-Encoding: ", "Content-Encoding: identity, "} {
		token := a.Login(t, "one", "ada@example.com", servertest.Password)
		if got := a.Transmit(t, withBody("POST /api/logout", token, "{}", true, header)); got.Status != 204 {
			t.Errorf("%s: %d %s", header, got.Status, got.Text)
		}
	}
	for _, header := range []string{"Content-Type: text/plain", "Content-Type: application/json; charset=utf-16", "Content-Encoding: gzip", "Content-Type: application/merge-patch+json"} {
		token := a.Login(t, "one", "ada@example.com", servertest.Password)
		if got := a.Transmit(t, withBody("POST /api/logout", token, "{}", false, header)); got.Status != 415 {
			t.Errorf("%s: %d %s", header, got.Status, got.Text)
		}
		if got := a.Call(t, "GET /api/users", "", bearer(token)...); got.Status != 200 {
			t.Errorf("after %s: %d", header, got.Status)
		}
	}
}

// TestHeadersAreGivenOnce gives twice what means one thing.
func TestHeadersAreGivenOnce(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for name, lines := range map[string][]string{
		"Authorization": {"Authorization: Bearer " + super, "authorization: Bearer x"},
		"Content-Type":  {"Content-Type: application/json", "Content-Type: text/plain"},
		"X-Tenant":      {"X-Tenant: one", "X-TENANT: one"},
		"Origin":        {"Origin: https://a.example", "Origin: https://b.example"},
	} {
		for _, order := range [][]string{{lines[0], lines[1]}, {lines[1], lines[0]}, {lines[0], lines[0]}} {
			token := super
			if name == "Authorization" {
				token = ""
			}
			for _, line := range []string{"GET /api/users", "POST /api/login", "GET /healthz", "GET /nowhere", "OPTIONS /api/users"} {
				got := a.Transmit(t, plain(line, token, order...))
				if got.Status != 400 || got.Code() != "header_invalid" || !strings.Contains(got.Member("message"), name) {
					t.Errorf("%s, %q: %d %s", line, order, got.Status, got.Text)
				}
			}
		}
	}
	admin := servertest.Start(t, testdb.URI(t), servertest.WithOperators)
	operators := admin.Operators()
	got := operators.Transmit(t, plain("GET /admin/tenants", servertest.AdminToken, "Authorization: Bearer x"))
	if got.Status != 400 || got.Code() != "header_invalid" {
		t.Errorf("an operator's: %d %s", got.Status, got.Text)
	}
}

// plain returns a request without a body, from the bearer of token; more are header
// lines.
func plain(line, token string, more ...string) string {
	head := line + " HTTP/1.1\r\nHost: api\r\nConnection: close\r\n"
	if token != "" {
		head += "Authorization: Bearer " + token + "\r\n"
	}
	for _, header := range more {
		head += header + "\r\n"
	}
	return head + "\r\n"
}
