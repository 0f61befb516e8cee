package rest_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

// TestConcerns looks at every command that a server sends whose connection string is
// content with secondaries and with one member: lists alone follow it.
func TestConcerns(t *testing.T) {
	t.Parallel()
	for kind, option := range map[string]scripted.Option{"replica set": scripted.ReplicaSet(), "sharded cluster": scripted.Mongos()} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := scripted.Start(t, option)
			a := servertest.Start(t, s.URI()+"?readPreference=secondaryPreferred&readConcernLevel=local&w=1&journal=false", nil)
			one := a.Provision(t, "one")
			servertest.AddUser(t, one.Handle(), "eve", users.Role{Name: users.RoleNameSuper})
			ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameSuper})
			super := bearer(a.Token(t, one.ID, "super"))
			in := a.Call(t, "POST /api/login", right, "X-Tenant", "one")
			path := "/api/users/" + ada.ID.Hex()
			for _, request := range [][2]string{
				{"POST /api/refresh", `{"refreshToken":"` + in.Member("refreshToken") + `"}`},
				{"POST /api/users", `{"name":"Bob","email":"bob@example.com","password":"correct horse"}`},
				{"GET " + path, ""},
				{"GET /api/users?email=bob@example.com", ""},
				{"PATCH " + path, `{"role":{"name":"basic"}}`},
				{"DELETE " + path, ""},
			} {
				if got := a.Call(t, request[0], request[1], append(super, "If-Match", "*")...); got.Status >= 300 {
					t.Fatalf("%s: %d %s", request[0], got.Status, got.Text)
				}
			}
			lists := 0
			for _, c := range s.Commands() {
				if isList(c, one.Database) {
					lists++
					continue
				}
				if problem := certain(c); problem != "" {
					t.Errorf("%s: %s", problem, c.Body)
				}
			}
			if lists != 1 {
				t.Errorf("%d lists were read as the connection string says, want 1", lists)
			}
		})
	}
}

// isList reports whether a command reads a list of a tenant's users as the
// connection string would have it.
func isList(c scripted.Command, db string) bool {
	mode, _ := c.Body.Lookup("$readPreference", "mode").StringValueOK()
	level, _ := c.Body.Lookup("readConcern", "level").StringValueOK()
	return c.Name == "find" && c.Database == db && mode == "secondaryPreferred" && level == "local"
}

// certain says how a command falls short of the primary and of a majority.
func certain(c scripted.Command) string {
	reads := []string{"find", "aggregate", "count", "distinct"}
	writes := []string{"insert", "update", "delete", "findAndModify", "createIndexes", "dropIndexes", "create", "drop"}
	mode, named := c.Body.Lookup("$readPreference", "mode").StringValueOK()
	level, _ := c.Body.Lookup("readConcern", "level").StringValueOK()
	w, _ := c.Body.Lookup("writeConcern", "w").StringValueOK()
	_, err := c.Body.LookupErr("writeConcern", "j")
	switch {
	case named && mode != "primary":
		return "reads a " + mode
	case slices.Contains(reads, c.Name) && level != "majority":
		return "reads what is " + level
	case slices.Contains(writes, c.Name) && (w != "majority" || err == nil):
		return "waits for " + c.Body.Lookup("writeConcern").String()
	}
	return ""
}

// TestUnacknowledgedWrites are refused before anything is served, without the rest of
// the connection string.
func TestUnacknowledgedWrites(t *testing.T) {
	t.Parallel()
	for _, options := range []string{"?w=0", "?w=0&journal=true", "?journal=false&w=0"} {
		cfg := server.Defaults()
		cfg.MongoURI, cfg.Addr, cfg.AuthKeys = "mongodb://eve:hunter2@127.0.0.1:1/"+options, "127.0.0.1:0", servertest.Key
		_, err := server.New(t.Context(), cfg, servertest.App, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), "w=0") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", options, err)
		}
	}
}
