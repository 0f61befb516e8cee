package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/tenant"
)

// Source is a place where a request names its tenant.
type Source string

// The sources. A tenant named anywhere must agree with the token.
const (
	FromToken  Source = "token"
	FromHeader Source = "header"
	FromQuery  Source = "query"
)

// session is the bearer of a request and its tenant.
type session struct {
	tenant *tenant.Entry
	actor  *auth.Actor
}

const sessionKey = "partywall.session"

// sessionOf returns the request's session, nil before authenticate.
func sessionOf(c echo.Context) *session {
	s, _ := c.Get(sessionKey).(*session)
	return s
}

// authenticate finds the request's tenant and bearer. Refusals come in a fixed
// order, so that none reveals more than the checks before it allow: which tenants
// exist is confidential.
func (a *api) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := a.bearer(c)
		if err != nil {
			return err
		}
		names := a.named(c)
		if who == nil {
			return withoutToken(names)
		}
		if len(names) == 0 && !slices.Contains(a.From, FromToken) {
			return errNoTenant
		}
		ctx := c.Request().Context()
		t, err := a.Catalog.ResolveID(ctx, who.Tenant)
		if err != nil && !errors.Is(err, tenant.ErrSuspended) {
			return err
		}
		if slices.ContainsFunc(names, func(name string) bool { return name != t.Name }) {
			return tenant.ErrUnknown
		}
		if err != nil {
			return err
		}
		if err := a.admit(t); err != nil {
			return err
		}
		actor, err := a.Accounts.Actor(ctx, t.Handle(), who)
		if err != nil {
			return err
		}
		c.Set(sessionKey, &session{tenant: t, actor: actor})
		return next(c)
	}
}

// permit refuses bearers without the route's permission.
func (a *api) permit(permission string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := a.allow(sessionOf(c), permission); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// admit refuses a request of a tenant that sends too many, or is not to be served now. It comes after the bearer is
// known to be the tenant's: nobody else can use up its rate, or learn of it.
func (a *api) admit(t *tenant.Entry) error {
	if err := a.rates.check(t); err != nil {
		return err
	}
	return a.checkCurrent(t)
}

// checkCurrent refuses a tenant that is behind, if only current ones are served. It
// comes before anything is read from the tenant's database, which may not be as the
// code expects it.
func (a *api) checkCurrent(t *tenant.Entry) error {
	if !a.RequireCurrent || !a.Fleet.Behind(t) {
		return nil
	}
	a.Metrics.refusals.Inc()
	// before TenantTTL, this server may not notice a change
	return refuseFor(a.TenantTTL, http.StatusServiceUnavailable, "tenant_behind", "The tenant's data is being brought up to date; try again later")
}

var errNoTenant = refuse(http.StatusBadRequest, "tenant_missing", "No tenant specified")

func withoutToken(names []string) error {
	if len(names) == 0 {
		return errNoTenant
	}
	return refuse(http.StatusUnauthorized, "token_missing", "This needs a token: Authorization: Bearer …")
}

// bearer verifies the request's token; it returns nil without one.
func (a *api) bearer(c echo.Context) (*auth.Identity, error) {
	token, err := bearerToken(c)
	if token == "" || err != nil {
		return nil, err
	}
	return a.Tokens.Verify(token)
}

// bearerToken returns the request's token, empty if there is none.
func bearerToken(c echo.Context) (string, error) {
	header := c.Request().Header.Get(echo.HeaderAuthorization)
	if header == "" {
		return "", nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", auth.ErrToken
	}
	return token, nil
}

// named returns the tenants that the request names besides its token.
func (a *api) named(c echo.Context) []string {
	var names []string
	if slices.Contains(a.From, FromHeader) {
		names = append(names, c.Request().Header.Values(headerTenant)...)
	}
	if a.tenantInQuery() {
		names = append(names, queryOf(c)[tenantParameter]...)
	}
	return names
}

// tenantParameter is the query parameter that names a tenant.
const tenantParameter = "tenant"

func (a *api) tenantInQuery() bool { return slices.Contains(a.From, FromQuery) }

// target returns the tenant of a request without a token. Callers must not reveal
// ErrUnknown.
func (a *api) target(c echo.Context) (*tenant.Entry, error) {
	names := a.named(c)
	if len(names) == 0 {
		return nil, errNoTenant
	}
	if slices.ContainsFunc(names, func(name string) bool { return name != names[0] }) {
		return nil, tenant.ErrUnknown
	}
	return a.Catalog.Resolve(c.Request().Context(), names[0])
}
