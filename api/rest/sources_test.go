package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// subsets are all that TENANT_FROM can be.
var subsets = []server.Sources{
	{rest.FromToken}, {rest.FromHeader}, {rest.FromQuery}, {rest.FromToken, rest.FromHeader}, {rest.FromToken, rest.FromQuery},
	{rest.FromHeader, rest.FromQuery}, {rest.FromToken, rest.FromHeader, rest.FromQuery},
}

// place is where a request names tenants: in the header, in the query, or not at
// all.
type place struct{ header, query string }

// places returns all ways to name one, another, both, or none.
func places() []place {
	var all []place
	for _, header := range []string{"", "one", "two"} {
		for _, query := range []string{"", "one", "two"} {
			all = append(all, place{header, query})
		}
	}
	return all
}

// ask returns a request at the place.
func (p place) ask(line string) (string, []string) {
	var headers []string
	if p.header != "" {
		headers = []string{"X-Tenant", p.header}
	}
	if p.query != "" {
		line += "?tenant=" + p.query
	}
	return line, headers
}

// counted returns the tenants named where from lets them be, and whether one is
// named in a query that takes none.
func (p place) counted(from server.Sources) (names []string, stray bool) {
	stray = p.query != ""
	for _, source := range from {
		switch {
		case source == rest.FromHeader && p.header != "":
			names = append(names, p.header)
		case source == rest.FromQuery && p.query != "":
			names, stray = append(names, p.query), false
		}
	}
	return names, stray
}

// others reports whether a tenant besides one is among names.
func others(names []string) bool { return strings.Contains(strings.Join(names, " "), "two") }

// TestTenantFromEverywhere has a row for each TENANT_FROM and each place where a
// request may name its tenant, with a token and without one, and at the login,
// where the names alone say it.
func TestTenantFromEverywhere(t *testing.T) {
	t.Parallel()
	for _, from := range subsets {
		t.Run(fmt.Sprint(from), func(t *testing.T) {
			a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.TenantFrom = from })
			one := a.Provision(t, "one")
			a.Provision(t, "two")
			token := a.Token(t, one.ID, "", "read")
			for _, p := range places() {
				line, headers := p.ask("GET /api/users")
				names, stray := p.counted(from)
				bySign := strings.Contains(fmt.Sprint(from), "token")

				want := "401 token_missing"
				if len(names) == 0 {
					want = "400 tenant_missing"
				}
				if got := a.Call(t, line, "", headers...); fmt.Sprint(got.Status, " ", got.Code()) != want {
					t.Errorf("%s %q, no token: %d %s, want %s", line, headers, got.Status, got.Text, want)
				}
				switch {
				case len(names) == 0 && !bySign:
					want = "400 tenant_missing"
				case others(names):
					want = "403 tenant_unauthorized"
				case stray:
					want = "400 query_invalid"
				default:
					want = "200 "
				}
				if got := a.Call(t, line, "", append(headers, bearer(token)...)...); fmt.Sprint(got.Status, " ", got.Code()) != want {
					t.Errorf("%s %q: %d %s, want %s", line, headers, got.Status, got.Text, want)
				}
			}
		})
	}
}

// TestLoginFromEverywhere is the same for logins and what they are refreshed with.
// Two tenants that disagree are none: a login costs as much as a wrong password.
func TestLoginFromEverywhere(t *testing.T) {
	t.Parallel()
	for _, from := range subsets {
		t.Run(fmt.Sprint(from), func(t *testing.T) {
			a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
				servertest.WithOperators(cfg)
				cfg.TenantFrom, cfg.LoginPerAccount, cfg.LoginPerAddress = from, auth.Rate{}, auth.Rate{}
			})
			one := a.Provision(t, "one")
			a.Provision(t, "two")
			servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
			tried := map[string]bool{} // what was wrong once is wrong again, without a hash
			right := fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, servertest.Password)
			for _, p := range places() {
				line, headers := p.ask("POST /api/login")
				names, stray := p.counted(from)
				want, hashes := "200 ", 1
				switch {
				case stray:
					want, hashes = "400 query_invalid", 0
				case len(names) == 0:
					want, hashes = "400 tenant_missing", 0
				case others(names):
					want = "401 invalid_credentials"
					if said := strings.Join(names, ","); tried[said] {
						hashes = 0
					} else {
						tried[said] = true
					}
				}
				before := hashed(t, a)
				got := a.Call(t, line, right, headers...)
				if fmt.Sprint(got.Status, " ", got.Code()) != want || hashed(t, a)-before != hashes {
					t.Errorf("%s %q: %d %s after %d hashes, want %s", line, headers, got.Status, got.Text, hashed(t, a)-before, want)
				}
				if got.Status != 200 {
					continue
				}
				for _, p := range places() {
					line, headers := p.ask("POST /api/refresh")
					names, stray := p.counted(from)
					want := "200 "
					switch {
					case stray:
						want = "400 query_invalid"
					case others(names):
						want = "403 tenant_unauthorized"
					}
					again := a.Call(t, line, fmt.Sprintf(`{"refreshToken":%q}`, got.Member("refreshToken")), headers...)
					if fmt.Sprint(again.Status, " ", again.Code()) != want {
						t.Errorf("%s %q: %d %s, want %s", line, headers, again.Status, again.Text, want)
					}
					if again.Status == 200 {
						got = again
					}
				}
			}
		})
	}
}

// TestChallenges has a row for each way to bear a token, and for what a client is
// told that has to find another one.
func TestChallenges(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), servertest.WithOperators)
	admin := a.Operators()
	one := a.Provision(t, "one")
	token := a.Token(t, one.ID, "super")
	ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	ended := a.Login(t, "one", "ada@example.com", servertest.Password)
	if got := a.Call(t, "POST /api/logout", "", bearer(ended)...); got.Status != 204 {
		t.Fatal(got.Text)
	}
	const bare, invalid = `Bearer realm="partywall"`, `Bearer realm="partywall", error="invalid_token"`
	for _, of := range []struct {
		on          servertest.Client
		line, token string
	}{{a.Client, "GET /api/users?tenant=one", token}, {a.Client, "POST /api/logout?tenant=one", token}, {admin, "GET /admin/tenants", servertest.AdminToken}, {admin, "GET /metrics", servertest.AdminToken}} {
		served := of.on.Transmit(t, plain(of.line, of.token)).Status
		for header, want := range map[string]string{
			"Bearer " + of.token:          "",
			"bearer " + of.token:          "",
			"BEARER " + of.token:          "",
			"Bearer  " + of.token:         "",
			"Basic " + of.token:           invalid,
			"basic " + of.token:           invalid,
			"Token " + of.token:           invalid,
			"Bearer:" + of.token:          invalid,
			"Bearer\t" + of.token:         invalid,
			"Bearer, " + of.token:         invalid,
			"Bearer " + of.token + ", x":  invalid,
			"Bearer Basic " + of.token:    invalid,
			"Bearer " + of.token + "x":    invalid,
			"Bearer x" + of.token:         invalid,
			`Bearer "` + of.token + `"`:   invalid,
			of.token:                      invalid,
			"Bearer":                      invalid,
			"Basic b25lOm9uZQ==":          invalid,
			"Digest username=" + of.token: invalid,
		} {
			got := of.on.Transmit(t, plain(of.line, "", "Authorization: "+header))
			if want == "" && got.Status != served || want != "" && (got.Status != 401 || got.Code() != "token_invalid" || got.Header.Get("WWW-Authenticate") != want) {
				t.Errorf("%s, %.20s: %d %s %q", of.line, header, got.Status, got.Text, got.Header.Get("WWW-Authenticate"))
			}
		}
	}
	for _, test := range []struct {
		name, line, body string
		headers          []string
		code, want       string
	}{
		{"no token", "GET /api/users?tenant=one", "", nil, "token_missing", bare},
		{"an empty one", "GET /api/users?tenant=one", "", []string{"Authorization", ""}, "token_missing", bare},
		{"one whose session ended", "GET /api/users", "", bearer(ended), "token_invalid", invalid},
		{"a wrong password", "POST /api/login?tenant=one", `{"email":"ada@example.com","password":"wrong horse"}`, nil, "invalid_credentials", bare},
		{"a wrong password beside a token", "POST /api/login?tenant=one", `{"email":"ada@example.com","password":"wrong horse"}`, bearer(token), "invalid_credentials", bare},
		{"a refresh token that is none", "POST /api/refresh", `{"refreshToken":"x"}`, nil, "token_invalid", bare},
	} {
		got := a.Call(t, test.line, test.body, test.headers...)
		if got.Status != 401 || got.Code() != test.code || got.Header.Get("WWW-Authenticate") != test.want {
			t.Errorf("%s: %d %s %q", test.name, got.Status, got.Text, got.Header.Get("WWW-Authenticate"))
		}
	}
	for _, line := range []string{"GET /healthz", "GET /api/users", "GET /api/users/" + ada.ID.Hex(), "PUT /api/users"} {
		if got := a.Transmit(t, plain(line, token)); got.Header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %v", line, got.Header)
		}
	}
	if got := admin.Transmit(t, plain("GET /metrics", "")); got.Status != 401 || got.Header.Get("WWW-Authenticate") != bare {
		t.Errorf("an operator's, without a token: %d %v", got.Status, got.Header)
	}
}
