package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// own returns the app with routes besides.
func own(routes ...rest.Route) server.App {
	with := app
	with.Routes = routes
	return with
}

// rename returns one that reads a body, and decides itself who may what.
func rename(ctx context.Context, r *rest.Request) (rest.Response, error) {
	var body struct {
		Name  string   `json:"name"`
		Tries int      `json:"tries"`
		Tags  []string `json:"tags"`
		At    struct {
			When time.Time `json:"when"`
		} `json:"at"`
	}
	id, err := r.ID("id")
	if err != nil {
		return rest.Response{}, err
	}
	if err := r.Read(&body); err != nil {
		return rest.Response{}, err
	}
	if id != r.User() {
		if err := r.Allow("delete"); err != nil {
			return rest.Response{}, err
		}
	}
	user, err := users.In(r.Tenant()).Update(ctx, id, users.Patch{Name: store.Set(body.Name)})
	if err != nil {
		return rest.Response{}, err
	}
	return rest.Response{Status: 201, Body: user, Header: http.Header{"x-renamed": {r.Header.Get("X-Why")}}}, nil
}

var ownRoutes = []rest.Route{
	{Method: http.MethodGet, Path: "/api/users/auditors", Permission: "read", Handler: auditors},
	{Method: http.MethodPut, Path: "/api/users/{id}/name", Permission: "write", Handler: rename},
	{Method: http.MethodGet, Path: "/api/me", Permission: rest.AnyBearer, Query: []string{"x"}, Handler: func(_ context.Context, r *rest.Request) (rest.Response, error) {
		return rest.Response{Body: map[string]any{"tenant": r.TenantName(), "role": r.Role(), "user": r.User(), "x": r.Query.Get("x"), "none": r.Param("none")}}, nil
	}},
	{Method: http.MethodDelete, Path: "/api/nothing", Permission: "delete", Handler: func(context.Context, *rest.Request) (rest.Response, error) {
		return rest.Response{}, nil
	}},
}

// TestOwnRoutes asks for routes of one's own as for any other: who may not, and
// what is not as it must be, gets the same answers.
func TestOwnRoutes(t *testing.T) {
	t.Parallel()
	a := serve(t, testdb.URI(t), own(ownRoutes...), nil)
	one, two := a.provision(t, "one"), a.provision(t, "two")
	ada := addUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameAuditor, Permission: []users.Permission{"write"}})
	addUser(t, one.Handle(), "bob", users.Role{Name: users.RoleNameBasic})
	addUser(t, two.Handle(), "cyd", users.Role{Name: users.RoleNameAuditor})
	super, reader, blocked := a.token(t, one.ID, "super"), a.token(t, one.ID, "", "read"), a.token(t, one.ID, "blocked", "read", "delete")
	session := login(t, a, "one", "ada@example.com", demoPassword)
	adas, nobodys := "/api/users/"+ada.ID.Hex()+"/name", "/api/users/ffffffffffffffffffffffff/name"

	for _, test := range []struct {
		name, line, body, token string
		status                  int
		want                    string
	}{
		{"no token", "GET /api/users/auditors", "", "", 400, "tenant_missing"},
		{"no token, a tenant", "GET /api/users/auditors?tenant=one", "", "", 401, "token_missing"},
		{"no token, for every bearer", "GET /api/me?tenant=one", "", "", 401, "token_missing"},
		{"a token that is none", "GET /api/me", "", "x", 401, "token_invalid"},
		{"another tenant's name", "GET /api/users/auditors?tenant=two", "", reader, 403, "tenant_unauthorized"},
		{"without the permission", "DELETE /api/nothing", "", reader, 403, "forbidden"},
		{"a barred role", "GET /api/users/auditors", "", blocked, 403, "forbidden"},
		{"a barred role, for every bearer", "GET /api/me", "", blocked, 403, "forbidden"},
		{"another method", "DELETE /api/me", "", super, 405, "method_not_allowed"},
		{"an id that is none", "PUT /api/users/42/name", `{}`, super, 400, "id_invalid"},
		{"an id of nobody", "PUT " + nobodys, `{"name":"N"}`, super, 404, "not_found"},
		{"half a body", "PUT " + adas, `{"name":`, super, 400, "body_invalid"},
		{"an array", "PUT " + adas, `[]`, super, 400, "body_invalid"},
		{"no body", "PUT " + adas, "", super, 415, "unsupported_media_type"},
		{"a body too long", "PUT " + adas, `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, super, 413, "body_too_large"},
		{"an unknown member", "PUT " + adas, `{"nam":"N"}`, super, 422, "/nam unknown_field is not a field of this object"},
		{"text for a number", "PUT " + adas, `{"tries":"1"}`, super, 422, "/tries type must be a whole number, and not too large"},
		{"half a number", "PUT " + adas, `{"tries":1.5}`, super, 422, "/tries type must be a whole number, and not too large"},
		{"a number for text", "PUT " + adas, `{"name":1}`, super, 422, "/name type must be a string"},
		{"text for an array", "PUT " + adas, `{"tags":"x"}`, super, 422, "/tags type must be an array"},
		{"an array for an object", "PUT " + adas, `{"at":[]}`, super, 422, "/at type must be an object"},
		{"a date that is none", "PUT " + adas, `{"at":{"when":"x"}}`, super, 422, " format has a value that does not have the form it must have"},
		{"what the store refuses", "PUT " + adas, `{"name":""}`, super, 422, "/name required must be given"},
		{"what only shows within", "PUT " + nobodys, `{"name":"N"}`, session, 403, "forbidden"},

		{"a list", "GET /api/users/auditors", "", reader, 200, `{"users":[` + marshal(t, ada) + `]}`},
		{"for every bearer", "GET /api/me?x=1", "", a.token(t, one.ID, ""), 200, `{"none":"","role":"","tenant":"one","user":"000000000000000000000000","x":"1"}`},
		{"a user", "GET /api/me", "", session, 200, `{"none":"","role":"auditor","tenant":"one","user":"` + ada.ID.Hex() + `","x":""}`},
		{"nothing", "DELETE /api/nothing", "", super, 204, ""},
		{"a full role", "PUT " + adas, `{"name":"Ada K."}`, super, 201, "Ada K."},
		{"oneself", "PUT " + adas, `{"name":"Ada L."}`, session, 201, "Ada L."},
		{"a generated route beside", "GET /api/users/" + ada.ID.Hex(), "", reader, 200, "Ada L."},
	} {
		headers := []string{"X-Why", "because"}
		if test.token != "" {
			headers = append(headers, bearer(test.token)...)
		}
		got := a.call(t, test.line, test.body, headers...)
		said := got.text
		switch {
		case got.status == 422:
			e := got.list("errors")[0]
			said = fmt.Sprint(e["pointer"], " ", e["code"], " ", e["message"])
		case got.status >= 400:
			said = got.code()
		case got.body["name"] != nil:
			said = got.string("name")
		}
		if got.status != test.status || said != test.want {
			t.Errorf("%s: %d %s", test.name, got.status, got.text)
		}
		if got.status >= 400 && (got.header.Get("Content-Type") != "application/problem+json" || got.string("requestId") == "") {
			t.Errorf("%s: not a whole problem: %s", test.name, got.text)
		}
		if got.status == 201 && (got.header.Get("X-Renamed") != "because" || got.header.Get("Cache-Control") != "no-store") {
			t.Errorf("%s: headers %v", test.name, got.header)
		}
	}
	if got := a.call(t, "PUT "+adas, `{}`, append(bearer(super), "Content-Type", "text/plain")...); got.status != 415 {
		t.Errorf("no JSON: %d %s", got.status, got.text)
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestOwnRoutesFail has a row for each way a handler can end badly. What is
// nobody's business stays in the log.
func TestOwnRoutesFail(t *testing.T) {
	t.Parallel()
	const secret = "of no concern to clients"
	ways := map[string]struct {
		answer rest.Response
		err    error
		thrown any
		status int
		code   string
	}{
		"not found":            {err: store.ErrNotFound, status: 404, code: "not_found"},
		"stale, and wrapped":   {err: fmt.Errorf("%s: %w", secret, store.ErrStale), status: 412, code: "stale"},
		"a duplicate":          {err: &store.DuplicateError{Collection: "users", Field: "email"}, status: 409, code: "duplicate"},
		"invalid":              {err: &store.InvalidError{Fields: check.FieldErrors{{Pointer: "/a"}}}, status: 422, code: "validation_failed"},
		"the database":         {err: store.ErrUnavailable, status: 503, code: "unavailable"},
		"no time left":         {err: context.DeadlineExceeded, status: 503, code: "timeout"},
		"a refusal":            {err: rest.Refuse(402, "payment_missing", "Pay first"), status: 402, code: "payment_missing"},
		"a refusal, wrapped":   {err: errors.Join(rest.Refuse(402, "payment_missing", "Pay first"), errors.New(secret)), status: 402, code: "payment_missing"},
		"a refusal that is OK": {err: rest.Refuse(200, "ok", secret), status: 500, code: "internal"},
		"the first refusal":    {err: rest.Refuse(400, "wrong", "No"), status: 400, code: "wrong"},
		"the last refusal":     {err: rest.Refuse(599, "later", "No"), status: 599, code: "later"},
		"a refusal beyond":     {err: rest.Refuse(600, "beyond", secret), status: 500, code: "internal"},
		"the first answer":     {answer: rest.Response{Status: 200, Body: map[string]int{"x": 1}}, status: 200},
		"the last answer":      {answer: rest.Response{Status: 399}, status: 399},
		"an answer beyond":     {answer: rest.Response{Status: 400, Body: secret}, status: 500, code: "internal"},
		"any other":            {err: errors.New(secret), status: 500, code: "internal"},
		"a zero handle":        {err: store.ErrNoTenant, status: 500, code: "internal"},
		"a panic":              {thrown: secret, status: 500, code: "internal"},
		"a panic with a rule":  {thrown: store.ErrNotFound, status: 500, code: "internal"},
		"no JSON":              {answer: rest.Response{Body: make(chan int)}, status: 500, code: "internal"},
		"no status":            {answer: rest.Response{Status: 99, Body: secret}, status: 500, code: "internal"},
		"an error by status":   {answer: rest.Response{Status: 404, Body: secret}, status: 500, code: "internal"},
	}
	a := serve(t, testdb.URI(t), own(rest.Route{
		Method: http.MethodGet, Path: "/api/fail/{way}", Permission: rest.AnyBearer,
		OpenAPI: json.RawMessage(`{"responses": {"200": {"description": "well", "content": {"application/json": {}}}, "399": {"description": "the last answer"}}}`),
		Handler: func(_ context.Context, r *rest.Request) (rest.Response, error) {
			way := ways[strings.ReplaceAll(r.Param("way"), "_", " ")]
			if way.thrown != nil {
				panic(way.thrown)
			}
			return way.answer, way.err
		},
	}, rest.Route{
		Method: http.MethodPost, Path: "/api/read", Permission: rest.AnyBearer,
		Handler: func(_ context.Context, r *rest.Request) (rest.Response, error) { return rest.Response{}, r.Read(nil) },
	}), nil)
	token := a.token(t, a.provision(t, "one").ID, "")
	for name, way := range ways {
		got := a.call(t, "GET /api/fail/"+strings.ReplaceAll(name, " ", "_"), "", bearer(token)...)
		if got.status != way.status || got.code() != way.code || strings.Contains(got.text, secret) {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
		if line := lineWith(a.log.String(), got.header.Get("X-Request-Id")); strings.Contains(a.log.String(), "level=ERROR msg=request requestId="+got.header.Get("X-Request-Id")) != (way.status >= 500) {
			t.Errorf("%s: the log says %s", name, line)
		}
	}
	if got := a.call(t, "POST /api/read", `{}`, bearer(token)...); got.status != 500 {
		t.Errorf("read into nothing: %d %s", got.status, got.text)
	}
	for _, line := range []string{secret, "a handler panicked", "own_test.go", "write 400 to 599", "write 200 to 399", "has no JSON form"} {
		if !strings.Contains(a.log.String(), line) {
			t.Errorf("the log does not say %q", line)
		}
	}
}

// TestOwnRoutesAreBounded has a handler that waits for its context.
func TestOwnRoutesAreBounded(t *testing.T) {
	t.Parallel()
	a := serve(t, testdb.URI(t), own(rest.Route{
		Method: http.MethodGet, Path: "/api/wait", Permission: rest.AnyBearer,
		Handler: func(ctx context.Context, _ *rest.Request) (rest.Response, error) {
			<-ctx.Done()
			return rest.Response{}, ctx.Err()
		},
	}), func(cfg *server.Config) { cfg.RequestTimeout = 50 * time.Millisecond })
	token := a.token(t, a.provision(t, "one").ID, "")
	if got := a.call(t, "GET /api/wait", "", bearer(token)...); got.status != 503 || got.code() != "timeout" {
		t.Errorf("%d %s", got.status, got.text)
	}
}

// TestOwnRoutesNeverMix has handlers keep what they were given while others run:
// it stays theirs.
func TestOwnRoutesNeverMix(t *testing.T) {
	t.Parallel()
	type kept struct {
		r    *rest.Request
		name string
	}
	var mu sync.Mutex
	var all []kept
	a := serve(t, testdb.URI(t), own(rest.Route{
		Method: http.MethodPost, Path: "/api/stamp/{name}", Permission: "read", Query: []string{"name"},
		Handler: func(ctx context.Context, r *rest.Request) (rest.Response, error) {
			mu.Lock()
			all = append(all, kept{r, r.Param("name")})
			mu.Unlock()
			page, err := users.In(r.Tenant()).Find(ctx, users.Query{})
			if err != nil {
				return rest.Response{}, err
			}
			return rest.Response{Body: map[string]any{"users": page.Documents}}, nil
		},
	}), nil)
	var clients sync.WaitGroup
	for i := range 8 {
		name := fmt.Sprintf("t%d", i)
		made := a.provision(t, name)
		_, err := users.In(made.Handle()).Create(t.Context(), users.New{Name: name, Email: "same@example.com", Password: store.StoredSecret("none")})
		if err != nil {
			t.Fatal(err)
		}
		token := a.token(t, made.ID, "", "read")
		clients.Go(func() {
			for range 20 {
				got := a.call(t, "POST /api/stamp/"+name+"?name="+name, fmt.Sprintf(`{"name":%q}`, name), append(bearer(token), "X-Name", name)...)
				if list := got.list("users"); got.status != 200 || len(list) != 1 || list[0]["name"] != name {
					t.Errorf("%s got %d %s", name, got.status, got.text)
				}
			}
		})
	}
	clients.Wait()
	for _, k := range all {
		var body struct {
			Name string `json:"name"`
		}
		if err := k.r.Read(&body); err != nil {
			t.Fatal(err)
		}
		got := []string{k.r.TenantName(), k.r.Param("name"), k.r.Query.Get("name"), k.r.Header.Get("X-Name"), body.Name}
		if !slices.Equal(got, []string{k.name, k.name, k.name, k.name, k.name}) {
			t.Fatalf("what %s kept is of %v", k.name, got)
		}
	}
}

// TestOwnRoutesAreDocumented compares the router with the document it serves,
// both ways.
func TestOwnRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	a := serve(t, testdb.URI(t), own(ownRoutes...), nil)
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(a.call(t, "GET /openapi.json", "").text), &document); err != nil {
		t.Fatal(err)
	}
	var documented []string
	for path, methods := range document.Paths {
		for method := range methods {
			if method != "parameters" {
				documented = append(documented, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(documented)
	served := a.Routes()
	if !slices.Equal(documented, served) {
		t.Errorf("documented: %v\nserved:     %v", documented, served)
	}
	for _, r := range ownRoutes {
		if !slices.Contains(served, r.Method+" "+r.Path) {
			t.Errorf("%s %s is not served", r.Method, r.Path)
		}
	}
}

// TestAppIsRefused has a row for each part of an app that does not fit the
// others.
func TestAppIsRefused(t *testing.T) {
	t.Parallel()
	const role = `collection users: `
	without := func(name string) []raw.Collection {
		return slices.DeleteFunc(slices.Clone(app.Collections), func(c raw.Collection) bool { return c.Name == name })
	}
	changed := func(name string, change func(*raw.Collection)) []raw.Collection {
		list := slices.Clone(app.Collections)
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
	for name, test := range map[string]struct {
		change func(*server.App)
		want   []string
	}{
		"no catalog":         {func(a *server.App) { a.Collections = without("tenants") }, []string{"collection tenants: is not among App.Collections; write schema.Tenant among the schema's collections and generate"}},
		"no sessions":        {func(a *server.App) { a.Collections = without("sessions") }, []string{"collection sessions: is not among App.Collections; write schema.Session among the schema's collections and generate"}},
		"no runs":            {func(a *server.App) { a.Collections = without("runs") }, []string{"collection runs: is not among App.Collections; write schema.Run among the schema's collections and generate"}},
		"no leases":          {func(a *server.App) { a.Collections = without("leases") }, []string{"collection leases: is not among App.Collections; write schema.Lease among the schema's collections and generate"}},
		"no users":           {func(a *server.App) { a.Collections = without("users") }, []string{"collection users: is not among App.Collections; write schema.User among the schema's collections and generate"}},
		"nothing":            {func(a *server.App) { *a = server.App{} }, []string{"collection tenants: is not", "collection sessions: is not", "collection runs: is not", "collection leases: is not", "collection users: is not"}},
		"tenants everywhere": {func(a *server.App) { a.Collections = changed("tenants", func(c *raw.Collection) { c.Admin = false }) }, []string{"collection tenants: is in every tenant's database; write schema.Tenant"}},
		"users in one place": {func(a *server.App) { a.Collections = changed("users", func(c *raw.Collection) { c.Admin = true }) }, []string{role + "is in the admin database; write no Scope"}},
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
		changed := app
		test.change(&changed)
		cfg := server.Defaults()
		cfg.MongoURI, cfg.Addr, cfg.AuthKeys = "mongodb://127.0.0.1:1/", "127.0.0.1:0", testKey
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

// TestUsersThatDoNotFit has a row for each way a stored user can be none of the
// schema's: nobody logs in as one, and nobody stays logged in.
func TestUsersThatDoNotFit(t *testing.T) {
	t.Parallel()
	a := start(t, testdb.URI(t), func(cfg *server.Config) { cfg.TenantCacheTTL = time.Millisecond })
	one := a.provision(t, "one")
	ada := addUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic, Permission: []users.Permission{"read"}})
	token := login(t, a, "one", "ada@example.com", demoPassword)
	stored := testdb.Client(t).Database(one.Database).Collection("users")
	for _, test := range []struct {
		name           string
		set            bson.D
		list, loggedIn int
	}{
		{"an unknown role", bson.D{{Key: "role.name", Value: "emperor"}}, 401, 401},
		{"no role", bson.D{{Key: "role", Value: nil}}, 403, 200},
		{"a role of another type", bson.D{{Key: "role", Value: "super"}}, 401, 401},
		{"an unknown permission", bson.D{{Key: "role", Value: bson.D{{Key: "permission", Value: bson.A{"read", "reign"}}}}}, 401, 401},
		{"permissions of another type", bson.D{{Key: "role", Value: bson.D{{Key: "permission", Value: "read"}}}}, 401, 401},
		{"a name of another type", bson.D{{Key: "role", Value: bson.D{{Key: "permission", Value: bson.A{"read"}}}}, {Key: "name", Value: 1}}, 401, 401},
		{"a role without a name", bson.D{{Key: "name", Value: "Ada"}}, 200, 200},
		{"a password of another type", bson.D{{Key: "password", Value: 1}}, 401, 401}, // the session was opened with another one
	} {
		if _, err := stored.UpdateByID(t.Context(), ada.ID, bson.D{{Key: "$set", Value: test.set}}); err != nil {
			t.Fatal(err)
		}
		got := a.call(t, "GET /api/users", "", bearer(token)...)
		again := a.call(t, "POST /api/login?tenant=one", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, demoPassword))
		if got.status != test.list || again.status != test.loggedIn {
			t.Errorf("%s: %d %s, and a login: %d %s", test.name, got.status, got.text, again.status, again.text)
		}
	}
}
