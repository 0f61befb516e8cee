package server

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/gen/leases"
	"github.com/partywall/partywall/gen/runs"
	"github.com/partywall/partywall/gen/sessions"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
	"github.com/partywall/partywall/schema/def"
)

// App is the application to serve: the generated code and its declarations.
type App struct {
	// Collections are gen.Collections(). The product's own are among them:
	// schema.Tenant, schema.Session, schema.Run, schema.Lease, and schema.User or a
	// User of your own.
	Collections []raw.Collection
	// OpenAPI is gen.OpenAPI.
	OpenAPI []byte
	Policy  def.Policy
	// Checks are functions that check values before they are written, by the names that fields give
	// them in the schema: each is a func(T) error for the field's Go type T. One under
	// collection.name is for that collection: generated types are a package's own.
	Checks map[string]any
	// Migrations are files as docs/migrations.md describes them. They may use the
	// steps of package steps, and Steps.
	Migrations fs.FS
	Steps      []steps.Step
	// Eager makes all collections of a tenant when the tenant is made, as EAGER_COLLECTIONS does, instead of each with its
	// first document.
	Eager bool
	// Routes are operations of your own, served beside the generated ones.
	Routes []rest.Route
	// Computed are members of responses that are not stored, each made by rest.NewComputed.
	Computed []rest.Computed
}

// collection returns the collection of that name, nil if there is none.
func (a *App) collection(name string) *raw.Collection {
	at := slices.IndexFunc(a.Collections, func(c raw.Collection) bool { return c.Name == name })
	if at < 0 {
		return nil
	}
	return &a.Collections[at]
}

// users returns the collection of accounts.
func (a *App) users() *raw.Collection { return a.collection(users.Collection().Name) }

// check returns everything that keeps the app from being served.
func (a *App) check() error {
	errs := []error{
		a.checkCatalog(tenants.Collection(), "schema.Tenant"),
		a.checkCatalog(sessions.Collection(), "schema.Session"),
		a.checkCatalog(runs.Collection(), "schema.Run"),
		a.checkCatalog(leases.Collection(), "schema.Lease"),
		a.checkUsers(),
		a.checkChecks(),
		rest.CheckRoutes(a.Routes, a.Collections),
		rest.CheckComputed(a.Computed, a.Collections),
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("server.App: %w", err)
	}
	return nil
}

// checkChecks checks that there is a function for each name that a field gives, and a field for each
// function.
func (a *App) checkChecks() error {
	var errs []error
	named := map[string]bool{}
	for _, c := range a.Collections {
		meta.Checks(c.Fields, func(k *meta.Check) {
			name, f, ok := k.In(a.Checks, c.Name)
			switch named[name] = true; {
			case !ok:
				errs = append(errs, fmt.Errorf("collection %s: has a field with the Check %q, which is not among App.Checks; write a %s of that name there", c.Name, k.Name, k.Takes))
			case !k.Fits(f):
				errs = append(errs, fmt.Errorf("collection %s: the Check %q is a %T, and not a %s; write one that is, or one for this collection alone as %q", c.Name, k.Name, f, k.Takes, c.Name+"."+k.Name))
			}
		})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Checks)) {
		if !named[name] {
			errs = append(errs, fmt.Errorf("no field has the Check %q, which is among App.Checks; write the field's Check, or leave it out", name))
		}
	}
	return errors.Join(errs...)
}

// checkCatalog checks that a collection that the product keeps in the admin
// database is there, with the indexes it is looked up by.
func (a *App) checkCatalog(own raw.Collection, declared string) error {
	c := a.collection(own.Name)
	if c == nil {
		return missing(own.Name, declared)
	}
	if !c.Admin {
		return fmt.Errorf("collection %s: is in every tenant's database; write %s, which is in the admin database", own.Name, declared)
	}
	for _, want := range own.Indexes {
		if !slices.ContainsFunc(c.Indexes, func(index meta.Index) bool {
			return slices.Equal(index.Keys, want.Keys) && index.Unique == want.Unique
		}) {
			return fmt.Errorf("collection %s: has no index %s; write %s, with its indexes", own.Name, want.Name, declared)
		}
	}
	return nil
}

func missing(name, declared string) error {
	return fmt.Errorf("collection %s: is not among App.Collections; write %s among the schema's collections and generate", name, declared)
}

// checkUsers checks that users have everything that logging in needs, whatever else
// the schema gives them.
func (a *App) checkUsers() error {
	c := a.users()
	if c == nil {
		return missing(users.Collection().Name, "schema.User")
	}
	if c.Admin {
		return fmt.Errorf("collection %s: is in the admin database; write no Scope, as in schema.User", c.Name)
	}
	accounts := auth.NewUsers(c)
	errs := []error{
		checkIndexes(c), checkRole(c), a.checkPolicy(accounts), a.checkPermissions(accounts),
		checkMember(c, "email", def.KindString), checkMember(c, "password", def.KindSecret),
	}
	return errors.Join(errs...)
}

// checkPolicy checks that users can have the roles that the policy names: barring a
// role that nobody can have would bar nobody.
func (a *App) checkPolicy(accounts auth.Users) error {
	var errs []error
	for _, role := range slices.Concat(a.Policy.Full, a.Policy.Barred) {
		if err := accounts.CheckRole(role); err != nil {
			errs = append(errs, fmt.Errorf("the Policy's role %q is not one that users can have: %w; write one that is", role, err))
		}
	}
	return errors.Join(errs...)
}

// checkPermissions checks that users can have the permissions of routes: one that
// nobody can have would admit only full roles.
func (a *App) checkPermissions(accounts auth.Users) error {
	var errs []error
	for _, r := range a.Routes {
		if r.Permission == "" || r.Permission == rest.AnyBearer {
			continue
		}
		if err := accounts.CheckPermission(r.Permission); err != nil {
			errs = append(errs, fmt.Errorf("route %s %s: the Permission %q is not one that users can have: %w; write one that is, or rest.AnyBearer",
				r.Method, r.Path, r.Permission, err))
		}
	}
	return errors.Join(errs...)
}

// checkIndexes checks for the indexes by which users are found by address and by
// role.
func checkIndexes(c *raw.Collection) error {
	var byEmail, byRole bool
	for _, index := range c.Indexes {
		if index.Sparse || index.Partial != nil || index.Hidden {
			continue
		}
		byEmail = byEmail || index.Unique && len(index.Keys) == 1 && index.Keys[0].Path == "email"
		byRole = byRole || index.Keys[0].Path == auth.RolePath
	}
	var errs []error
	if !byEmail {
		errs = append(errs, fmt.Errorf("collection %s: has no unique index on email alone; declare it as schema.User does", c.Name))
	}
	if !byRole {
		errs = append(errs, fmt.Errorf("collection %s: has no index that begins with role.name; declare one as schema.User does", c.Name))
	}
	return errors.Join(errs...)
}

// checkRole checks that not everybody who may change a user may change what the
// user may do.
func checkRole(c *raw.Collection) error {
	if f, _, ok := c.Field("role"); !ok || len(f.SetBy) == 0 {
		return fmt.Errorf("collection %s: everybody with write permission may set role; write SetBy, as in schema.User", c.Name)
	}
	return nil
}

// checkMember checks that users have a member of the kind.
func checkMember(c *raw.Collection, name string, kind def.Kind) error {
	f, _, ok := c.Field(name)
	switch {
	case !ok:
		return fmt.Errorf("collection %s: has no member %s; declare it as schema.User does", c.Name, name)
	case f.Kind != string(kind):
		return fmt.Errorf("collection %s: the member %s is a def.%s, and not a def.%s; declare it as schema.User does", c.Name, name, f.Kind, kind)
	}
	return nil
}

// Namespaces returns the number of collections and indexes of the app's
// collections.
func (a *App) Namespaces() capacity.Schema {
	list := make([]capacity.Collection, len(a.Collections))
	for i, c := range a.Collections {
		list[i] = capacity.Collection{Name: c.StoredName(), Admin: c.Admin, Indexes: len(c.Indexes)}
	}
	return capacity.NewSchema(list)
}
