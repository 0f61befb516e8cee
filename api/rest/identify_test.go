package rest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/tenant"
)

// TestBearers has a row for each way to bear a token.
func TestBearers(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "", "Bearer a.b": "a.b", "bearer a.b": "a.b", "BEARER   a.b ": "a.b", "Bearer a b": "a b",
		"Bearer": "token_invalid", "Bearer ": "token_invalid", "Basic a.b": "token_invalid", "a.b": "token_invalid", " ": "token_invalid",
	} {
		c, _ := exchange(http.MethodGet, "/", "", echo.HeaderAuthorization, header)
		token, err := bearerToken(c)
		if err != nil {
			if token != "" || !errors.Is(err, auth.ErrToken) {
				t.Errorf("%q: %s, %v", header, token, err)
			}
			token = "token_invalid"
		}
		if token != want {
			t.Errorf("%q: %s, want %s", header, token, want)
		}
	}
}

// TestTargets are the tenants that requests without a token name: one, or none that
// there is.
func TestTargets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from    []Source
		target  string
		headers []string
		want    string
		err     error
	}{
		"nowhere":               {[]Source{FromToken, FromHeader, FromQuery}, "/", nil, "", errNoTenant},
		"the token alone":       {[]Source{FromToken}, "/?tenant=one", []string{headerTenant, "one"}, "", errNoTenant},
		"the header":            {[]Source{FromHeader}, "/?tenant=two", []string{headerTenant, "one"}, "one", nil},
		"the query":             {[]Source{FromQuery}, "/?tenant=two", []string{headerTenant, "one"}, "two", nil},
		"both":                  {[]Source{FromHeader, FromQuery}, "/?tenant=one", []string{headerTenant, "one"}, "one,one", nil},
		"two that differ":       {[]Source{FromHeader, FromQuery}, "/?tenant=two", []string{headerTenant, "one"}, "one,two", tenant.ErrUnknown},
		"two in a query":        {[]Source{FromQuery}, "/?tenant=one&tenant=two", nil, "one,two", tenant.ErrUnknown},
		"an empty name":         {[]Source{FromQuery}, "/?tenant=", nil, "", nil},
		"an empty one and more": {[]Source{FromQuery}, "/?tenant=&tenant=a", nil, ",a", tenant.ErrUnknown},
	} {
		a := &api{Config: Config{From: test.from}}
		c, _ := exchange(http.MethodGet, test.target, "", test.headers...)
		if err := parameters(func(echo.Context) error { return nil })(c); err != nil {
			t.Fatal(err)
		}
		named := a.named(c)
		if got := strings.Join(named.names, ","); got != test.want {
			t.Errorf("%s: named are %q", name, got)
		}
		if test.err == nil { // whom the catalog is asked for
			continue
		}
		if found, err := a.target(t.Context(), &named); !errors.Is(err, test.err) || found != nil {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// TestRequestsInFlightAreCounted until they are answered, however that ends. What
// probes ask is none of them.
func TestRequestsInFlightAreCounted(t *testing.T) {
	t.Parallel()
	a := &api{Config: Config{MaxInFlight: 2}}
	nested := func(n int, target string) (codes []string) {
		var next echo.HandlerFunc
		next = func(echo.Context) error {
			if n--; n < 0 {
				return errNoUser
			}
			c, _ := exchange(http.MethodGet, target, "")
			err := a.limitInFlight(next)(c)
			codes = append(codes, said(err))
			return err
		}
		_ = next(nil)
		return codes
	}
	for _, test := range []struct {
		n            int
		target, want string
	}{
		{1, "/a", "forbidden"}, {2, "/a", "forbidden,forbidden"}, {3, "/a", "overloaded,overloaded,overloaded"}, {2, "/a", "forbidden,forbidden"},
		{4, "/healthz", "forbidden,forbidden,forbidden,forbidden"}, {3, "/readyz", "forbidden,forbidden,forbidden"}, {3, "/healthz/", "overloaded,overloaded,overloaded"},
	} {
		if got := strings.Join(nested(test.n, test.target), ","); got != test.want {
			t.Errorf("%d of %s: %s, want %s", test.n, test.target, got, test.want)
		}
		if n := a.inFlight.Load(); n != 0 {
			t.Errorf("%d are left", n)
		}
	}
}

// TestHeadersThatMeanOneThing are given once.
func TestHeadersThatMeanOneThing(t *testing.T) {
	t.Parallel()
	for name, once := range map[string]bool{
		"Authorization": true, "Content-Type": true, "X-Tenant": true, "Origin": true, "If-Match": false, "X-Forwarded-For": false,
	} {
		for n := range 4 {
			var headers []string
			for range n {
				headers = append(headers, name, "x")
			}
			c, _ := exchange(http.MethodGet, "/", "", headers...)
			want := ""
			if once && n > 1 {
				want = "header_invalid: The header " + name + " is given twice; send it once"
			}
			got := ""
			if err := uniqueHeaders(done)(c); err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("%s %d times: %s", name, n, got)
			}
		}
	}
}

// TestPauses grow, and end with the request.
func TestPauses(t *testing.T) {
	t.Parallel()
	for _, round := range []int{0, 1, 6, 255} {
		if err := raw.Backoff(t.Context(), round); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := raw.Backoff(ended, 6); !errors.Is(err, context.Canceled) {
		t.Errorf("once nobody waits: %v", err)
	}
}
