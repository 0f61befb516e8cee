package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"text/template"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/users"
)

var demoTenants = []string{"tenant-a", "tenant-b"}

// nextTenant is the name of a tenant that is made with the lines that are shown.
const nextTenant = "tenant-c"

const (
	demoUsers    = 10
	demoPassword = "correct horse battery staple"
)

// demoRoles are the roles of the demonstration's users, in turn: the first may
// do everything.
var demoRoles = []users.Role{
	{Name: users.RoleNameSuper},
	{Name: users.RoleNameHos, Permission: []users.Permission{users.PermissionRead, users.PermissionWrite}},
	{Name: users.RoleNameAuditor, Permission: []users.Permission{users.PermissionRead}},
	{Name: users.RoleNameBasic},
	{Name: users.RoleNameBlocked},
}

// greeting is what the terminal shows once the server is up.
type greeting struct {
	Base, Mongo, Password, Email string
	// Next is a tenant that is not there yet.
	Next    string
	Tenants []demoView
	// UserID and Rev are of a user whose document the lines change.
	UserID string
	Rev    store.Rev
}

type demoView struct{ Name, Token string }

// demonstrate makes the tenants of the demonstration, unless they are there, and
// prints what to try.
func demonstrate(ctx context.Context, out io.Writer, api *server.Server, cfg server.Config, mongo string) error {
	keys, err := auth.ParseKeys(cfg.AuthKeys)
	if err != nil {
		return err
	}
	tokens := auth.NewTokens(keys)
	hello := greeting{Base: "http://" + api.Addr().String(), Mongo: mongo, Password: demoPassword, Next: nextTenant, Email: demoEmail(demoTenants[0], 1)}
	for i, name := range demoTenants {
		t, err := demoTenant(ctx, api.Stack(), name)
		if err != nil {
			return err
		}
		token, err := tokens.Issue(auth.Identity{Tenant: t.ID, Role: "super", Expires: time.Now().Add(auth.MaxTTL)})
		if err != nil {
			return err
		}
		hello.Tenants = append(hello.Tenants, demoView{Name: name, Token: token})
		if i > 0 {
			continue
		}
		page, err := users.In(t.Handle()).Find(ctx, users.Query{Limit: 1})
		if err != nil {
			return err
		}
		for _, user := range page.Documents {
			hello.UserID, hello.Rev = user.ID.Hex(), user.Rev()
		}
	}
	var text bytes.Buffer
	if err := greetingText.Execute(&text, hello); err != nil {
		return err
	}
	_, err = out.Write(text.Bytes()) // at once: nobody pastes half a line
	return err
}

var greetingText = template.Must(template.New("greeting").Parse(`
The API is at {{.Base}}, its database at {{.Mongo}}. Ctrl-C ends both.
{{range .Tenants}}
# The users of {{.Name}}:
curl -s {{$.Base}}/api/users -H 'Authorization: Bearer {{.Token}}'
{{end}}{{with index .Tenants 0}}
# Its auditors, the newest first:
curl -s '{{$.Base}}/api/users?role.name=auditor&sort=-createdAt&limit=5' -H 'Authorization: Bearer {{.Token}}'

# Log in as its first user:
curl -s {{$.Base}}/api/login -H 'X-Tenant: {{.Name}}' -H 'Content-Type: application/json' -d '{"email":"{{$.Email}}","password":"{{$.Password}}"}'

# Make a user:
curl -s {{$.Base}}/api/users -H 'Authorization: Bearer {{.Token}}' -H 'Content-Type: application/json' -d '{"name":"New User","email":"new@{{.Name}}.example","password":"{{$.Password}}"}'
{{if $.UserID}}
# Rename one, if nobody changed it meanwhile:
curl -s -X PATCH {{$.Base}}/api/users/{{$.UserID}} -H 'Authorization: Bearer {{.Token}}' -H 'If-Match: "{{$.Rev}}"' -H 'Content-Type: application/json' -d '{"name":"Renamed User"}'
{{end}}
# Its token opens no other tenant:
curl -s '{{$.Base}}/api/users?tenant={{(index $.Tenants 1).Name}}' -H 'Authorization: Bearer {{.Token}}'

# A new tenant is an entry in the catalog. It has no database until its first user:
export MONGO_URI='{{$.Mongo}}'
go run ./tools/tenantctl tenant create {{$.Next}}
go run ./tools/tenantctl tenant show {{$.Next}}
echo '{{$.Password}}' | go run ./tools/tenantctl user add {{$.Next}} --name 'First User' --email first@{{$.Next}}.example --role super
go run ./tools/tenantctl tenant show {{$.Next}}
{{end}}
`))

// demoTenant is the tenant called name, with its users.
func demoTenant(ctx context.Context, stack *server.Stack, name string) (*tenant.Entry, error) {
	t, err := stack.Fleet.Provision(ctx, name, tenant.DefaultCluster)
	if errors.Is(err, tenant.ErrExists) {
		t, err = stack.Catalog.Resolve(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	return t, addDemoUsers(ctx, t)
}

// addDemoUsers gives a tenant that has no users some.
func addDemoUsers(ctx context.Context, t *tenant.Entry) error {
	people := users.In(t.Handle())
	page, err := people.Find(ctx, users.Query{Limit: 1})
	if err != nil || len(page.Documents)+len(page.Invalid) > 0 {
		return err
	}
	secret, err := auth.NewPasswords().Hash(ctx, demoPassword)
	if err != nil {
		return err
	}
	for i := range demoUsers {
		role := demoRoles[i%len(demoRoles)]
		_, err := people.Create(ctx, users.New{
			Name: fmt.Sprintf("User %d", i+1), Email: demoEmail(t.Name, i+1), Password: secret, Role: store.Some(role),
		})
		if err != nil {
			return fmt.Errorf("make a user of %s: %w", t.Name, err)
		}
	}
	return nil
}

func demoEmail(tenant string, n int) string { return fmt.Sprintf("user%d@%s.example", n, tenant) }
