package rest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/users"
)

// asked is a request, made anew for each command that fails.
type asked struct {
	line, body string
	headers    []string
	// status is that of the answer once nothing fails.
	status int
}

// TestRequestsWhileTheDatabaseFails has it fail at each command of each request in turn,
// and from then on: the answer is always that it does not answer, whatever was done
// before.
func TestRequestsWhileTheDatabaseFails(t *testing.T) {
	t.Parallel()
	mongod := scripted.Start(t)
	served := servertest.App
	served.Collections = append(gen.Collections(), notes, drafts)
	a := servertest.Serve(t, mongod.URI(), served, func(c *server.Config) { c.AdminToken, c.AdminAddr = servertest.AdminToken, "127.0.0.1:0" })
	one := a.Provision(t, "one")
	client := testdb.Connect(t, mongod.URI())
	db := client.Database(one.Database)
	servertest.AddUser(t, one.Handle(), "root", users.Role{Name: users.RoleNameSuper})
	super := bearer(a.Token(t, one.ID, "super"))
	basic := bearer(a.Token(t, one.ID, "basic", "read", "write", "delete"))
	people := 0
	person := func(role users.RoleNameValue) *users.User {
		people++
		return servertest.AddUser(t, one.Handle(), fmt.Sprintf("p%d", people), users.Role{Name: role})
	}
	match := func(headers []string, tag string) []string { return append([]string{"If-Match", tag}, headers...) }
	tagOf := func(u *users.User) string {
		return a.Call(t, "GET /api/users/"+u.ID.Hex(), "", super...).Header.Get("ETag")
	}
	note := bson.NewObjectID()
	if _, err := db.Collection("notes").InsertOne(t.Context(), bson.D{{Key: "_id", Value: note}, {Key: "author", Value: person("").ID}, {Key: "before", Value: note}}); err != nil {
		t.Fatal(err)
	}
	const created = `{"name":"New","email":"new%d@example.com","password":"correct horse battery"}`
	for name, ask := range map[string]func() asked{
		"list":          func() asked { return asked{"GET /api/users", "", super, 200} },
		"list, filter":  func() asked { return asked{"GET /api/users?role.name=basic", "", super, 200} },
		"list, expand":  func() asked { return asked{"GET /api/notes?expand=author,before", "", super, 200} },
		"head":          func() asked { return asked{"HEAD /api/users/" + person("").ID.Hex(), "", super, 200} },
		"get":           func() asked { return asked{"GET /api/users/" + person("").ID.Hex(), "", super, 200} },
		"get, expand":   func() asked { return asked{"GET /api/notes/" + note.Hex() + "?expand=author,before", "", super, 200} },
		"get of nobody": func() asked { return asked{"GET /api/users/" + bson.NewObjectID().Hex(), "", super, 404} },
		"create": func() asked {
			people++
			return asked{"POST /api/users", fmt.Sprintf(created, people), super, 201}
		},
		"change": func() asked {
			u := person("")
			return asked{"PATCH /api/users/" + u.ID.Hex(), `{"name":"Other"}`, match(super, tagOf(u)), 200}
		},
		"change, whatever it is": func() asked {
			return asked{"PATCH /api/users/" + person("").ID.Hex(), `{"name":"Other"}`, match(super, "*"), 200}
		},
		"change, stale": func() asked {
			return asked{"PATCH /api/users/" + person("").ID.Hex(), `{"name":"Other"}`, match(super, `"1-1"`), 412}
		},
		"change, no condition": func() asked { return asked{"PATCH /api/users/" + person("").ID.Hex(), `{"name":"Other"}`, super, 428} },
		"change of nothing": func() asked {
			u := person("")
			return asked{"PATCH /api/users/" + u.ID.Hex(), fmt.Sprintf(`{"name":%q}`, u.Name), match(super, tagOf(u)), 200}
		},
		"change by another": func() asked {
			return asked{"PATCH /api/users/" + person("").ID.Hex(), `{"name":"Other"}`, match(basic, "*"), 200}
		},
		"change of a password": func() asked {
			return asked{"PATCH /api/users/" + person("").ID.Hex(), `{"password":"correct horse staple"}`, match(super, "*"), 200}
		},
		"change of a role": func() asked {
			return asked{"PATCH /api/users/" + person("super").ID.Hex(), `{"role":{"name":"auditor"}}`, match(super, "*"), 200}
		},
		"removal":            func() asked { return asked{"DELETE /api/users/" + person("").ID.Hex(), "", match(super, "*"), 204} },
		"removal by another": func() asked { return asked{"DELETE /api/users/" + person("").ID.Hex(), "", match(basic, "*"), 204} },
		"removal of a super": func() asked {
			return asked{"DELETE /api/users/" + person("super").ID.Hex(), "", match(super, "*"), 204}
		},
		"removal, stale": func() asked { return asked{"DELETE /api/users/" + person("").ID.Hex(), "", match(super, `"1-1"`), 412} },
		"removal of nobody": func() asked {
			return asked{"DELETE /api/users/" + bson.NewObjectID().Hex(), "", match(super, "*"), 404}
		},
		"removal, no condition": func() asked { return asked{"DELETE /api/users/" + person("").ID.Hex(), "", super, 428} },
		"own password": func() asked {
			u := person("")
			grant := a.Call(t, "POST /api/login?tenant=one", fmt.Sprintf(`{"email":%q,"password":%q}`, u.Email, servertest.Password))
			return asked{"POST /api/password", fmt.Sprintf(`{"current":%q,"new":"correct horse staple"}`, servertest.Password), bearer(grant.Member("token")), 204}
		},
	} {
		for n := 1; n < 50; n++ {
			request := ask()
			// What is remembered of the tenant and its bearer is as in every other round.
			a.Call(t, "GET /api/users?limit=1", "", request.headers[len(request.headers)-2:]...)
			mongod.Reset()
			rule := mongod.On().Where(servertest.OfRequests).Nth(n).Always().Fail(scripted.Error{Code: 50})
			got := a.Call(t, request.line, request.body, request.headers...)
			failed := rule.Met() >= n
			mongod.Reset()
			if !failed {
				if got.Status != request.status || n == 1 {
					t.Errorf("%s: %d %s, after %d commands", name, got.Status, got.Text, n-1)
				}
				break
			}
			if got.Status != 503 || got.Header.Get("Retry-After") == "" {
				t.Errorf("%s, failing from command %d on: %d %s", name, n, got.Status, got.Text)
			}
		}
	}
}

// TestWhatMayBeDoneIsSaid: a write whose answer was lost may be stored, one that was never
// sent is not, and a client is told which it is.
func TestWhatMayBeDoneIsSaid(t *testing.T) {
	t.Parallel()
	const lost = "may have been carried out nevertheless"
	for name, test := range map[string]struct {
		command, method, body string
		fail                  func(*scripted.Rule)
		uncertain             bool
	}{
		"created, no answer": {"insert", "POST", `{"name":"New","email":"new@example.com","password":"correct horse battery"}`, func(r *scripted.Rule) { r.Always().CutAfter() }, true},
		"changed, no answer": {"findAndModify", "PATCH", `{"name":"Other"}`, func(r *scripted.Rule) { r.Always().CutAfter() }, true},
		"no majority":        {"findAndModify", "PATCH", `{"name":"Other"}`, func(r *scripted.Rule) { r.Always().WriteConcernError(scripted.Error{Code: 64}) }, true},
		"removed, no answer": {"delete", "DELETE", "", func(r *scripted.Rule) { r.Always().CutBefore() }, true},
		"no primary":         {"findAndModify", "PATCH", `{"name":"Other"}`, func(r *scripted.Rule) { r.StepDown() }, false},
		"only read":          {"find", "GET", "", func(r *scripted.Rule) { r.Always().CutAfter() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each takes as long as a request may
			mongod := scripted.Start(t)
			a := servertest.Start(t, mongod.URI(), func(cfg *server.Config) { cfg.RequestTimeout = 3 * time.Second })
			one := a.Provision(t, "one")
			path := "/api/users"
			if test.method != "POST" {
				path += "/" + servertest.AddUser(t, one.Handle(), "ada", users.Role{}).ID.Hex()
			}
			test.fail(mongod.On(test.command).In("users"))
			got := a.Call(t, test.method+" "+path, test.body, append([]string{"If-Match", "*"}, bearer(a.Token(t, one.ID, "super"))...)...)
			mongod.Reset()
			mongod.Elect()
			if got.Status != 503 || got.Code() != "unavailable" || strings.Contains(got.Text, lost) != test.uncertain {
				t.Errorf("%d %s\n%s", got.Status, got.Text, servertest.LineWith(a.Log.String(), got.Header.Get("X-Request-Id")))
			}
		})
	}
}
