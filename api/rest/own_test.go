package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// own returns the app with routes besides.
func own(routes ...rest.Route) server.App {
	with := servertest.App
	with.Routes = routes
	return with
}

// auditors returns those of the tenant.
func auditors(ctx context.Context, r *rest.Request) (rest.Response, error) {
	page, err := users.In(r.Tenant()).Find(ctx, users.Query{Where: users.RoleName.Eq(users.RoleNameAuditor)})
	if err != nil {
		return rest.Response{}, err
	}
	return rest.Response{Body: map[string]any{"users": page.Documents}}, nil
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
	a := servertest.Serve(t, testdb.URI(t), own(ownRoutes...), nil)
	one, two := a.Provision(t, "one"), a.Provision(t, "two")
	ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameAuditor, Permission: []users.Permission{"write"}})
	servertest.AddUser(t, one.Handle(), "bob", users.Role{Name: users.RoleNameBasic})
	servertest.AddUser(t, two.Handle(), "cyd", users.Role{Name: users.RoleNameAuditor})
	super, reader, blocked := a.Token(t, one.ID, "super"), a.Token(t, one.ID, "", "read"), a.Token(t, one.ID, "blocked", "read", "delete")
	session := a.Login(t, "one", "ada@example.com", servertest.Password)
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
		{"for every bearer", "GET /api/me?x=1", "", a.Token(t, one.ID, ""), 200, `{"none":"","role":"","tenant":"one","user":"000000000000000000000000","x":"1"}`},
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
		got := a.Call(t, test.line, test.body, headers...)
		said := got.Text
		switch {
		case got.Status == 422:
			e := got.List("errors")[0]
			said = fmt.Sprint(e["pointer"], " ", e["code"], " ", e["message"])
		case got.Status >= 400:
			said = got.Code()
		case got.Body["name"] != nil:
			said = got.Member("name")
		}
		if got.Status != test.status || said != test.want {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
		}
		if got.Status >= 400 && (got.Header.Get("Content-Type") != "application/problem+json" || got.Member("requestId") == "") {
			t.Errorf("%s: not a whole problem: %s", test.name, got.Text)
		}
		if got.Status == 201 && (got.Header.Get("X-Renamed") != "because" || got.Header.Get("Cache-Control") != "no-store") {
			t.Errorf("%s: headers %v", test.name, got.Header)
		}
	}
	if got := a.Call(t, "PUT "+adas, `{}`, append(bearer(super), "Content-Type", "text/plain")...); got.Status != 415 {
		t.Errorf("no JSON: %d %s", got.Status, got.Text)
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
	a := servertest.Serve(t, testdb.URI(t), own(rest.Route{
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
	token := a.Token(t, a.Provision(t, "one").ID, "")
	for name, way := range ways {
		got := a.Call(t, "GET /api/fail/"+strings.ReplaceAll(name, " ", "_"), "", bearer(token)...)
		if got.Status != way.status || got.Code() != way.code || strings.Contains(got.Text, secret) {
			t.Errorf("%s: %d %s", name, got.Status, got.Text)
		}
		if line := servertest.LineWith(a.Log.String(), got.Header.Get("X-Request-Id")); strings.Contains(a.Log.String(), "level=ERROR msg=request requestId="+got.Header.Get("X-Request-Id")) != (way.status >= 500) {
			t.Errorf("%s: the log says %s", name, line)
		}
	}
	if got := a.Call(t, "POST /api/read", `{}`, bearer(token)...); got.Status != 500 {
		t.Errorf("read into nothing: %d %s", got.Status, got.Text)
	}
	for _, line := range []string{secret, "a handler panicked", "own_test.go", "write 400 to 599", "write 200 to 399", "has no JSON form"} {
		if !strings.Contains(a.Log.String(), line) {
			t.Errorf("the log does not say %q", line)
		}
	}
}

// TestOwnRoutesAreBounded has a handler that waits for its context.
func TestOwnRoutesAreBounded(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(rest.Route{
		Method: http.MethodGet, Path: "/api/wait", Permission: rest.AnyBearer,
		Handler: func(ctx context.Context, _ *rest.Request) (rest.Response, error) {
			<-ctx.Done()
			return rest.Response{}, ctx.Err()
		},
	}), func(cfg *server.Config) { cfg.RequestTimeout = 50 * time.Millisecond })
	token := a.Token(t, a.Provision(t, "one").ID, "")
	if got := a.Call(t, "GET /api/wait", "", bearer(token)...); got.Status != 503 || got.Code() != "timeout" {
		t.Errorf("%d %s", got.Status, got.Text)
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
	a := servertest.Serve(t, testdb.URI(t), own(rest.Route{
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
		made := a.Provision(t, name)
		_, err := users.In(made.Handle()).Create(t.Context(), users.New{Name: name, Email: "same@example.com", Password: store.StoredSecret("none")})
		if err != nil {
			t.Fatal(err)
		}
		token := a.Token(t, made.ID, "", "read")
		clients.Go(func() {
			for range 20 {
				got := a.Call(t, "POST /api/stamp/"+name+"?name="+name, fmt.Sprintf(`{"name":%q}`, name), append(bearer(token), "X-Name", name)...)
				if list := got.List("users"); got.Status != 200 || len(list) != 1 || list[0]["name"] != name {
					t.Errorf("%s got %d %s", name, got.Status, got.Text)
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
	a := servertest.Serve(t, testdb.URI(t), own(ownRoutes...), nil)
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(a.Call(t, "GET /openapi.json", "").Text), &document); err != nil {
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

// TestUsersThatDoNotFit has a row for each way a stored user can be none of the
// schema's: nobody logs in as one, and nobody stays logged in.
func TestUsersThatDoNotFit(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.TenantCacheTTL = time.Millisecond })
	one := a.Provision(t, "one")
	ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic, Permission: []users.Permission{"read"}})
	token := a.Login(t, "one", "ada@example.com", servertest.Password)
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
		got := a.Call(t, "GET /api/users", "", bearer(token)...)
		again := a.Call(t, "POST /api/login?tenant=one", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, servertest.Password))
		if got.Status != test.list || again.Status != test.loggedIn {
			t.Errorf("%s: %d %s, and a login: %d %s", test.name, got.Status, got.Text, again.Status, again.Text)
		}
	}
}
