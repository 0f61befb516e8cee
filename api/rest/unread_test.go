package rest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

// remembering lets no tenant be looked up again while commands are counted.
func remembering(cfg *server.Config) { cfg.TenantCacheTTL = time.Hour }

// costs are what requests for a user cost. The user is ada, a basic one, or eve, one
// of two who may do everything. A request is a method and a body; in both, and in the
// condition, %s is the document's entity tag.
var costs = []struct {
	name, who, request, match string
	by                        string // a role
	status                    int
	want                      string
}{
	{"a name", "ada", `PATCH {"name":"Augusta"}`, "%s", "super", 200, "findAndModify users"},
	{"a name, whatever it is", "ada", `PATCH {"name":"Augusta"}`, "*", "super", 200, "findAndModify users"},
	{"a name and an address", "ada", `PATCH {"name":"Augusta","email":"augusta@example.com"}`, "%s", "super", 200, "findAndModify users"},
	{"a name, of one of several states", "ada", `PATCH {"name":"Augusta"}`, `"1-1", %s`, "super", 200, "find users, findAndModify users"},
	{"a name, of another state", "ada", `PATCH {"name":"Augusta"}`, `"1-1"`, "super", 412, "findAndModify users, find users"},
	{"a name, of nobody", "", `PATCH {"name":"Augusta"}`, `*`, "super", 404, "findAndModify users, find users"},
	{"a name, without a condition", "ada", `PATCH {"name":"Augusta"}`, ``, "super", 428, "find users"},
	{"a name, of a state that is none", "ada", `PATCH {"name":"Augusta"}`, `"x"`, "super", 412, "find users"},
	{"the name that is there", "ada", `PATCH {"name":"ada"}`, `%s`, "super", 200, "findAndModify users, find users, find users"},
	{"what nobody declared", "ada", `PATCH {"nam":"Augusta"}`, `*`, "super", 422, "find users"},
	{"what the server sets", "ada", `PATCH {"createdAt":"2020-01-01T00:00:00Z"}`, `*`, "super", 422, "find users"},
	{"an address in another form", "ada", `PATCH {"email":"Augusta@example.com"}`, `*`, "super", 200, "find users, findAndModify users"},
	{"an address that is taken", "ada", `PATCH {"email":"eve@example.com"}`, `*`, "super", 409, "findAndModify users"},
	{"a name, by who may not change everybody", "ada", `PATCH {"name":"Augusta"}`, "%s", "basic", 200, "find users, findAndModify users"},
	{"another role", "ada", `PATCH {"role":{"name":"auditor"}}`, "%s", "super", 200, "findAndModify users"},
	{"every role", "ada", `PATCH {"role":{"name":"super"}}`, "%s", "super", 200, "findAndModify users"},
	{"the name of a super", "eve", `PATCH {"name":"Evelyn"}`, "%s", "super", 200, "findAndModify users"},
	{
		"another role for a super", "eve", `PATCH {"role":{"name":"auditor"}}`, "%s", "super", 200,
		"findAndModify users, find users, find users, findAndModify users, find users",
	},
	{"to be gone", "ada", `DELETE `, "%s", "super", 204, "delete users, find sessions"},
	{"to be gone, whatever it is", "ada", `DELETE `, "*", "super", 204, "delete users, find sessions"},
	{"to be gone, by who may not remove everybody", "ada", `DELETE `, "*", "basic", 204, "find users, delete users, find sessions"},
	{"to be gone, in another state", "ada", `DELETE `, `"1-1"`, "super", 412, "delete users, find users"},
	{"nobody to be gone", "", `DELETE `, `*`, "super", 404, "delete users, find users"},
	{
		"a super to be gone", "eve", `DELETE `, "*", "super", 204,
		"delete users, find users, find users, delete users, find users, find sessions",
	},
}

// TestCommandsOfWrites counts what a change costs: one command where no rule goes by
// what is stored.
func TestCommandsOfWrites(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	a := servertest.Start(t, s.URI(), remembering)
	one := a.Provision(t, "one")
	people := users.In(one.Handle())
	servertest.AddUser(t, one.Handle(), "zoe", users.Role{Name: users.RoleNameSuper})
	tokens := map[string]string{"super": a.Token(t, one.ID, "super"), "basic": a.Token(t, one.ID, "basic", "read", "write", "delete")}
	for _, test := range costs {
		who := map[string]*users.User{
			"ada": servertest.AddUser(t, one.Handle(), "ada", users.Role{}), "eve": servertest.AddUser(t, one.Handle(), "eve", users.Role{Name: users.RoleNameSuper}),
		}
		path, tag := "/api/users/5fffffffffffffffffffffff", ""
		if u := who[test.who]; u != nil {
			path, tag = "/api/users/"+u.ID.Hex(), `"`+u.Rev().String()+`"`
		}
		method, body, _ := strings.Cut(test.request, " ")
		a.Call(t, "GET /api/users", "", bearer(tokens[test.by])...) // so that the tenant is known
		s.Reset()
		got := a.Send(t, method+" "+path, body, tokens[test.by], tag, "If-Match", test.match)
		if have := servertest.Sent(s); got.Status != test.status || have != test.want {
			t.Errorf("%s: %d %s\nsent are %q, want %q", test.name, got.Status, got.Text, have, test.want)
		}
		if got.Status == 200 {
			if now := a.Call(t, "GET "+path, "", bearer(tokens["super"])...); now.Text != got.Text || now.Header.Get("ETag") != got.Header.Get("ETag") {
				t.Errorf("%s: answered was %s, and it is %s", test.name, got.Text, now.Text)
			}
		}
		for _, u := range who {
			_ = people.Delete(t.Context(), u.ID)
		}
	}
}

// TestAnswersAreTheWritesOwn lets another writer change the document before the
// answer to the first is on its way: it says what the first one stored.
func TestAnswersAreTheWritesOwn(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	a := servertest.Start(t, s.URI(), remembering)
	one := a.Provision(t, "one")
	super := a.Token(t, one.ID, "super")
	for _, body := range []string{`{"name":"first"}`, `{"name":"first","email":"First@example.com"}`} {
		ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{})
		path := "/api/users/" + ada.ID.Hex()
		wrote := false
		s.On().In("users").Always().Where(func(c scripted.Command) bool {
			again := wrote && c.Name == "find"
			wrote = wrote || c.Name != "find"
			return again
		}).Fail(scripted.Error{Code: 50, Message: "what was written is not read again"})
		got := a.Send(t, "PATCH "+path, body, super, `"`+ada.Rev().String()+`"`, "If-Match", "%s")
		s.Reset()
		if got.Status != 200 || got.Member("name") != "first" || !strings.HasPrefix(got.Header.Get("ETag"), `"2-`) {
			t.Errorf("%s: %d %s", body, got.Status, got.Text)
		}
		if err := users.In(one.Handle()).Delete(t.Context(), ada.ID); err != nil {
			t.Fatal(err)
		}
	}
}
