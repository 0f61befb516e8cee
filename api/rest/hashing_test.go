package rest_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

var hashedBytes = regexp.MustCompile(`(?m)^partywall_password_argon2_bytes_total (\S+)$`)

// hashed returns how many passwords were hashed, by what Prometheus reads.
func hashed(t *testing.T, a *servertest.Server) int {
	t.Helper()
	const each = 2 * 19 << 20 // two passes over 19 MiB
	got := a.Operators().Call(t, "GET /metrics", "", bearer(servertest.AdminToken)...)
	found := hashedBytes.FindStringSubmatch(got.Text)
	if found == nil {
		t.Fatalf("%d %s", got.Status, got.Text)
	}
	n, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n) / each
}

// TestNothingIsHashedInVain: a password is hashed for what is stored, and for no
// request that is refused for another reason than its password.
func TestNothingIsHashedInVain(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), servertest.WithOperators)
	one := a.Provision(t, "one")
	super, reader, writer := a.Token(t, one.ID, "super"), a.Token(t, one.ID, "basic", "read"), a.Token(t, one.ID, "basic", "write")
	ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic})
	servertest.AddUser(t, one.Handle(), "bob", users.Role{Name: users.RoleNameBasic})
	path := "/api/users/" + ada.ID.Hex()
	etag := func() string { return a.Call(t, "GET "+path, "", bearer(super)...).Header.Get("ETag") }
	const user = `{"name":"Eve","email":%q,"password":%q}`
	for _, test := range []struct {
		name, line, body, token, match string
		status                         int
		code                           string
		hashes                         int
	}{
		{"a user", "POST /api/users", fmt.Sprintf(user, "eve@example.com", "correct horse"), super, "", 201, "", 1},
		{"a taken address", "POST /api/users", fmt.Sprintf(user, " BOB@example.com", "correct horse"), super, "", 409, "duplicate", 0},
		{"a short password", "POST /api/users", fmt.Sprintf(user, "mia@example.com", "short"), super, "", 422, "", 0},
		{"a password that is the address", "POST /api/users", fmt.Sprintf(user, "mia@example.com", " Mia@example.com"), super, "", 422, "", 0},
		{"no permission", "POST /api/users", fmt.Sprintf(user, "mia@example.com", "correct horse"), reader, "", 403, "", 0},
		{"a role that is not for the bearer to give", "POST /api/users", `{"role":{"name":"super"},` + fmt.Sprintf(user, "mia@example.com", "correct horse")[1:], writer, "", 403, "", 0},
		{"no JSON", "POST /api/users", `{"password":"correct horse"`, super, "", 400, "", 0},

		{"a new name", "PATCH " + path, `{"name":"Ada L."}`, super, etag(), 200, "", 0},
		{"a new password", "PATCH " + path, `{"password":"another horse"}`, super, "", 200, "", 2},
		{"a new password and a taken address", "PATCH " + path, `{"password":"yet another horse","email":"bob@example.com"}`, super, "", 409, "duplicate", 0},
		{"a new password and its own address", "PATCH " + path, `{"password":"yet another horse","email":"ADA@example.com"}`, super, "", 200, "", 2},
		{"the old password", "PATCH " + path, `{"password":"yet another horse"}`, super, "", 422, "", 1},
		{"its address", "PATCH " + path, `{"password":"ADA@example.com"}`, super, "", 422, "", 0},
		{"what becomes its address", "PATCH " + path, `{"password":"ada2@example.com","email":"ada2@example.com"}`, super, "", 422, "", 0},
		{"a password for the next address, which is free", "PATCH " + path, `{"password":"ada@example.com","email":"ada2@example.com"}`, super, "", 200, "", 2},
		{"a stale tag", "PATCH " + path, `{"password":"correct horse"}`, super, `"0-0"`, 412, "", 0},
		{"another's password", "PATCH " + path, `{"password":"correct horse"}`, writer, "", 403, "", 0},
		{"a short password for another", "PATCH " + path, `{"password":"short"}`, super, "", 422, "", 0},
	} {
		if test.match == "" {
			test.match = etag()
		}
		before := hashed(t, a)
		got := a.Call(t, test.line, test.body, append(bearer(test.token), "If-Match", test.match)...)
		if got.Status != test.status || test.code != "" && got.Code() != test.code {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
		}
		if n := hashed(t, a) - before; n != test.hashes {
			t.Errorf("%s: %d hashes, want %d", test.name, n, test.hashes)
		}
		if got.Status == 422 && (len(got.List("errors")) != 1 || got.List("errors")[0]["pointer"] != "/password") {
			t.Errorf("%s: %s", test.name, got.Text)
		}
	}
}

// TestNewPasswordIsAnother: what the owner changes it to is judged as what others do.
func TestNewPasswordIsAnother(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), servertest.WithOperators)
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic})
	token := a.Login(t, "one", "ada@example.com", servertest.Password)
	for _, test := range []struct {
		name, next, pointer, code string
		status, hashes            int
	}{
		{"the old one", servertest.Password, "/new", "same_as_old", 422, 1},
		{"the address", "ADA@example.com ", "/new", "same_as_email", 422, 1},
		{"a short one", "short", "/new", "too_short", 422, 1},
		{"another", "caf\u00e9 au lait", "", "", 204, 2},
	} {
		before := hashed(t, a)
		got := a.Call(t, "POST /api/password", fmt.Sprintf(`{"current":%q,"new":%q}`, servertest.Password, test.next), bearer(token)...)
		if got.Status != test.status || test.code != "" && (got.List("errors")[0]["pointer"] != test.pointer || got.List("errors")[0]["code"] != test.code) {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
		}
		if n := hashed(t, a) - before; n != test.hashes {
			t.Errorf("%s: %d hashes, want %d", test.name, n, test.hashes)
		}
	}
	got := a.Call(t, "POST /api/password", `{"current":"café au lait","new":"cafe\u0301 au lait"}`, bearer(token)...)
	if got.Status != 422 || got.List("errors")[0]["code"] != "same_as_old" {
		t.Errorf("the old one in another form: %d %s", got.Status, got.Text)
	}
}
