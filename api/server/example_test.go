package server_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/users"
	"github.com/partywall/partywall/schema"
)

// People are the users of one tenant, with operations of one's own beside the
// generated ones.
type People struct{ users.Repository }

// PeopleIn opens them, as users.In does.
func PeopleIn(t store.Tenant) People { return People{users.In(t)} }

// Auditors returns the people who look at the books, the newest first.
func (p People) Auditors(ctx context.Context) ([]*users.User, error) {
	page, err := p.Find(ctx, users.Query{
		Where: users.RoleName.Eq(users.RoleNameAuditor),
		Sort:  users.CreatedAt.Desc(),
	})
	if err != nil {
		return nil, err
	}
	return page.Documents, nil
}

// Promote makes a person an auditor who may read, unless somebody changed the
// person meanwhile.
func (p People) Promote(ctx context.Context, u *users.User) (*users.User, error) {
	return p.Update(ctx, u.ID, users.Patch{Role: store.Set(users.RolePatch{
		Name:       store.Set(users.RoleNameAuditor),
		Permission: store.Set([]users.Permission{users.PermissionRead}),
	})}, store.IfRev(u.Rev()))
}

// A type of one's own embeds the generated repository: it has all its operations,
// and the ones that are written for it.
func Example_ownOperations() {
	ctx, tenant, end := openExample()
	defer end()
	people := PeopleIn(tenant)
	ada, err := people.Create(ctx, users.New{Name: "Ada", Email: "ada@example.com", Password: somePassword()})
	if err != nil {
		log.Panic(err)
	}
	if _, err := people.Promote(ctx, ada); err != nil {
		log.Panic(err)
	}
	_, err = people.Promote(ctx, ada)
	fmt.Println(errors.Is(err, store.ErrStale))
	auditors, err := people.Auditors(ctx)
	if err != nil {
		log.Panic(err)
	}
	for _, a := range auditors {
		fmt.Println(a.Name, a.Role.Name, a.Role.Permission)
	}
	// Output:
	// true
	// Ada auditor [read]
}

// auditors answers GET /api/users/auditors.
func auditors(ctx context.Context, r *rest.Request) (rest.Response, error) {
	list, err := PeopleIn(r.Tenant()).Auditors(ctx)
	if err != nil {
		return rest.Response{}, err
	}
	return rest.Response{Body: map[string]any{"users": list}}, nil
}

// promote answers POST /api/users/{id}/promote.
func promote(ctx context.Context, r *rest.Request) (rest.Response, error) {
	var body struct {
		Reason string `json:"reason"`
	}
	if err := r.Read(&body); err != nil {
		return rest.Response{}, err
	}
	if body.Reason == "" {
		return rest.Response{}, rest.Refuse(http.StatusUnprocessableEntity, "reason_missing", "Say why")
	}
	id, err := r.ID("id")
	if err != nil {
		return rest.Response{}, err
	}
	people := PeopleIn(r.Tenant())
	user, err := people.Get(ctx, id)
	if err != nil {
		return rest.Response{}, err
	}
	user, err = people.Promote(ctx, user)
	return rest.Response{Body: user}, err
}

// Routes of one's own are served beside the generated ones, behind the same
// checks of token, tenant and permission.
func Example_ownRoutes() {
	with := server.App{
		Collections: gen.Collections(),
		OpenAPI:     gen.OpenAPI,
		Policy:      schema.Policy,
		Routes: []rest.Route{
			{Method: http.MethodGet, Path: "/api/users/auditors", Permission: "read", Handler: auditors},
			{Method: http.MethodPost, Path: "/api/users/{id}/promote", Permission: "write", Handler: promote},
		},
	}
	api, end := serveExample(with)
	defer end()
	ada := api.create("Ada")
	api.show("read", "POST", "/api/users/"+ada+"/promote", `{"reason":"trust"}`)
	api.show("write", "POST", "/api/users/"+ada+"/promote", `{}`)
	api.show("write", "POST", "/api/users/"+ada+"/promote", `{"reason":"trust"}`)
	api.show("read", "GET", "/api/users/auditors", "")
	// Output:
	// 403 forbidden
	// 422 reason_missing
	// 200 Ada auditor
	// 200 [Ada]
}

func Example_create() {
	ctx, tenant, end := openExample()
	defer end()
	people := users.In(tenant)
	ada, err := people.Create(ctx, users.New{Name: "Ada", Email: " Ada@Example.com", Password: somePassword()})
	if err != nil {
		log.Panic(err)
	}
	fmt.Println(ada.Email, ada.Role.Name, ada.Password)

	_, err = people.Create(ctx, users.New{Name: "Ada II", Email: "ada@example.com", Password: somePassword()})
	var duplicate *store.DuplicateError
	fmt.Println(errors.As(err, &duplicate), duplicate.Field)

	_, err = people.Create(ctx, users.New{Email: "bob"})
	fmt.Println(err)
	// Output:
	// ada@example.com basic [secret]
	// true email
	// users: /name must be given; /email must be an email address; /password must be given
}

func Example_createMany() {
	ctx, tenant, end := openExample()
	defer end()
	people := users.In(tenant)
	made, err := people.CreateMany(ctx, []users.New{
		{Name: "Ada", Email: "ada@example.com", Password: somePassword()},
		{Name: "Bob", Email: "bob@example.com", Password: somePassword()},
		{Name: "Ada II", Email: "ada@example.com", Password: somePassword()},
	})
	var bulk *store.BulkError
	fmt.Println(errors.As(err, &bulk), made[0].Name, made[1].Name, made[2] == nil)
	// Output: true Ada Bob true
}

func Example_upsert() {
	ctx, tenant, end := openExample()
	defer end()
	people := users.In(tenant)
	for _, name := range []string{"Ada", "Ada L."} {
		stored, created, err := people.UpsertByEmail(ctx, users.New{Name: name, Email: "ada@example.com", Password: somePassword()})
		if err != nil {
			log.Panic(err)
		}
		fmt.Println(stored.Name, created)
	}
	// Output:
	// Ada true
	// Ada L. false
}

func Example_find() {
	ctx, tenant, end := openExample("Ada", "Bob", "Cyd")
	defer end()
	people := users.In(tenant)
	page, err := people.Find(ctx, users.Query{
		Where: users.RoleName.Eq(users.RoleNameBasic),
		Sort:  users.CreatedAt.Desc(),
		Limit: 2,
	})
	if err != nil {
		log.Panic(err)
	}
	for _, u := range page.Documents {
		fmt.Println(u.Name)
	}

	// What no index serves is refused, unless the code says that it knows.
	lately := users.CreatedAt.Gt(time.Now().Add(-time.Hour))
	_, err = people.Find(ctx, users.Query{Where: lately})
	var invalid *store.InvalidError
	fmt.Println(errors.As(err, &invalid))
	page, err = people.Find(ctx, users.Query{Where: users.Unindexed(lately)})
	if err != nil {
		log.Panic(err)
	}
	fmt.Println(len(page.Documents))
	// Output:
	// Cyd
	// Bob
	// true
	// 3
}

// A page's Next is the After of the one behind it.
func Example_pages() {
	ctx, tenant, end := openExample("Ada", "Bob", "Cyd")
	defer end()
	people := users.In(tenant)
	query := users.Query{Sort: users.Email.Asc(), Limit: 2}
	for {
		page, err := people.Find(ctx, query)
		if err != nil {
			log.Panic(err)
		}
		for _, u := range page.Documents {
			fmt.Println(u.Name)
		}
		if page.Next == "" {
			break
		}
		fmt.Println("the next page")
		query.After = page.Next
	}
	// Output:
	// Ada
	// Bob
	// the next page
	// Cyd
}

func Example_all() {
	ctx, tenant, end := openExample("Ada", "Bob", "Cyd")
	defer end()
	for u, err := range users.In(tenant).All(ctx, users.Query{Sort: users.Email.Desc()}) {
		if err != nil {
			log.Panic(err)
		}
		fmt.Println(u.Name)
	}
	// Output:
	// Cyd
	// Bob
	// Ada
}

func Example_count() {
	ctx, tenant, end := openExample("Ada", "Adele", "Bob")
	defer end()
	people := users.In(tenant)
	n, err := people.Count(ctx, users.Email.Prefix("ad"))
	fmt.Println(n, err)
	there, err := people.Exists(ctx, users.Email.In("bob@example.com", "cyd@example.com"))
	fmt.Println(there, err)
	// Output:
	// 2 <nil>
	// true <nil>
}

// IfRev writes only if nobody else did since the document was read.
func Example_update() {
	ctx, tenant, end := openExample("Ada")
	defer end()
	people := users.In(tenant)
	ada, err := people.ByEmail(ctx, "ada@example.com")
	if err != nil {
		log.Panic(err)
	}
	changed, err := people.Update(ctx, ada.ID, users.Patch{Name: store.Set("Ada L.")}, store.IfRev(ada.Rev()))
	if err != nil {
		log.Panic(err)
	}
	fmt.Println(changed.Name, changed.Email)

	_, err = people.Update(ctx, ada.ID, users.Patch{Name: store.Set("Ada K.")}, store.IfRev(ada.Rev()))
	fmt.Println(errors.Is(err, store.ErrStale))
	// Output:
	// Ada L. ada@example.com
	// true
}

// Of changes to what is stored none is lost, however many there are at once.
func Example_updateSet() {
	ctx, tenant, end := openExample("Ada")
	defer end()
	people := users.In(tenant)
	ada, err := people.ByEmail(ctx, "ada@example.com")
	if err != nil {
		log.Panic(err)
	}
	for _, change := range []store.Change[[]users.Permission]{
		store.AddToSet(users.PermissionRead, users.PermissionWrite),
		store.Pull(users.PermissionRead),
	} {
		ada, err = people.Update(ctx, ada.ID, users.Patch{Role: store.Set(users.RolePatch{Permission: change})})
		if err != nil {
			log.Panic(err)
		}
		fmt.Println(ada.Role.Permission)
	}
	// Output:
	// [read write]
	// [write]
}

func Example_delete() {
	ctx, tenant, end := openExample("Ada")
	defer end()
	people := users.In(tenant)
	ada, err := people.ByEmail(ctx, "ada@example.com")
	if err != nil {
		log.Panic(err)
	}
	if err := people.Delete(ctx, ada.ID, store.IfRev(ada.Rev())); err != nil {
		log.Panic(err)
	}
	_, err = people.Get(ctx, ada.ID)
	fmt.Println(errors.Is(err, store.ErrNotFound))
	// Output: true
}
