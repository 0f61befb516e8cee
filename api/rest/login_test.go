package rest_test

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// tryLogin logs in, as somebody whom a proxy says to be at an address.
func tryLogin(t *testing.T, a *servertest.Server, tenant, email, password, from string) servertest.Response {
	t.Helper()
	return a.Call(t, "POST /api/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), "X-Tenant", tenant, "X-Forwarded-For", from)
}

// within reports whether text is a number of seconds, from one to most.
func within(text string, most int) bool {
	n, err := strconv.Atoi(text)
	return err == nil && 0 < n && n <= most
}

// local trusts the tests' own address.
var local = server.Networks{netip.MustParsePrefix("127.0.0.0/8")}

// TestTooManyFailedLogins are answered the same, whatever there is.
func TestTooManyFailedLogins(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
		cfg.LoginPerAccount, cfg.LoginPerAddress = auth.Rate{Burst: 2, Interval: time.Hour}, auth.Rate{Burst: 5, Interval: time.Hour}
		cfg.TrustedProxies = local
	})
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic})
	servertest.AddUser(t, one.Handle(), "bob", users.Role{Name: users.RoleNameBasic})
	var answers []string
	for i, who := range []struct{ tenant, email string }{{"one", "ada@example.com"}, {"one", "nobody@example.com"}, {"nowhere", "ada@example.com"}} {
		from := fmt.Sprintf("203.0.113.%d", i)
		for n := range 2 {
			if got := tryLogin(t, a, who.tenant, who.email, fmt.Sprint("wrong", n), from); got.Status != 401 || got.Code() != "invalid_credentials" {
				t.Errorf("%v, %d: %d %s", who, n, got.Status, got.Text)
			}
		}
		for _, from := range []string{from, "198.51.100.1"} {
			got := tryLogin(t, a, who.tenant, strings.ToUpper(who.email), servertest.Password, from)
			if got.Status != 429 || got.Code() != "too_many_attempts" || !within(got.Header.Get("Retry-After"), 3600) {
				t.Errorf("%v, once more: %d %s %s", who, got.Status, got.Header.Get("Retry-After"), got.Text)
			}
			answers = append(answers, strings.ReplaceAll(got.Text, got.Member("requestId"), ""))
		}
	}
	for _, text := range answers {
		if text != answers[0] {
			t.Errorf("%s is told from\n%s", text, answers[0])
		}
	}
	// What was refused counts for nothing: the address has five failures.
	for n := range 5 {
		if got := tryLogin(t, a, "one", fmt.Sprintf("n%d@example.com", n), "wrong", "198.51.100.1"); got.Status != 401 {
			t.Errorf("%d: %d %s", n, got.Status, got.Text)
		}
	}
	if got := tryLogin(t, a, "one", "bob@example.com", servertest.Password, "198.51.100.1"); got.Status != 429 || got.Code() != "too_many_attempts" {
		t.Errorf("an address with failures enough: %d %s", got.Status, got.Text)
	}
	for _, from := range []string{"198.51.100.2", "198.51.100.1, 198.51.100.2"} {
		if got := tryLogin(t, a, "one", "bob@example.com", servertest.Password, from); got.Status != 200 {
			t.Errorf("another address: %d %s", got.Status, got.Text)
		}
	}
}

// TestForwardedForIsNotBelieved: who is no proxy cannot choose where they are.
func TestForwardedForIsNotBelieved(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
		cfg.LoginPerAddress = auth.Rate{Burst: 2, Interval: time.Hour}
	})
	for n, want := range []int{401, 401, 429} {
		if got := tryLogin(t, a, "nowhere", fmt.Sprintf("n%d@example.com", n), "wrong", fmt.Sprintf("203.0.113.%d", n)); got.Status != want {
			t.Errorf("%d: %d %s", n, got.Status, got.Text)
		}
	}
}

// TestLogSaysWhoAsks, by the connection unless a proxy is trusted.
func TestLogSaysWhoAsks(t *testing.T) {
	t.Parallel()
	for want, proxies := range map[string]server.Networks{"client=127.0.0.1": nil, "client=203.0.113.9": local} {
		a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
			servertest.WithOperators(cfg)
			cfg.TrustedProxies = proxies
		})
		admin := a.Operators()
		for _, got := range []servertest.Response{
			a.Call(t, "GET /openapi.json", "", "X-Forwarded-For", "203.0.113.9", "X-Real-IP", "203.0.113.8"),
			admin.Call(t, "GET /admin/tenants", "", append(bearer(servertest.AdminToken), "X-Forwarded-For", "203.0.113.9", "X-Real-IP", "203.0.113.8")...),
		} {
			if line := servertest.LineWith(a.Log.String(), got.Header.Get("X-Request-Id")); !strings.Contains(line, want+" ") {
				t.Errorf("%s is not in %s", want, line)
			}
		}
	}
}

// TestLimitsCanBeOff.
func TestLimitsCanBeOff(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
		cfg.LoginPerAccount, cfg.LoginPerAddress = auth.Rate{}, auth.Rate{}
	})
	for n := range 12 {
		if got := tryLogin(t, a, "nowhere", "ada@example.com", fmt.Sprint("wrong", n), "203.0.113.1"); got.Status != 401 {
			t.Errorf("%d: %d %s", n, got.Status, got.Text)
		}
	}
}

// TestCurrentPasswordIsNotGuessed either.
func TestCurrentPasswordIsNotGuessed(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
		cfg.LoginPerAccount = auth.Rate{Burst: 2, Interval: time.Hour}
	})
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic})
	servertest.AddUser(t, one.Handle(), "bob", users.Role{Name: users.RoleNameBasic})
	token, other := a.Login(t, "one", "ada@example.com", servertest.Password), a.Login(t, "one", "bob@example.com", servertest.Password)
	change := func(token, current string) servertest.Response {
		return a.Call(t, "POST /api/password", fmt.Sprintf(`{"current":%q,"new":"another horse"}`, current), bearer(token)...)
	}
	for n := range 2 {
		if got := change(token, fmt.Sprint("wrong", n)); got.Status != 422 || got.List("errors")[0]["pointer"] != "/current" {
			t.Errorf("%d: %d %s", n, got.Status, got.Text)
		}
	}
	if got := change(token, servertest.Password); got.Status != 429 || got.Code() != "too_many_attempts" || !within(got.Header.Get("Retry-After"), 3600) {
		t.Errorf("the right one, too late: %d %s", got.Status, got.Text)
	}
	if got := tryLogin(t, a, "one", "ada@example.com", servertest.Password, ""); got.Status != 429 {
		t.Errorf("a login after it: %d %s", got.Status, got.Text)
	}
	if got := change(other, servertest.Password); got.Status != 204 {
		t.Errorf("another user: %d %s", got.Status, got.Text)
	}
}

// TestRefusedLoginsAreLogged in a line that fail2ban reads by the filter of
// docs/sign-in.md, whatever the client says.
func TestRefusedLoginsAreLogged(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
		cfg.LoginPerAccount, cfg.TrustedProxies = auth.Rate{Burst: 3, Interval: time.Hour}, local
	})
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic})
	servertest.AddUser(t, one.Handle(), "donald", users.Role{Name: users.RoleNameBlocked})
	const ada = " account=b5fc85e55755f9e0 " // printf %s ada@example.com | sha256sum | cut -c1-16
	forged := `one client=192.0.2.66 msg="login refused"`
	for _, test := range []struct{ tenant, email, password, from, reason string }{
		{"one", "ADA@example.com", "wrong", "203.0.113.1", "wrong_password"},
		{"one", "ada@example.com", "wrong", "203.0.113.2", "repeated"},
		{"one", "nobody@example.com", "wrong", "203.0.113.3", "unknown_account"},
		{"nowhere", "ada@example.com", "wrong", "2001:db8::4", "unknown_tenant"},
		{forged, "ada@example.com", "wrong", "203.0.113.5", "unknown_tenant"},
		{strings.Repeat("n", 300), "ada@example.com", "wrong", "203.0.113.6", "unknown_tenant"},
		{"one", "donald@example.com", servertest.Password, "203.0.113.7", "barred"},
		{"one", "ada@example.com", "wrong2", "203.0.113.8", "wrong_password"},
		{"one", "ada@example.com", "wrong3", "203.0.113.9", "wrong_password"},
		{"one", "ada@example.com", "wrong4", "203.0.113.10", "limited_account"},
	} {
		before := len(a.Log.String())
		got := tryLogin(t, a, test.tenant, test.email, test.password, test.from)
		var refused []string
		for line := range strings.Lines(a.Log.String()[before:]) {
			if found := bannedText.FindStringSubmatch(line); found != nil {
				refused = append(refused, found[1])
			}
		}
		line := servertest.LineWith(a.Log.String()[before:], "login refused")
		if len(refused) != 1 || refused[0] != test.from || !strings.Contains(line, " reason="+test.reason+" ") || len(line) > 300 {
			t.Errorf("%s from %s: %d, the log says\n%s", test.reason, test.from, got.Status, line)
		}
		if strings.EqualFold(test.email, "ada@example.com") != strings.Contains(line, ada) {
			t.Errorf("%s names another account: %s", test.reason, line)
		}
		if strings.Contains(a.Log.String(), "example.com") || strings.Contains(got.Text, test.reason) && test.reason != "barred" {
			t.Errorf("%s shows more than it should: %s", test.reason, got.Text)
		}
	}
}

// The filters of docs/sign-in.md, with an address in the place of <HOST>.
var bannedText = regexp.MustCompile(`msg="login refused" client=(\S+)`)

// TestFilterIsDocumented holds the filter to what is logged as JSON.
func TestFilterIsDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/sign-in.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ format, pattern string }{
		{"text", strings.Replace(bannedText.String(), `(\S+)`, "<HOST>", 1)},
		{"json", `"msg":"login refused","client":"<HOST>"`},
	} {
		if !strings.Contains(string(doc), "failregex = "+test.pattern+"\n") {
			t.Errorf("docs/sign-in.md has no filter for %s: %s", test.format, test.pattern)
		}
		cfg := server.Defaults()
		cfg.LogFormat = server.LogFormat(test.format)
		log := &servertest.Log{}
		forged := `"msg":"login refused","client":"192.0.2.66" msg="login refused" client=192.0.2.66 `
		cfg.Logger(log).Warn("login refused", "client", "203.0.113.1", "tenant", forged)
		found := regexp.MustCompile(strings.Replace(test.pattern, "<HOST>", `([0-9.]+)`, 1)).FindAllStringSubmatch(log.String(), -1)
		if len(found) != 1 || found[0][1] != "203.0.113.1" {
			t.Errorf("%s: %v in\n%s", test.format, found, log)
		}
	}
}

// TestOneFormOfAddressesAndPasswords, however they are typed.
func TestOneFormOfAddressesAndPasswords(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	user := func(email, password string) string {
		return fmt.Sprintf(`{"name":"N","email":%q,"password":%q}`, email, password)
	}
	seven, eight := strings.Repeat("e\u0301", 7), strings.Repeat("e\u0301", 8)
	for _, test := range []struct {
		email, password string
		status          int
		pointer         string
	}{
		{"Cafe\u0301@M\u00dcNCHEN.example.", eight, 201, ""},
		{"caf\u00e9@xn--mnchen-3ya.example", eight, 409, "/email"},
		{"ca\u00adf\u00e9@m\u00fcnchen\u3002example", eight, 409, "/email"},
		{"short@example.com", seven, 422, "/password"},
		{"eve@example..com", eight, 422, "/email"},
		{"eve@xn--a.example", eight, 422, "/email"},
		{"eve@a\u200db.example", eight, 422, "/email"},
	} {
		got := a.Call(t, "POST /api/users", user(test.email, test.password), bearer(super)...)
		if got.Status != test.status || test.pointer != "" && (len(got.List("errors")) != 1 || got.List("errors")[0]["pointer"] != test.pointer) {
			t.Errorf("%q with %d characters: %d %s", test.email, len([]rune(test.password)), got.Status, got.Text)
		}
	}
	for query, want := range map[string]int{
		"email=caf%C3%A9@m%C3%BCnchen.example": 1, "email=CAFE%CC%81@xn--mnchen-3ya.example.": 1, "email[prefix]=cafe%CC%81": 1, "email[prefix]=caf%C3%A9@xn--": 1,
		"email[prefix]=caf%C3%A9@xn--mnchen-3ya.example.": 0, "email=cafe@xn--mnchen-3ya.example": 0,
	} {
		got := a.Call(t, "GET /api/users?"+query, "", bearer(super)...)
		if got.Status != 200 || len(got.List("users")) != want {
			t.Errorf("%s: %d %s", query, got.Status, got.Text)
		}
		for _, u := range got.List("users") {
			if u["email"] != "caf\u00e9@xn--mnchen-3ya.example" {
				t.Errorf("stored is %v", u["email"])
			}
		}
	}
	a.Login(t, "one", "CAF\u00c9@m\u00fcnchen.example", strings.Repeat("\u00e9", 8))
}
