package rest

import (
	"strings"

	"github.com/labstack/echo/v4"
)

const (
	// prefixStart starts a path that names a tenant: /t/{tenant}/api/….
	prefixStart = "/t/"
	// apiStart starts the path of every route that belongs to a tenant, and of no other.
	apiStart = "/api/"
)

// prefix is what cutPrefix cut off a path, and the tenant that it names, both as canonicalPath spells them.
type prefix struct{ path, tenant string }

const prefixKey = "partywall.prefix"

// prefixOf returns the request's prefix, and whether it has one.
func prefixOf(c echo.Context) (prefix, bool) {
	p, ok := c.Get(prefixKey).(prefix)
	return p, ok
}

// cutPrefix removes /t/{tenant} from a path before routing, so that it leads to the route that the rest leads to. It comes after
// canonicalPath. It leaves a path alone below which no tenant's route can be, which is not found.
func cutPrefix(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		spelled := u.EscapedPath()
		from, ok := strings.CutPrefix(spelled, prefixStart)
		segment, _, _ := strings.Cut(from, "/")
		at := len(prefixStart) + len(segment)
		if !ok || !strings.HasPrefix(spelled[at:], apiStart) {
			return next(c)
		}
		u.Path, u.RawPath = unescape(spelled[at:]), spelled[at:]
		c.Set(prefixKey, prefix{spelled[:at], segment}) // the name of a tenant has nothing to escape
		return next(c)
	}
}

// pathOf returns the request's path, escaped, with its prefix.
func pathOf(c echo.Context) string {
	p, _ := prefixOf(c)
	return p.path + c.Request().URL.EscapedPath()
}
