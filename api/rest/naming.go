package rest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/tenant"
)

// naming is how a request names its tenant, besides by its token.
type naming struct {
	// names are tenants' names.
	names []string
	// label is what the host has before a base domain, and byHost whether it is below one. A host has no capitals, which
	// names of tenants may have.
	label  string
	byHost bool
}

// named returns how a request names its tenant, in the places where it may.
func (a *api) named(c echo.Context) naming {
	var n naming
	if a.from(FromHeader) {
		n.names = append(n.names, c.Request().Header.Values(headerTenant)...)
	}
	if a.from(FromQuery) {
		n.names = append(n.names, queryOf(c)[tenantParameter]...)
	}
	if p, ok := prefixOf(c); ok {
		n.names = append(n.names, p.tenant)
	}
	if a.from(FromSubdomain) {
		n.label, n.byHost = labelOf(c.Request().Host, a.BaseDomains)
	}
	return n
}

// isEmpty reports whether nobody is named.
func (n *naming) isEmpty() bool { return len(n.names) == 0 && !n.byHost }

// fits reports whether a tenant of that name can be the one that is named everywhere.
func (n *naming) fits(name string) bool {
	return !slices.ContainsFunc(n.names, func(other string) bool { return other != name }) && (!n.byHost || lower(name) == n.label)
}

// account returns the names for limits of logins, and for the log: one, if it is one tenant that is named in several places.
// It has no capitals, so that attempts count as often for a tenant that a host names as for one that there is not.
func (n *naming) account() string {
	all := slices.Clone(n.names)
	if n.byHost {
		all = append(all, n.label)
	}
	for i := range all {
		all[i] = lower(all[i])
	}
	return strings.Join(slices.Compact(all), ",")
}

// agree returns tenant.ErrUnknown unless it is t that is named, wherever somebody is. A host in which t's name is spelled
// otherwise must lead to t: it may lead to another, or nowhere.
func (a *api) agree(ctx context.Context, n *naming, t *tenant.Entry) error {
	if !n.fits(t.Name) {
		return tenant.ErrUnknown
	}
	if !n.byHost || n.label == t.Name {
		return nil
	}
	found, err := a.Catalog.ResolveHost(ctx, n.label)
	if err != nil && !errors.Is(err, tenant.ErrSuspended) {
		return err
	}
	if found.ID != t.ID {
		return tenant.ErrUnknown
	}
	return nil
}

// target returns the tenant of a request without a token. Callers must not reveal
// ErrUnknown.
func (a *api) target(ctx context.Context, n *naming) (*tenant.Entry, error) {
	switch {
	case n.isEmpty():
		return nil, errNoTenant
	case len(n.names) == 0:
		return a.Catalog.ResolveHost(ctx, n.label)
	case !n.fits(n.names[0]):
		return nil, tenant.ErrUnknown
	}
	t, err := a.Catalog.Resolve(ctx, n.names[0])
	if err != nil {
		return nil, err
	}
	return t, a.agree(ctx, n, t)
}
