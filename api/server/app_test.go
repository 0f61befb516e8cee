package server_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

// TestAppIsRefused has a row for each part of an app that does not fit the
// others.
func TestAppIsRefused(t *testing.T) {
	t.Parallel()
	const role = `collection users: `
	without := func(name string) []raw.Collection {
		return slices.DeleteFunc(slices.Clone(servertest.App.Collections), func(c raw.Collection) bool { return c.Name == name })
	}
	changed := func(name string, change func(*raw.Collection)) []raw.Collection {
		list := slices.Clone(servertest.App.Collections)
		change(&list[slices.IndexFunc(list, func(c raw.Collection) bool { return c.Name == name })])
		return list
	}
	// with is a change of some of the members.
	with := func(change func(*meta.Field) bool) func(*raw.Collection) {
		return func(c *raw.Collection) {
			c.Fields = slices.Clone(c.Fields)
			for i := len(c.Fields) - 1; i >= 0; i-- {
				if !change(&c.Fields[i]) {
					c.Fields = slices.Delete(c.Fields, i, i+1)
				}
			}
		}
	}
	initials := func(u *users.User) string { return u.Name[:1] }
	checkedBy := func(name string) func(*raw.Collection) {
		return with(func(f *meta.Field) bool {
			if f.Name == "name" {
				f.Check = runtime.CheckBy(name, (*wire.Reader).String)
			}
			return true
		})
	}
	for name, test := range map[string]struct {
		change func(*server.App)
		want   []string
	}{
		"no catalog":                 {func(a *server.App) { a.Collections = without("tenants") }, []string{"collection tenants: is not among App.Collections; write schema.Tenant among the schema's collections and generate"}},
		"no sessions":                {func(a *server.App) { a.Collections = without("sessions") }, []string{"collection sessions: is not among App.Collections; write schema.Session among the schema's collections and generate"}},
		"no runs":                    {func(a *server.App) { a.Collections = without("runs") }, []string{"collection runs: is not among App.Collections; write schema.Run among the schema's collections and generate"}},
		"no leases":                  {func(a *server.App) { a.Collections = without("leases") }, []string{"collection leases: is not among App.Collections; write schema.Lease among the schema's collections and generate"}},
		"no users":                   {func(a *server.App) { a.Collections = without("users") }, []string{"collection users: is not among App.Collections; write schema.User among the schema's collections and generate"}},
		"nothing":                    {func(a *server.App) { *a = server.App{} }, []string{"collection tenants: is not", "collection sessions: is not", "collection runs: is not", "collection leases: is not", "collection users: is not"}},
		"tenants everywhere":         {func(a *server.App) { a.Collections = changed("tenants", func(c *raw.Collection) { c.Admin = false }) }, []string{"collection tenants: is in every tenant's database; write schema.Tenant"}},
		"users in one place":         {func(a *server.App) { a.Collections = changed("users", func(c *raw.Collection) { c.Admin = true }) }, []string{role + "is in the admin database; write no Scope"}},
		"a check without a function": {func(a *server.App) { a.Collections = changed("users", checkedBy("name")) }, []string{role + `has a field with the Check "name", which is not among App.Checks; write a func(string) error of that name there`}},
		"a check of another type": {func(a *server.App) {
			a.Collections = changed("users", checkedBy("name"))
			a.Checks = map[string]any{"name": func(int) error { return nil }}
		}, []string{role + `the Check "name" is a func(int) error, and not a func(string) error; write one that is`}},
		"a check of another type for a collection": {func(a *server.App) {
			a.Collections = changed("users", checkedBy("name"))
			a.Checks = map[string]any{"name": func(string) error { return nil }, "users.name": func(int) error { return nil }}
		}, []string{role + `the Check "name" is a func(int) error, and not a func(string) error; write one that is, or one for this collection alone as "users.name"`, `no field has the Check "name", which is among App.Checks`}},
		"a check of nothing": {func(a *server.App) { a.Checks = map[string]any{"nothing": func(string) error { return nil }} }, []string{`no field has the Check "nothing", which is among App.Checks; write the field's Check, or leave it out`}},
		"computed of nothing": {func(a *server.App) {
			a.Computed = []rest.Computed{{}, rest.NewComputed("nowhere", "x", "", initials), rest.NewComputed("tenants", "x", "", initials)}
		}, []string{"the computed member  of : has no function; write rest.NewComputed", "the computed member x of nowhere: no collection of that name is served", "the computed member x of tenants: no collection of that name is served"}},
		"computed fields": {func(a *server.App) {
			a.Computed = []rest.Computed{rest.NewComputed("users", "name", "", initials), rest.NewComputed("users", "a.b", "", initials), rest.NewComputed("users", "x", "", initials), rest.NewComputed("users", "x", "", initials)}
		}, []string{"the computed member name of users: is a field of the schema as well", "the computed member a.b of users: its name is not one", "the computed member x of users: is there twice"}},
		"names of several tenants": {func(a *server.App) {
			a.Collections = changed("tenants", func(c *raw.Collection) { c.Indexes = c.Indexes[1:] })
		}, []string{"collection tenants: has no index name_1; write schema.Tenant"}},
		"addresses of several users": {func(a *server.App) {
			a.Collections = changed("users", func(c *raw.Collection) { c.Indexes = c.Indexes[1:] })
		}, []string{role + "has no unique index on email alone"}},
		"nobody finds supers": {func(a *server.App) {
			a.Collections = changed("users", func(c *raw.Collection) { c.Indexes = c.Indexes[:1] })
		}, []string{role + "has no index that begins with role.name"}},
		"roles for everybody": {func(a *server.App) {
			a.Collections = changed("users", with(func(f *meta.Field) bool { f.SetBy = nil; return true }))
		}, []string{role + "everybody with write permission may set role; write SetBy"}},
		"no address, no secret": {func(a *server.App) {
			a.Collections = changed("users", with(func(f *meta.Field) bool { return f.Name != "email" && f.Name != "password" }))
		}, []string{role + "has no member email; declare it as schema.User does", role + "has no member password"}},
		"a password that is read": {func(a *server.App) {
			a.Collections = changed("users", with(func(f *meta.Field) bool {
				if f.Name == "password" {
					f.Kind = "String"
				}
				return true
			}))
		}, []string{role + "the member password is a def.String, and not a def.Secret"}},
		"one permission": {func(a *server.App) {
			a.Collections = changed("users", with(func(f *meta.Field) bool {
				if f.Name == "role" {
					f.Fields = []meta.Field{f.Fields[0], {Name: "permission", Kind: "String", Text: true}}
				}
				return true
			}))
			a.Routes = []rest.Route{{Method: "GET", Path: "/api/a", Permission: "read", Handler: auditors}}
		}, []string{`route GET /api/a: the Permission "read" is not one that users can have: /role/permission is not declared as in schema.User`}},
		"several roles": {func(a *server.App) {
			a.Collections = changed("users", with(func(f *meta.Field) bool {
				if f.Name == "role" {
					f.Elem, f.Fields = &meta.Field{Kind: "Object", Fields: f.Fields}, nil
				}
				return true
			}))
		}, []string{`the Policy's role "super" is not one that users can have: /role/name is not declared as in schema.User`, `the Policy's role "blocked" is not`}},
		"a role of nobody": {func(a *server.App) {
			a.Policy.Full = []string{"super", "owner"}
			a.Policy.Barred = []string{"frozen"}
		}, []string{`the Policy's role "owner" is not one that users can have: /role/name must be one of super,`, `the Policy's role "frozen" is not one`}},
		"a permission of nobody": {func(a *server.App) {
			a.Routes = []rest.Route{{Method: "GET", Path: "/api/a", Permission: "approve", Handler: auditors}}
		}, []string{`route GET /api/a: the Permission "approve" is not one that users can have: /role/permission must be one of write, read or delete; write one that is, or rest.AnyBearer`}},
		"routes that cannot be": {func(a *server.App) { a.Routes = []rest.Route{{Method: "GET", Path: "/a"}} }, []string{"route GET /a: the Path", "route GET /a: has no Permission", "route GET /a: has no Handler"}},
		"no document":           {func(a *server.App) { a.OpenAPI = nil }, []string{"OpenAPI: the OpenAPI document is not one; write gen.OpenAPI"}},
	} {
		changed := servertest.App
		test.change(&changed)
		cfg := server.Defaults()
		cfg.MongoURI, cfg.Addr, cfg.AuthKeys = "mongodb://127.0.0.1:1/", "127.0.0.1:0", servertest.Key
		s, err := server.New(t.Context(), cfg, changed, slog.New(slog.DiscardHandler))
		if err == nil {
			s.Close()
			t.Errorf("%s: it starts", name)
			continue
		}
		lines := strings.Split(strings.TrimPrefix(err.Error(), "server.App: "), "\n")
		if len(lines) != len(test.want) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, want := range test.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: %s", name, lines[i])
			}
		}
	}
}
