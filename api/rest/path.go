package rest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

var errPath = refuse(http.StatusBadRequest, "path_invalid", "The path is not UTF-8, or has a # or the character U+0000")

// canonicalPath rewrites the request's path before routing, so that routes and
// parameters do not depend on which of its characters were escaped (RFC 3986,
// section 6.2.2).
func canonicalPath(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if isCanonical(u.Path) && u.RawPath == "" {
			return next(c)
		}
		raw := u.RawPath // as sent, if it is not the default encoding of Path
		if raw == "" {
			raw = u.EscapedPath()
		}
		spelled, err := canonical(raw)
		if err != nil {
			return err
		}
		u.RawPath = spelled
		return next(c)
	}
}

// isCanonical reports whether a path has only one spelling, and no segment of it is
// empty or consists of dots.
func isCanonical(path string) bool {
	for i := range len(path) {
		switch b := path[i]; {
		case b == '/' || b == '.':
			if i > 0 && path[i-1] == '/' {
				return false
			}
		case 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' || b == '_' || b == '~':
		default:
			return false
		}
	}
	return true
}

// canonical returns an escaped path with each segment unescaped and escaped again.
// A path with a segment that is empty or consists of dots is not found: proxies
// might have removed it.
func canonical(raw string) (string, error) {
	if strings.ContainsRune(raw, '#') { // for other software this ends the path
		return "", errPath
	}
	segments := strings.Split(raw, "/")
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		if err != nil || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return "", errPath
		}
		within := i > 0 && i < len(segments)-1
		if text == "." || text == ".." || text == "" && within {
			return "", echo.ErrNotFound
		}
		segments[i] = url.PathEscape(text)
	}
	return strings.Join(segments, "/"), nil
}

// param returns a parameter of the path, unescaped.
func param(c echo.Context, name string) string {
	return unescape(c.Param(name)) //nolint:forbidigo // this is the place
}

// unescape returns a part of a path that canonicalPath has spelled, unescaped.
func unescape(part string) string {
	text, err := url.PathUnescape(part)
	if err != nil {
		panic("rest: a path is not spelled: " + err.Error())
	}
	return text
}

// params returns all parameters of the path, unescaped.
func params(c echo.Context) map[string]string {
	all := map[string]string{}
	for _, name := range c.ParamNames() { //nolint:forbidigo // this is the place
		all[name] = param(c, name)
	}
	return all
}

// mount adds routes to the router, with HEAD for each GET.
func mount(e *echo.Echo, routes []route) {
	for _, r := range routes {
		path := echoPath(r.path)
		e.Add(r.method, path, r.handler, r.middleware...)
		if r.method == http.MethodGet {
			e.Add(http.MethodHead, path, r.handler, r.middleware...)
		}
		if strings.HasSuffix(r.path, "}") {
			// The router lets a final parameter match the rest of a path. If there
			// is a longer route, even one that matches nothing, it only matches a
			// segment.
			e.Router().Add(r.method, path+"/\x00", echo.NotFoundHandler)
		}
	}
}

// Routes returns method and path of everything that an API serves, sorted, with
// parameters in braces as OpenAPI writes them. HEAD is not listed: each GET
// supports it.
func Routes(api *echo.Echo) []string {
	var list []string
	for _, route := range api.Routes() {
		if route.Method != http.MethodHead {
			list = append(list, route.Method+" "+parameter.ReplaceAllString(route.Path, "{$1}"))
		}
	}
	slices.Sort(list)
	return list
}
