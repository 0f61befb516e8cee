package rest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// subsets are what TENANT_FROM can be: all of token, header and query, and the others alone, beside the token, and among all.
var subsets = []server.Sources{
	{rest.FromToken}, {rest.FromHeader}, {rest.FromQuery}, {rest.FromToken, rest.FromHeader}, {rest.FromToken, rest.FromQuery},
	{rest.FromHeader, rest.FromQuery}, {rest.FromToken, rest.FromHeader, rest.FromQuery},
	{rest.FromSubdomain}, {rest.FromPath}, {rest.FromToken, rest.FromSubdomain}, {rest.FromToken, rest.FromPath},
	{rest.FromPath, rest.FromSubdomain, rest.FromQuery, rest.FromHeader, rest.FromToken},
}

// namedFrom has a server take tenants' names from the places, and from hosts below app.example.com.
func namedFrom(from ...rest.Source) func(*server.Config) {
	return func(cfg *server.Config) {
		cfg.TenantFrom = from
		if slices.Contains(from, rest.FromSubdomain) {
			cfg.BaseDomains = server.Domains{"app.example.com"}
		}
	}
}

// place is where a request names tenants: in the header, in the query, in the path or by its host, or not at all.
type place struct{ header, query, path, host string }

// places returns all ways to name one, another, both, or none in up to two places. The first nine are those of header and
// query.
func places() []place {
	var all []place
	names := []string{"", "one", "two"}
	for _, path := range names {
		for _, host := range names {
			for _, header := range names {
				for _, query := range names {
					p := place{header, query, path, host}
					if n := len(slices.DeleteFunc([]string{header, query, path, host}, func(name string) bool { return name == "" })); n <= 2 {
						all = append(all, p)
					}
				}
			}
		}
	}
	return all
}

// ask returns a request at the place.
func (p place) ask(line string) (string, []string) {
	var headers []string
	if p.header != "" {
		headers = append(headers, "X-Tenant", p.header)
	}
	if p.host != "" {
		headers = append(headers, "Host", p.host+".app.example.com")
	}
	if p.path != "" {
		line = strings.Replace(line, " ", " /t/"+p.path, 1)
	}
	if p.query != "" {
		line += "?tenant=" + p.query
	}
	return line, headers
}

// counted returns the tenants named where from lets them be, and how a request is refused that names one in a query that takes
// none, or in a path that leads nowhere.
func (p place) counted(from server.Sources) (names []string, stray string) {
	for _, at := range []struct {
		source         rest.Source
		named, refusal string
	}{
		{rest.FromHeader, p.header, ""}, {rest.FromQuery, p.query, "400 query_invalid"},
		{rest.FromPath, p.path, "404 route_not_found"}, {rest.FromSubdomain, p.host, ""},
	} {
		switch {
		case at.named == "":
		case slices.Contains(from, at.source):
			names = append(names, at.named)
		case at.refusal != "":
			stray = at.refusal
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
			a := servertest.Start(t, testdb.URI(t), namedFrom(from...))
			one := a.Provision(t, "one")
			a.Provision(t, "two")
			token := a.Token(t, one.ID, "", "read")
			for _, p := range places() {
				line, headers := p.ask("GET /api/users")
				names, stray := p.counted(from)
				bySign := strings.Contains(fmt.Sprint(from), "token")

				want := "401 token_missing"
				switch {
				case strings.HasPrefix(stray, "404"):
					want = stray
				case len(names) == 0:
					want = "400 tenant_missing"
				}
				if got := a.Call(t, line, "", headers...); fmt.Sprint(got.Status, " ", got.Code()) != want {
					t.Errorf("%s %q, no token: %d %s, want %s", line, headers, got.Status, got.Text, want)
				}
				switch {
				case strings.HasPrefix(stray, "404"):
					want = stray
				case len(names) == 0 && !bySign:
					want = "400 tenant_missing"
				case others(names):
					want = "403 tenant_unauthorized"
				case stray != "":
					want = stray
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
				namedFrom(from...)(cfg)
				cfg.LoginPerAccount, cfg.LoginPerAddress = auth.Rate{}, auth.Rate{}
			})
			one := a.Provision(t, "one")
			a.Provision(t, "two")
			servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
			tried := map[string]bool{} // what was wrong once is wrong again, without a hash
			again := places()
			right := fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, servertest.Password)
			for _, p := range places() {
				line, headers := p.ask("POST /api/login")
				names, stray := p.counted(from)
				want, hashes := "200 ", 1
				switch {
				case stray != "":
					want, hashes = stray, 0
				case len(names) == 0:
					want, hashes = "400 tenant_missing", 0
				case others(names):
					want = "401 invalid_credentials"
					if said := strings.Join(slices.Compact(names), ","); tried[said] {
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
				for _, p := range again {
					line, headers := p.ask("POST /api/refresh")
					names, stray := p.counted(from)
					want := "200 "
					switch {
					case stray != "":
						want = stray
					case others(names):
						want = "403 tenant_unauthorized"
					}
					next := a.Call(t, line, fmt.Sprintf(`{"refreshToken":%q}`, got.Member("refreshToken")), headers...)
					if fmt.Sprint(next.Status, " ", next.Code()) != want {
						t.Errorf("%s %q: %d %s, want %s", line, headers, next.Status, next.Text, want)
					}
					if next.Status == 200 {
						got = next
					}
				}
				again = again[:9] // in the other places once
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
