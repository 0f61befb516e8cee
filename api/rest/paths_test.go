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
)

// saysPath answers with the parameters of its path.
func saysPath(_ context.Context, r *rest.Request) (rest.Response, error) {
	return rest.Response{Body: map[string]string{"a": r.Param("a"), "b": r.Param("b")}}, nil
}

// TestPathsAreSpelledOnce asks for what is one thing in all ways to write it, and
// for what looks like it.
func TestPathsAreSpelledOnce(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(
		rest.Route{Method: http.MethodGet, Path: "/api/says/{a}", Permission: rest.AnyBearer, Handler: saysPath},
		rest.Route{Method: http.MethodGet, Path: "/api/says/{a}/and/{b}", Permission: rest.AnyBearer, Handler: saysPath},
		rest.Route{Method: http.MethodGet, Path: "/api/last/{a}", Permission: rest.AnyBearer, Handler: saysPath},
		rest.Route{Method: http.MethodPost, Path: "/api/last/one/{b}", Permission: rest.AnyBearer, Handler: saysPath},
	), servertest.WithOperators)
	admin := a.Operators()
	one := a.Provision(t, "one")
	token := a.Token(t, one.ID, "super")
	made := a.Call(t, "POST /api/users", newUser, bearer(token)...)
	id := made.Member("_id")
	spelled := fmt.Sprintf("%%%x%s", id[0], id[1:])

	for path, want := range map[string]string{
		"/api/last/x":                                 "x, ",
		"/api/last/a%2Fb":                             "a/b, ",
		"/api/last/a%2fb":                             "a/b, ",
		"/api/last/a%252Fb":                           "a%2Fb, ",
		"/api/last/%e3%81%93":                         "こ, ",
		"/api/last/%E3%81%93":                         "こ, ",
		"/api/last/こ":                                 "こ, ",
		"/api/last/こ%2Fこ":                             "こ/こ, ",
		"/api/last/caf%c3%a9":                         "café, ",
		"/api/last/caf%C3%A9":                         "café, ",
		"/api/last/%78":                               "x, ",
		"/api/last/a+b":                               "a+b, ",
		"/api/last/a%2Bb%20c":                         "a+b c, ",
		"/api/last/a:b@c!$&'()*,;=":                   "a:b@c!$&'()*,;=, ",
		"/api/last/%3A%2A":                            ":*, ",
		"/api/last/:a":                                ":a, ",
		"/api/last/*":                                 "*, ",
		"/api/last/...":                               "..., ",
		"/api/last/.x":                                ".x, ",
		"/api/last/%3Flimit=1%23":                     "?limit=1#, ",
		"/api/l%61st/x":                               "x, ",
		"/%61pi/last/x":                               "x, ",
		"/api/says/a%2Fand%2Fb":                       "a/and/b, ",
		"/api/says/a%2Fb/and/%e3%81%93":               "a/b, こ",
		"/api/says/and/and/and":                       "and, and",
		"http://elsewhere/api/last/a%2Fb":             "a/b, ",
		"/api/last/" + strings.Repeat("%e3%81%93", 9): strings.Repeat("こ", 9) + ", ",
	} {
		got := a.Transmit(t, plain("GET "+path, token))
		if said := got.Member("a") + ", " + got.Member("b"); got.Status != 200 || said != want {
			t.Errorf("%s: %d %s", path, got.Status, got.Text)
		}
	}
	for _, path := range []string{"/api/users/" + id, "/api/%75sers/" + id, "/%61%70%69/users/" + id, "/api/users/" + spelled} {
		got := a.Transmit(t, plain("GET "+path, token))
		if got.Status != 200 || got.Text != made.Text {
			t.Errorf("%s: %d %s", path, got.Status, got.Text)
		}
	}
	for on, rows := range map[servertest.Client]map[string]string{
		a.Client: {
			"/api/last/a/b":             "404 route_not_found",
			"/api/last/":                "404 route_not_found",
			"/api/last//":               "404 route_not_found",
			"/api/last":                 "404 route_not_found",
			"/api//last/x":              "404 route_not_found",
			"//api/last/x":              "404 route_not_found",
			"/api/says//and/b":          "404 route_not_found",
			"/api/says/a/and/":          "404 route_not_found",
			"/api%2Flast/x":             "404 route_not_found",
			"/api/last%2Fx":             "404 route_not_found",
			"/api/last/.":               "404 route_not_found",
			"/api/last/..":              "404 route_not_found",
			"/api/last/%2e%2E":          "404 route_not_found",
			"/api/says/../last/x":       "404 route_not_found",
			"/api/users/../last/x":      "404 route_not_found",
			"/healthz/../readyz":        "404 route_not_found",
			"/./healthz":                "404 route_not_found",
			"/api/users/" + id + "/":    "404 route_not_found",
			"/api/users/" + id + "/x":   "404 route_not_found",
			"/api/users/" + id + "%2Fx": "400 id_invalid",
			"/api/Users":                "404 route_not_found",
			"/api/last/%ff":             "400 path_invalid",
			"/api/last/x#y":             "400 path_invalid",
			"/healthz#":                 "400 path_invalid",
			"/api/last/\xff":            "400 path_invalid",
			"/api/last/%c0%af":          "400 path_invalid",
			"/api/last/%ed%a0%80":       "400 path_invalid",
			"/api/last/%e3%81":          "400 path_invalid",
			"/api/last/a%00b":           "400 path_invalid",
			"/%00":                      "400 path_invalid",
			"/nowhere/%ff":              "400 path_invalid",
			"/api/last/one/two":         "405 method_not_allowed",
			"/healthz%2F":               "404 route_not_found",
		},
		admin: {
			"/admin/tenants/o%6ee":         "200 ",
			"/%61dmin/tenants":             "200 ",
			"/admin/tenants/a%2Fb":         "404 not_found",
			"/admin/tenants/a/b":           "404 route_not_found",
			"/admin/tenants/%ff":           "400 path_invalid",
			"/admin/tenants/..":            "404 route_not_found",
			"/debug/pprof/":                "200 ",
			"/debug/pprof/he%61p?debug=1":  "200 ",
			"/debug/pprof/..%2f..%2fadmin": "404 ",
			"/debug/pprof":                 "404 route_not_found",
		},
	} {
		bear := token
		if on == admin {
			bear = servertest.AdminToken
		}
		for path, want := range rows {
			got := on.Transmit(t, plain("GET "+path, bear))
			if said := fmt.Sprint(got.Status, " ", got.Code()); said != want {
				t.Errorf("%s: %d %.300s", path, got.Status, got.Text)
			}
		}
	}
	if got := a.Transmit(t, plain("GET /api/last/one/two", token)); got.Header.Get("Allow") != "OPTIONS, POST" {
		t.Errorf("Allow is %q", got.Header.Get("Allow"))
	}
}

// TestPathsAreToldSafely looks at the places where a request's path comes up
// again.
func TestPathsAreToldSafely(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	for i := range 2 {
		body := fmt.Sprintf(`{"name":"N","email":"n%d@example.com","password":"correct horse"}`, i)
		got := a.Transmit(t, "POST /api/%75%73ers HTTP/1.1\r\nHost: api\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer "+
			super+fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
		if got.Status != 201 || got.Header.Get("Location") != "/api/users/"+got.Member("_id") {
			t.Errorf("%d %s %v", got.Status, got.Text, got.Header)
		}
	}
	page := a.Transmit(t, plain("GET /%61pi/users?limit=1&&email%5Bprefix%5D=N", super))
	if link := page.Header.Get("Link"); !strings.HasPrefix(link, "</api/users?after=") || !strings.HasSuffix(link, `&email%5Bprefix%5D=N&limit=1>; rel="next"`) {
		t.Errorf("the link is %s", link)
	}
	a.Transmit(t, plain("GET /nowhere/%0Aforged=1%22%1b\xff", super))
	a.Transmit(t, plain("GET /nowhere/%0Aforged=2%22%1b", super))
	for _, want := range []string{"path=/api/users ", `path="/nowhere/%0Aforged=1%22%1B%FF"`, `path="/nowhere/%0Aforged=2%22%1B"`} {
		if !strings.Contains(strings.ToUpper(a.Log.String()), strings.ToUpper(want)) {
			t.Errorf("%s is not in the log:\n%s", want, a.Log)
		}
	}
}
