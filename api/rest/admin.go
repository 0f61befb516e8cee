package rest

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"net/netip"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/tenant"
)

// AdminConfig configures the operators' API.
type AdminConfig struct {
	Catalog  *tenant.Catalog
	Fleet    *fleet.Fleet
	Clusters *tenant.Clusters
	Metrics  *Metrics
	// Ready returns why requests cannot be served, nil if they can.
	Ready func() error
	// Watch finds tenants without their unique indexes.
	Watch *fleet.Watch
	// Token is the bearer token of every request. MetricsToken, if set, is a token
	// for the metrics and nothing else.
	Token, MetricsToken string
	// TrustedProxies are the networks whose X-Forwarded-For is trusted.
	TrustedProxies []netip.Prefix
	Log            *slog.Logger
}

// NewAdmin returns the operators' API as an HTTP handler: tenants, metrics and
// profiles. It needs a listener of its own, which no tenant can reach.
func NewAdmin(cfg AdminConfig) *echo.Echo {
	a := &api{Config: Config{Log: cfg.Log}}
	e := echo.New()
	e.HTTPErrorHandler = a.fail
	e.IPExtractor = (&clients{proxies: cfg.TrustedProxies, log: cfg.Log}).of
	e.Pre(a.observe, a.recoverPanics(), securityHeaders, uniqueHeaders, canonicalPath, parameters)
	e.Use(limitBody, cfg.authorize())
	mount(e, cfg.routes())
	return e
}

// routes returns the operators' routes. Those of profiles take the parameters of
// package pprof.
func (cfg *AdminConfig) routes() []route {
	takes := func(a accepted) []echo.MiddlewareFunc { return []echo.MiddlewareFunc{accepts(a)} }
	return []route{
		{http.MethodGet, "/admin/tenants", cfg.list, takes(accepted{})},
		{http.MethodPost, "/admin/tenants", cfg.create, takes(accepted{})},
		{http.MethodGet, "/admin/tenants/{name}", cfg.show, takes(accepted{})},
		{http.MethodGet, "/readyz", cfg.ready, takes(accepted{})},
		{http.MethodGet, metricsPath, echo.WrapHandler(cfg.Metrics.handler()), takes(accepted{often: []string{"name[]"}})},
		{http.MethodGet, "/debug/pprof/", echo.WrapHandler(http.HandlerFunc(pprof.Index)), takes(accepted{})},
		{http.MethodGet, "/debug/pprof/{profile}", profile, takes(accepted{once: []string{"seconds", "debug", "gc"}})},
	}
}

const metricsPath = "/metrics"

// authorize refuses requests without the token, in constant time.
func (cfg *AdminConfig) authorize() echo.MiddlewareFunc {
	token, metrics := newSecretSum(cfg.Token), newSecretSum(cfg.MetricsToken)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			given, err := bearerToken(c)
			if err != nil {
				return err
			}
			allowed := token.matches(given)
			if c.Path() == metricsPath && cfg.MetricsToken != "" {
				allowed = metrics.matches(given) || allowed
			}
			if !allowed {
				return auth.ErrToken
			}
			return next(c)
		}
	}
}

// secretSum is the hash of a token to compare with.
type secretSum [sha256.Size]byte

func newSecretSum(token string) secretSum { return sha256.Sum256([]byte(token)) }

func (s secretSum) matches(given string) bool {
	have := newSecretSum(given)
	return subtle.ConstantTimeCompare(s[:], have[:]) == 1
}

// profile serves the profiles of package pprof by name.
func profile(c echo.Context) error {
	name := param(c, "profile")
	serve := map[string]http.HandlerFunc{
		"cmdline": pprof.Cmdline, "profile": pprof.Profile, "trace": pprof.Trace,
	}[name]
	if serve == nil {
		serve = pprof.Handler(name).ServeHTTP
	}
	serve(c.Response(), c.Request())
	return nil
}

func (cfg *AdminConfig) list(c echo.Context) error {
	list, refused := []tenant.View{}, []string{}
	for t, err := range cfg.Catalog.List(c.Request().Context()) {
		switch {
		case err == nil:
			list = append(list, t.View())
		case tenant.IsEntryError(err):
			refused = append(refused, err.Error())
		default:
			return err
		}
	}
	return sendJSON(c, http.StatusOK, map[string]any{"tenants": list, "refused": refused})
}

func (cfg *AdminConfig) show(c echo.Context) error {
	t, err := cfg.Catalog.Find(c.Request().Context(), param(c, "name"))
	if errors.Is(err, tenant.ErrUnknown) {
		return refuse(http.StatusNotFound, "not_found", "There is no such tenant")
	}
	if err != nil {
		return err
	}
	return sendJSON(c, http.StatusOK, t.View())
}

// create provisions a tenant. It continues if the client disconnects, since half a
// tenant is of no use.
func (cfg *AdminConfig) create(c echo.Context) error {
	name, cluster := "", tenant.DefaultCluster
	if err := readMembers(c, map[string]*string{"name": &name}, map[string]*string{"cluster": &cluster}); err != nil {
		return err
	}
	t, err := cfg.Fleet.Provision(context.WithoutCancel(c.Request().Context()), name, cluster)
	var locked *tenant.LockedError
	switch {
	case errors.As(err, &locked):
		return refuse(http.StatusConflict, "tenant_locked", err.Error())
	case errors.Is(err, tenant.ErrName) || errors.Is(err, tenant.ErrCluster):
		return refuse(http.StatusUnprocessableEntity, "validation_failed", err.Error())
	case errors.Is(err, tenant.ErrExists):
		return refuse(http.StatusConflict, "duplicate", err.Error())
	case err != nil:
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/admin/tenants/"+t.Name)
	return sendJSON(c, http.StatusCreated, t.View())
}
