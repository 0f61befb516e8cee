package rest

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
)

// TestSpelling has a row for each character that a path can hold in several ways, and
// each segment that others would leave out. A path that has only one spelling is
// left alone.
func TestSpelling(t *testing.T) {
	t.Parallel()
	const nowhere = "route_not_found"
	for target, want := range map[string]string{
		"/":                   "",
		"/api/users":          "",
		"/azAZ09-_~":          "",
		"/a.b":                "",
		"/a/":                 "",
		"/a%2fb":              "/a%2Fb",
		"/a%2Fb":              "/a%2Fb",
		"/%61":                "/a",
		"/a@b":                "/a@b",
		"/a:b":                "/a:b",
		"/a[b":                "/a%5Bb",
		"/a`b":                "/a%60b",
		"/a{b":                "/a%7Bb",
		"/a%20b":              "/a%20b",
		"/.a":                 "/.a",
		"/a/.b":               "/a/.b",
		"/a/...":              "/a/...",
		"/a//":                nowhere,
		"//a":                 nowhere,
		"/a//b":               nowhere,
		"/.":                  nowhere,
		"/..":                 nowhere,
		"/a/./b":              nowhere,
		"/a/%2e%2E/b":         nowhere,
		"/a/../b":             nowhere,
		"/%ff":                "path_invalid",
		"/a%00":               "path_invalid",
		"/a%23":               "/a%23",
		"/%e3%81%93%2F%e3%81": "path_invalid",
	} {
		c, _ := exchange(http.MethodGet, target, "")
		raw := ""
		err := canonicalPath(func(c echo.Context) error { raw = c.Request().URL.RawPath; return nil })(c)
		if err != nil {
			raw = problemOf(err).Code
		}
		if raw != want {
			t.Errorf("%s: %q, want %q", target, raw, want)
		}
	}
	for raw, want := range map[string]string{"/a#b": "path_invalid", "/a%": "path_invalid", "/a%zz": "path_invalid", "/a%2": "path_invalid"} {
		c, _ := exchange(http.MethodGet, "/", "")
		c.Request().URL.RawPath = raw
		if err := canonicalPath(done)(c); said(err) != want {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// TestParametersOfPaths are text, each unescaped once. One that cannot be was not
// spelled, which is a mistake of the program's.
func TestParametersOfPaths(t *testing.T) {
	t.Parallel()
	c, _ := exchange(http.MethodGet, "/", "")
	c.SetParamNames("a", "b")
	c.SetParamValues("x%2Fy", "%2541")
	if diff := cmp.Diff(map[string]string{"a": "x/y", "b": "%41"}, params(c)); diff != "" {
		t.Error(diff)
	}
	c.SetParamValues("%zz", "")
	defer func() {
		if thrown := recover(); thrown != `rest: a path is not spelled: invalid URL escape "%zz"` {
			t.Errorf("%v", thrown)
		}
	}()
	t.Errorf("it is %q", param(c, "a"))
}
