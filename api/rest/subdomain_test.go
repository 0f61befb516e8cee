package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

// adopt enters a tenant as an older deployment has it, whose name may have capitals.
func adopt(t *testing.T, a *servertest.Server, name string) *tenant.Entry {
	t.Helper()
	entry := bson.D{{Key: "name", Value: name}, {Key: "database", Value: testdb.Database(t, "old")}}
	if _, err := testdb.Client(t).Database(a.AdminDB).Collection("tenants").InsertOne(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	found, err := a.Stack().Catalog.Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestHostsInOrder has a row for each host and bearer: who is refused learns nothing of who else there is.
func TestHostsInOrder(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), namedFrom(rest.FromToken, rest.FromHeader, rest.FromSubdomain))
	one, asleep := a.Provision(t, "one"), a.Provision(t, "asleep")
	a.Provision(t, "two")
	upper, twin, twins := adopt(t, a, "Upper"), adopt(t, a, "twins"), adopt(t, a, "Twins")
	if err := a.Stack().Catalog.SetState(t.Context(), asleep, tenants.StateSuspended); err != nil {
		t.Fatal(err)
	}
	token := func(of *tenant.Entry) []string { return bearer(a.Token(t, of.ID, "", "read")) }
	const served, unauthorized = "200 ", "403 tenant_unauthorized"
	answers := map[string]bool{}
	for _, test := range []struct {
		host    string
		headers []string
		want    string
	}{
		{"one.app.example.com", token(one), served},
		{"ONE.APP.example.com.:8080", token(one), served},
		{"one.app.example.com", append(token(one), "X-Tenant", "one"), served},
		{"one.app.example.com", append(token(one), "X-Tenant", "two"), unauthorized},
		{"one.app.example.com", append(token(one), "X-Forwarded-Host", "two.app.example.com"), served},
		{"app.example.com", append(token(one), "X-Forwarded-Host", "two.app.example.com"), served},
		{"two.app.example.com", token(one), unauthorized},
		{"two.app.example.com", append(token(one), "X-Tenant", "one"), unauthorized},
		{"two.app.example.com", append(token(one), "X-Forwarded-Host", "one.app.example.com"), unauthorized},
		{"nobody.app.example.com", token(one), unauthorized},
		{"asleep.app.example.com", token(one), unauthorized},
		{"asleep.app.example.com", token(asleep), "403 tenant_suspended"},
		{"www.one.app.example.com", token(one), unauthorized},
		{"one.one.app.example.com", token(one), unauthorized},
		{".app.example.com", token(one), unauthorized},
		{"-.app.example.com", token(one), unauthorized},
		{"xn--one-.app.example.com", token(one), unauthorized},
		{"app.example.com", token(one), served},
		{"example.com", token(one), served},
		{"127.0.0.1", token(one), served},
		{"one.app.example.com", nil, "401 token_missing"},
		{"nobody.app.example.com", nil, "401 token_missing"},
		{"www.one.app.example.com", nil, "401 token_missing"},
		{"app.example.com", nil, "400 tenant_missing"},
		{"one.app.example.com.evil.example", nil, "400 tenant_missing"},
		{"one.app.example.com", bearer("x"), "401 token_invalid"},

		{"upper.app.example.com", token(upper), served},
		{"UPPER.app.example.com", append(token(upper), "X-Tenant", "Upper"), served},
		{"upper.app.example.com", append(token(upper), "X-Tenant", "upper"), unauthorized},
		{"upper.app.example.com", token(one), unauthorized},
		{"twins.app.example.com", token(twin), served},
		{"twins.app.example.com", token(twins), unauthorized},
		{"Twins.app.example.com", token(twins), unauthorized},
		{"app.example.com", append(token(twins), "X-Tenant", "Twins"), served},
	} {
		got := a.Call(t, "GET /api/users", "", append(test.headers, "Host", test.host)...)
		if fmt.Sprint(got.Status, " ", got.Code()) != test.want {
			t.Errorf("%s %.60q: %d %s, want %s", test.host, test.headers, got.Status, got.Text, test.want)
		}
		if got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", test.host, got.Header)
		}
		if got.Code() == "tenant_unauthorized" {
			answers[strings.ReplaceAll(got.Text, got.Member("requestId"), "")] = true
		}
	}
	if len(answers) != 1 {
		t.Errorf("unknown tenants are told apart: %v", answers)
	}
	for _, path := range []string{"/healthz", "/openapi.json", "/.well-known/jwks.json"} {
		for _, host := range []string{"one.app.example.com", "nobody.app.example.com", "app.example.com"} {
			if got := a.Call(t, "GET "+path, "", "Host", host); got.Status != 200 {
				t.Errorf("%s at %s: %d %s", path, host, got.Status, got.Text)
			}
		}
	}
}

// TestHostsLeadElsewhere when a tenant has lost its name to another while this process still knew it by that.
func TestHostsLeadElsewhere(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
		namedFrom(rest.FromToken, rest.FromSubdomain)(cfg)
		cfg.TenantCacheTTL = time.Hour
	})
	token := bearer(a.Token(t, adopt(t, a, "Upper").ID, "", "read"))
	if got := a.Call(t, "GET /api/users", "", append(token, "Host", "app.example.com")...); got.Status != 200 {
		t.Fatal(got.Text)
	}
	entries := testdb.Client(t).Database(a.AdminDB).Collection("tenants")
	if _, err := entries.UpdateOne(t.Context(), bson.D{{Key: "name", Value: "Upper"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "name", Value: "lower"}}}}); err != nil {
		t.Fatal(err)
	}
	adopt(t, a, "UPPER")
	if got := a.Call(t, "GET /api/users", "", append(token, "Host", "upper.app.example.com")...); got.Code() != "tenant_unauthorized" {
		t.Errorf("%d %s", got.Status, got.Text)
	}
}

// TestLoginAtHosts has a row for each host at which somebody signs in: where it leads to no tenant, that is a wrong password.
func TestLoginAtHosts(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), namedFrom(rest.FromHeader, rest.FromSubdomain))
	one := a.Provision(t, "one")
	upper, twin, twins := adopt(t, a, "Upper"), adopt(t, a, "twins"), adopt(t, a, "Twins")
	for _, of := range []*tenant.Entry{one, upper, twin, twins} {
		servertest.AddUser(t, of.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
	}
	right := fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, servertest.Password)
	for _, test := range []struct {
		host, header, want string
		of                 *tenant.Entry
	}{
		{"one.app.example.com", "", "200 ", one},
		{"One.app.example.com:443", "one", "200 ", one},
		{"upper.app.example.com", "", "200 ", upper},
		{"upper.app.example.com", "Upper", "200 ", upper},
		{"app.example.com", "Twins", "200 ", twins},
		{"twins.app.example.com", "twins", "200 ", twin},
		{"twins.app.example.com", "Twins", "401 invalid_credentials", nil},
		{"twins.app.example.com", "", "401 invalid_credentials", nil},
		{"upper.app.example.com", "upper", "401 invalid_credentials", nil},
		{"one.app.example.com", "Upper", "401 invalid_credentials", nil},
		{"nobody.app.example.com", "", "401 invalid_credentials", nil},
		{"a.one.app.example.com", "", "401 invalid_credentials", nil},
		{"app.example.com", "", "400 tenant_missing", nil},
		{"one.example.com", "", "400 tenant_missing", nil},
	} {
		headers := []string{"Host", test.host}
		if test.header != "" {
			headers = append(headers, "X-Tenant", test.header)
		}
		got := a.Call(t, "POST /api/login", right, headers...)
		if fmt.Sprint(got.Status, " ", got.Code()) != test.want {
			t.Errorf("%s %s: %d %s, want %s", test.host, test.header, got.Status, got.Text, test.want)
		}
		if got.Status != 200 {
			continue
		}
		who, err := a.Tokens.Verify(got.Member("token"))
		if err != nil || who.Tenant != test.of.ID {
			t.Errorf("%s %s: %+v, %v", test.host, test.header, who, err)
		}
	}
}

// TestLimitsCountOnce however the tenant is named: each way would be another set of attempts.
func TestLimitsCountOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Upper", "Nobody"} { // who is there, and who is not
		a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
			namedFrom(rest.FromHeader, rest.FromQuery, rest.FromPath, rest.FromSubdomain)(cfg)
			cfg.LoginPerAccount.Burst = 4
		})
		adopt(t, a, "Upper")
		host := []string{"Host", strings.ToLower(name) + ".app.example.com"}
		for i, test := range []struct {
			line    string
			headers []string
		}{
			{"POST /api/login", host},
			{"POST /api/login", []string{"X-Tenant", name}},
			{"POST /t/" + name + "/api/login?tenant=" + name, append(host, "X-Tenant", name)},
			{"POST /api/login?tenant=" + name, nil},
			{"POST /t/" + name + "/api/login", nil},
			{"POST /t/" + name + "/api/login", host},
			{"POST /api/login?tenant=" + name, append(host, "X-Tenant", name)},
		} {
			want := 401
			if i >= 4 {
				want = 429
			}
			body := fmt.Sprintf(`{"email":"ada@example.com","password":"wrong horse %d"}`, i)
			if got := a.Call(t, test.line, body, test.headers...); got.Status != want {
				t.Errorf("%s, attempt %d, %s %q: %d %s", name, i, test.line, test.headers, got.Status, got.Text)
			}
		}
	}
}

// TestHostsAsSent has a row for each way of HTTP/1.1 to write whom a request is for: an absolute URI comes before Host (RFC 9112,
// section 3.2.2), and of two hosts none is believed.
func TestHostsAsSent(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), namedFrom(rest.FromToken, rest.FromSubdomain))
	token := a.Token(t, a.Provision(t, "one").ID, "", "read")
	for _, test := range []struct {
		target string
		hosts  []string
		want   int
	}{
		{"/api/users", []string{"one.app.example.com"}, 200},
		{"http://one.app.example.com/api/users", []string{"two.app.example.com"}, 200},
		{"http://two.app.example.com/api/users", []string{"one.app.example.com"}, 403},
		{"http://two@one.app.example.com:80/api/users", []string{"x"}, 200},
		{"http://one@two.app.example.com/api/users", []string{"one.app.example.com"}, 403},
		{"/api/users", []string{"one.app.example.com", "two.app.example.com"}, 400},
		{"/api/users", []string{"one.app.example.com", "one.app.example.com"}, 400},
		{"/api/users", nil, 400},
		{"/api/users", []string{""}, 200},
		{"/api/users", []string{"one.app.example.com/"}, 400},
	} {
		request := "GET " + test.target + " HTTP/1.1\r\nConnection: close\r\nAuthorization: Bearer " + token + "\r\n"
		for _, host := range test.hosts {
			request += "Host: " + host + "\r\n"
		}
		status := 0
		if test.want == 400 { // by net/http, which answers without the API
			status = statusOf(t, a.Addr().String(), request+"\r\n")
		} else {
			status = a.Transmit(t, request+"\r\n").Status
		}
		if status != test.want {
			t.Errorf("%s %q: %d", test.target, test.hosts, status)
		}
	}
}

// statusOf returns what a server says to request as it stands.
func statusOf(t *testing.T, addr, request string) int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestHostsShareConnections sends the requests of two tenants over the same few connections, at once: none has an answer with
// the other's documents.
func TestHostsShareConnections(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), namedFrom(rest.FromToken, rest.FromSubdomain, rest.FromPath))
	tokens := map[string]string{}
	for _, name := range []string{"one", "two"} {
		made := a.Provision(t, name)
		servertest.AddUser(t, made.Handle(), name, users.Role{})
		tokens[name] = a.Token(t, made.ID, "", "read")
	}
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 2}}
	defer client.CloseIdleConnections()
	send := func(host, path, token string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.Base+path, nil)
		if err != nil {
			return 0, err.Error()
		}
		req.Host = host + ".app.example.com"
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := client.Do(req)
		if err != nil {
			return 0, err.Error()
		}
		defer func() { _ = resp.Body.Close() }()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 25 {
				mine, other := "one", "two"
				if i%2 == 1 {
					mine, other = other, mine
				}
				path := "/api/users"
				if i%4 > 1 {
					path = "/t/" + mine + path
				}
				if status, text := send(mine, path, tokens[mine]); status != 200 || !strings.Contains(text, mine+"@example.com") || strings.Contains(text, other+"@example.com") {
					t.Errorf("%s: %d %s", mine, status, text)
				}
				if status, text := send(other, path, tokens[mine]); status != 403 || !strings.Contains(text, "tenant_unauthorized") {
					t.Errorf("%s at %s: %d %s", mine, other, status, text)
				}
			}
		})
	}
	all.Wait()
}

// TestPagesOfHosts may call other hosts only if their origin is listed. That the host is a tenant's makes no difference, and a
// preflight, which names no tenant, tells nothing of who there is.
func TestPagesOfHosts(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
		namedFrom(rest.FromToken, rest.FromSubdomain)(cfg)
		cfg.CORSOrigins = server.Origins{"https://one.app.example.com"}
	})
	token := a.Token(t, a.Provision(t, "one").ID, "", "read")
	for _, host := range []string{"one.app.example.com", "nobody.app.example.com", "app.example.com"} {
		for origin, allowed := range map[string]string{"https://one.app.example.com": "https://one.app.example.com", "https://two.app.example.com": ""} {
			ask := a.Call(t, "OPTIONS /api/users", "", "Host", host, "Origin", origin, "Access-Control-Request-Method", "GET")
			got := a.Call(t, "GET /api/users", "", append(bearer(token), "Host", host, "Origin", origin)...)
			for _, answer := range []servertest.Response{ask, got} {
				if answer.Header.Get("Access-Control-Allow-Origin") != allowed || answer.Header.Get("Vary") != "Origin" {
					t.Errorf("a page of %s at %s: %d %v", origin, host, answer.Status, answer.Header)
				}
			}
			want := 200
			if host == "nobody.app.example.com" {
				want = 403
			}
			if got.Status != want || ask.Status != 204 {
				t.Errorf("a page of %s at %s: %d and %d", origin, host, ask.Status, got.Status)
			}
		}
	}
}
