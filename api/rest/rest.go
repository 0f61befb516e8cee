// Package rest is the HTTP API: thin handlers between requests and the generated
// code. One handler serves every collection; the special rules of accounts are
// beside it.
package rest

import (
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
)

// Config configures the API.
type Config struct {
	Collections []raw.Collection
	Catalog     *tenant.Catalog
	Fleet       *fleet.Fleet
	Users       auth.Users
	Accounts    *auth.Accounts
	Tokens      *auth.Tokens
	Passwords   *auth.Passwords
	Policy      *auth.Policy
	Keys        *auth.Keys
	// Routes are served besides the generated ones; they must have passed
	// CheckRoutes.
	Routes []Route
	// Computed are further members of responses; they must have passed CheckComputed.
	Computed []Computed
	// OpenAPI is the OpenAPI document of the API.
	OpenAPI []byte
	// Ready returns why requests cannot be served, nil if they can. It must not
	// block.
	Ready func() error
	// MaxInFlight is the maximum number of requests served at a time.
	MaxInFlight int
	// From are the places where a request may name its tenant.
	From []Source
	// RequireCurrent refuses requests for tenants that are behind. TenantTTL is how
	// long it may go unnoticed that one no longer is.
	RequireCurrent bool
	TenantTTL      time.Duration
	// Timeout is how long a request may take.
	Timeout time.Duration
	// TrustedProxies are the networks whose X-Forwarded-For is trusted.
	TrustedProxies []netip.Prefix
	// Origins are the origins, as browsers write them, whose pages may call the
	// API, or AnyOrigin; empty for none.
	Origins []string
	Metrics *Metrics
	Log     *slog.Logger
}

// api is the state of the handlers.
type api struct {
	Config
	// patterns are the paths of routes in OpenAPI's form, by the router's form.
	patterns map[string]string
	// patched are the paths that support PATCH.
	patched map[string]bool
	// computedOf are the Computed, by collection.
	computedOf map[string]computedMembers
	// inFlight is the number of requests being served.
	inFlight atomic.Int64
	rates    *rates
}

// New returns the API as an HTTP handler.
func New(cfg Config) *echo.Echo {
	a := &api{Config: cfg, patterns: map[string]string{}, patched: map[string]bool{}, computedOf: map[string]computedMembers{}, rates: newRates()}
	for _, m := range cfg.Computed {
		a.computedOf[m.collection] = append(a.computedOf[m.collection], m)
	}
	e := echo.New()
	e.HTTPErrorHandler = a.fail
	e.IPExtractor = (&clients{proxies: cfg.TrustedProxies, log: cfg.Log}).of
	e.Pre(a.measure, a.observe, a.limitInFlight, a.recoverPanics(), securityHeaders, uniqueHeaders)
	if len(cfg.Origins) > 0 {
		e.Pre(crossOrigin(cfg.Origins))
	}
	e.Pre(canonicalPath, parameters)
	e.Use(a.patchable, limitBody, middleware.ContextTimeoutWithConfig(middleware.ContextTimeoutConfig{
		Timeout:      cfg.Timeout,
		ErrorHandler: func(err error, _ echo.Context) error { return err },
	}))
	mount(e, append(a.generatedRoutes(), a.customRoutes()...))
	for _, r := range e.Routes() {
		a.patterns[r.Path] = parameter.ReplaceAllString(r.Path, "{$1}")
		a.patched[r.Path] = a.patched[r.Path] || r.Method == http.MethodPatch
	}
	return e
}

// route is an entry of the route table. Its path has parameters in braces, as
// OpenAPI writes them.
type route struct {
	method, path string
	handler      echo.HandlerFunc
	middleware   []echo.MiddlewareFunc
}

// generatedRoutes returns the product's own routes and those of collections.
func (a *api) generatedRoutes() []route {
	none := []echo.MiddlewareFunc{accepts(accepted{})}
	list := []route{
		{http.MethodGet, "/healthz", alive, none},
		{http.MethodGet, "/readyz", a.ready, none},
		{http.MethodGet, "/openapi.json", a.openAPI, none},
		{http.MethodGet, "/.well-known/jwks.json", a.publicKeys, none},

		{http.MethodPost, "/api/login", a.login, []echo.MiddlewareFunc{a.accepts(accepted{})}},
		{http.MethodPost, "/api/refresh", a.refresh, []echo.MiddlewareFunc{a.accepts(accepted{})}},
		{http.MethodPost, "/api/logout", a.logout, []echo.MiddlewareFunc{a.authenticate, a.accepts(accepted{})}},
		{http.MethodPost, "/api/password", a.changePassword, []echo.MiddlewareFunc{a.authenticate, a.accepts(accepted{})}},
	}
	for i := range a.Collections {
		if c := &a.Collections[i]; c.Served() {
			list = append(list, a.ofCollection(c)...)
		}
	}
	return list
}

// ofCollection returns the routes of a collection.
func (a *api) ofCollection(c *raw.Collection) []route {
	r := &resource{api: a, c: c}
	all, one := "/api/"+c.Name, "/api/"+c.Name+"/{id}"
	return append([]route{
		{http.MethodGet, all, r.list, a.signedIn(c.Access.Read)}, // its parameters depend on the collection
		{http.MethodPost, all, r.create, a.signedIn(c.Access.Create, a.accepts(accepted{}))},
		{http.MethodGet, one, r.get, a.signedIn(c.Access.Read, a.accepts(accepted{once: r.once(), often: []string{expandParameter, meta.FieldsParameter}}))},
		{http.MethodPatch, one, r.update, a.signedIn(c.Access.Update, a.accepts(accepted{}))},
		{http.MethodDelete, one, r.remove, a.signedIn(c.Access.Delete, a.accepts(accepted{}))},
	}, slices.Concat(r.elementRoutes(), a.ofDeletion(r, one))...)
}

// customRoutes returns the routes in Config.Routes.
func (a *api) customRoutes() []route {
	var list []route
	for i := range a.Routes {
		r := &a.Routes[i]
		list = append(list, route{r.Method, r.Path, r.serve(a), a.signedIn(r.Permission, a.accepts(r.accepted()))})
	}
	return list
}

// signedIn is the middleware of routes that need a bearer but no permission.
func (a *api) signedIn(permission string, then ...echo.MiddlewareFunc) []echo.MiddlewareFunc {
	return append([]echo.MiddlewareFunc{a.authenticate, a.permit(permission)}, then...)
}

// accepts returns the middleware of routes that take a tenant's name besides the
// given parameters.
func (a *api) accepts(p accepted) echo.MiddlewareFunc {
	if a.tenantInQuery() {
		p.once = append(slices.Clone(p.once), tenantParameter)
	}
	return accepts(p)
}

// echoPath writes the parameters of a path in echo's form.
func echoPath(path string) string { return braces.ReplaceAllString(path, ":$1") }

// parameter matches a parameter in echo's form.
var parameter = regexp.MustCompile(`:(\w+)`)

const (
	headerAcceptPatch = "Accept-Patch"
	headerETag        = "ETag"
	headerIfMatch     = "If-Match"
	headerIfNoneMatch = "If-None-Match"
	headerLink        = "Link"
	headerTenant      = "X-Tenant"
)

// patchable answers OPTIONS with the media types that PATCH accepts, if there is
// one (RFC 5789, section 3.1).
func (a *api) patchable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().Method == http.MethodOptions && a.patched[c.Path()] {
			c.Response().Header().Set(headerAcceptPatch, acceptPatch)
		}
		return next(c)
	}
}

// securityHeaders keeps browsers from sniffing responses, and everybody from
// caching them.
func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set(echo.HeaderXContentTypeOptions, "nosniff")
		h.Set(echo.HeaderCacheControl, "no-store")
		return next(c)
	}
}
