package rest_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/gen"
)

func nothing(context.Context, *rest.Request) (rest.Response, error) { return rest.Response{}, nil }

// TestCheckRoutes has a row for each thing that can be wrong with a route, and
// for each that looks wrong and is not.
func TestCheckRoutes(t *testing.T) {
	route := func(method, path string) rest.Route {
		return rest.Route{Method: method, Path: path, Permission: "read", Handler: nothing}
	}
	asks := func(operation string, query ...string) rest.Route {
		return rest.Route{Method: "GET", Path: "/api/q", Permission: "read", Handler: nothing, Query: query, OpenAPI: json.RawMessage(operation)}
	}
	const path = `the Path is %; write /api/ and a name, then names and parameters in braces, such as /api/orders/{id}/ship`
	at := func(p string) string { return strings.ReplaceAll(path, "%", `"`+p+`"`) }
	for name, test := range map[string]struct {
		routes []rest.Route
		want   []string
	}{
		"none":                        {nil, nil},
		"one":                         {[]rest.Route{route("GET", "/api/reports")}, nil},
		"beside a collection's":       {[]rest.Route{route("PUT", "/api/users/{id}"), route("POST", "/api/users/{id}/promote"), route("GET", "/api/users/auditors")}, nil},
		"the product's, another way":  {[]rest.Route{route("GET", "/api/login")}, nil},
		"two methods":                 {[]rest.Route{route("GET", "/api/a/{b}"), route("POST", "/api/a/{b}")}, nil},
		"not below /api/":             {[]rest.Route{route("GET", "/reports")}, []string{"route GET /reports: " + at("/reports")}},
		"/api/ itself":                {[]rest.Route{route("GET", "/api/")}, []string{"route GET /api/: " + at("/api/")}},
		"a trailing slash":            {[]rest.Route{route("GET", "/api/a/")}, []string{"route GET /api/a/: " + at("/api/a/")}},
		"a parameter as echo has it":  {[]rest.Route{route("GET", "/api/a/:id")}, []string{"route GET /api/a/:id: " + at("/api/a/:id")}},
		"a path that takes all":       {[]rest.Route{route("GET", "/api/{any}")}, []string{"route GET /api/{any}: " + at("/api/{any}")}},
		"a star":                      {[]rest.Route{route("GET", "/api/a/*")}, []string{"route GET /api/a/*: " + at("/api/a/*")}},
		"dots":                        {[]rest.Route{route("GET", "/api/a/../b")}, []string{"route GET /api/a/../b: " + at("/api/a/../b")}},
		"half a segment":              {[]rest.Route{route("GET", "/api/a/x{id}")}, []string{"route GET /api/a/x{id}: " + at("/api/a/x{id}")}},
		"a parameter twice":           {[]rest.Route{route("GET", "/api/a/{id}/{id}")}, []string{"route GET /api/a/{id}/{id}: the Path has the parameter {id} twice; choose another name"}},
		"another method":              {[]rest.Route{route("get", "/api/a")}, []string{`route get /api/a: the Method is "get"; write one of GET, POST, PUT, PATCH, DELETE`}},
		"a generated one":             {[]rest.Route{route("GET", "/api/users")}, []string{"route GET /api/users: is there already, as /api/users; choose another path or method"}},
		"a generated one, renamed":    {[]rest.Route{route("GET", "/api/users/{who}")}, []string{"route GET /api/users/{who}: is there already, as /api/users/{id}; choose another path or method"}},
		"the product's":               {[]rest.Route{route("POST", "/api/login")}, []string{"route POST /api/login: is there already, as /api/login; choose another path or method"}},
		"the same twice":              {[]rest.Route{route("GET", "/api/a/{b}"), route("GET", "/api/a/{c}")}, []string{"route GET /api/a/{c}: is there already, as /api/a/{b}; choose another path or method"}},
		"a path with two spellings":   {[]rest.Route{route("PUT", "/api/users/{who}")}, []string{"route PUT /api/users/{who}: the Path is /api/users/{id} with other names for its parameters; write it so"}},
		"no permission":               {[]rest.Route{{Method: "GET", Path: "/api/a", Handler: nothing}}, []string{"route GET /api/a: has no Permission; write what its bearer must be permitted, or rest.AnyBearer"}},
		"no handler":                  {[]rest.Route{{Method: "GET", Path: "/api/a", Permission: "read"}}, []string{"route GET /api/a: has no Handler; write a function that answers"}},
		"an operation that is none":   {[]rest.Route{{Method: "GET", Path: "/api/a", Permission: "read", Handler: nothing, OpenAPI: json.RawMessage(`[]`)}}, []string{`route GET /api/a: the OpenAPI is not a JSON object; write an operation, such as {"summary": "…"}, or nothing`}},
		"an operation of nothing":     {[]rest.Route{asks(`null`)}, []string{`route GET /api/q: the OpenAPI is not a JSON object; write an operation, such as {"summary": "…"}, or nothing`}},
		"parameters that are none":    {[]rest.Route{asks(`{"parameters":[1]}`)}, []string{"route GET /api/q: the OpenAPI has parameters that are none; write an array of objects with name, in and schema"}},
		"a query":                     {[]rest.Route{asks(`{"parameters":[{"name":"a","in":"query","schema":{"type":"array"}},{"name":"tenant","in":"header"},{"name":"","in":"path"}]}`, "a", "b")}, nil},
		"a query twice":               {[]rest.Route{asks("", "a", "b", "a")}, []string{"route GET /api/q: the Query has a twice; write it once"}},
		"a query of no name":          {[]rest.Route{asks("", "a", "")}, []string{"route GET /api/q: the Query has a parameter without a name; choose one"}},
		"a query for the tenant":      {[]rest.Route{asks("", "tenant")}, []string{"route GET /api/q: the Query has tenant, which names the tenant in every route; choose another name"}},
		"a list for the tenant":       {[]rest.Route{asks(`{"parameters":[{"name":"tenant","in":"query","schema":{"type":"array"}}]}`)}, []string{"route GET /api/q: the Query has tenant, which names the tenant in every route; choose another name"}},
		"everything, and all at once": {[]rest.Route{{}, route("GET", "/x")}, []string{`route  : the Method is ""; write one of GET, POST, PUT, PATCH, DELETE`, "route  : " + at(""), "route  : has no Permission; write what its bearer must be permitted, or rest.AnyBearer", "route  : has no Handler; write a function that answers", "route GET /x: " + at("/x")}},
	} {
		var got []string
		if err := rest.CheckRoutes(test.routes, gen.Collections()); err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// everywhere are all places where a request may name its tenant.
var everywhere = []rest.Source{rest.FromToken, rest.FromHeader, rest.FromQuery}

// TestDescribePlaces has a row for each set of places where a request may name its
// tenant: no operation, own ones included, names another.
func TestDescribePlaces(t *testing.T) {
	routes := []rest.Route{{Method: "GET", Path: "/api/a", Permission: "read", Handler: nothing}}
	for name, test := range map[string]struct {
		from []rest.Source
		want string
	}{
		"everywhere":      {everywhere, "/api/a: X-Tenant tenant /api/login: X-Tenant tenant /api/users/{id}: id X-Tenant tenant"},
		"not the query":   {everywhere[:2], "/api/a: X-Tenant /api/login: X-Tenant /api/users/{id}: id X-Tenant"},
		"not the header":  {[]rest.Source{rest.FromToken, rest.FromQuery}, "/api/a: tenant /api/login: tenant /api/users/{id}: id tenant"},
		"the token alone": {everywhere[:1], "/api/a: /api/login: /api/users/{id}: id"},
	} {
		for _, routes := range [][]rest.Route{routes, nil} {
			text, err := rest.Describe(gen.OpenAPI, routes, nil, test.from, nil)
			if err != nil {
				t.Fatal(err)
			}
			var document struct {
				Paths map[string]struct {
					Parameters []struct {
						Ref string `json:"$ref"`
					}
				}
			}
			if err := json.Unmarshal(text, &document); err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, path := range []string{"/api/a", "/api/login", "/api/users/{id}"} {
				if item, ok := document.Paths[path]; ok {
					have = append(have, path+":")
					for _, p := range item.Parameters {
						have = append(have, strings.TrimPrefix(p.Ref, "#/components/parameters/"))
					}
				}
			}
			want := test.want
			if routes == nil {
				_, want, _ = strings.Cut(want, " /api/login")
				want = "/api/login" + want
			}
			if got := strings.Join(have, " "); got != want {
				t.Errorf("%s, %d routes: %s, want %s", name, len(routes), got, want)
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	same, err := rest.Describe(gen.OpenAPI, nil, nil, everywhere, nil)
	if err != nil || string(same) != string(gen.OpenAPI) {
		t.Errorf("without routes: %v, %d bytes of %d", err, len(same), len(gen.OpenAPI))
	}
	const bare = `{ "paths": {"/a": {"get": {}}} }` // which has nothing to be taken away
	if same, err := rest.Describe([]byte(bare), nil, nil, everywhere[:1], nil); err != nil || string(same) != bare {
		t.Errorf("without routes, and without tenants: %s, %v", same, err)
	}
	below, err := rest.Describe([]byte(bare), nil, nil, []rest.Source{rest.FromPath}, nil)
	if servers := strings.Join(strings.Fields(string(below)), ""); err != nil || strings.Count(servers, `"servers":[{"url":"/"}`) != 2 || !strings.Contains(servers, `"url":"/t/{tenant}"`) {
		t.Errorf("without servers, below a tenant's path: %s, %v", below, err)
	}
	odd, err := rest.Describe([]byte(bare), []rest.Route{{Method: "GET", Path: "/api/a", OpenAPI: json.RawMessage(`{"responses":{"200":7}}`)}}, nil, everywhere, nil)
	if err != nil || !strings.Contains(string(odd), `"200": 7`) {
		t.Errorf("a response that is none: %s, %v", odd, err)
	}
	for name, document := range map[string]string{"nothing": "", "no JSON": "x", "no paths": "{}"} {
		if _, err := rest.Describe([]byte(document), nil, nil, everywhere, nil); err == nil {
			t.Errorf("%s passes for a document", name)
		}
	}
	_, err = rest.Describe(gen.OpenAPI, []rest.Route{{Method: "GET", Path: "/api/a", OpenAPI: json.RawMessage(`[]`)}}, nil, everywhere, nil)
	if want := "route GET /api/a: the OpenAPI: json: cannot unmarshal array into Go value of type map[string]interface {}"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	for _, operation := range []string{`{"parameters":{}}`, `{"responses":[]}`} {
		_, err := rest.Describe(gen.OpenAPI, []rest.Route{{Method: "GET", Path: "/api/a", OpenAPI: json.RawMessage(operation)}}, nil, everywhere, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "route GET /api/a: the OpenAPI: its ") {
			t.Errorf("%s: %v", operation, err)
		}
	}
	_, err = rest.Describe(gen.OpenAPI, []rest.Route{{Method: "GET", Path: "/api/a", OpenAPI: json.RawMessage(`{"operationId": "listUser"}`)}}, nil, everywhere, nil)
	if want := "route GET /api/a: the OpenAPI: its operationId is listUser, as that of GET /api/users is; write another"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	text, err := rest.Describe(gen.OpenAPI, []rest.Route{
		{Method: http.MethodPut, Path: "/api/users/{id}", Permission: "write"},
		{Method: http.MethodPost, Path: "/api/a/{b}/{c}", Permission: rest.AnyBearer, OpenAPI: json.RawMessage(`{
			"summary": "Do it", "x-permission": "none", "responses": {"204": {"description": "It is done."}},
			"parameters": [{"name": "c", "in": "path", "required": true, "schema": {"type": "integer"}}, {"name": "b", "in": "query"}]
		}`)},
		{Method: http.MethodPatch, Path: "/api/a", Permission: rest.AnyBearer},
		{Method: http.MethodGet, Path: "/api/a/{b}/{c}", Permission: rest.AnyBearer, Query: []string{"x"}, OpenAPI: json.RawMessage(`{
			"operationId": "look", "tags": ["looks"], "responses": {"304": {"$ref": "#/components/responses/mine"}},
			"parameters": [{"$ref": "#/components/parameters/If-None-Match"}]
		}`)},
	}, nil, everywhere, nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, after struct{ Paths map[string]map[string]any }
	for _, part := range []struct {
		text []byte
		to   any
	}{{gen.OpenAPI, &before}, {text, &after}} {
		if err := json.Unmarshal(part.text, part.to); err != nil {
			t.Fatal(err)
		}
	}
	component := func(kind, name string) map[string]any {
		return map[string]any{"$ref": "#/components/" + kind + "/" + name}
	}
	headers := map[string]any{"X-Request-Id": component("headers", "X-Request-Id")}
	responses := map[string]any{
		"400": component("responses", "api.BadRequest"), "401": component("responses", "api.Unauthorized"),
		"403": component("responses", "api.Forbidden"), "405": component("responses", "api.MethodNotAllowed"),
		"413": component("responses", "api.BodyTooLarge"), "415": component("responses", "api.UnsupportedMediaType"),
		"422": component("responses", "api.ValidationFailed"), "429": component("responses", "api.TooManyRequests"),
		"500": component("responses", "api.InternalError"), "503": component("responses", "api.Unavailable"),
		"default": map[string]any{
			"description": "The request was refused; code says why.", "headers": headers,
			"content": map[string]any{"application/problem+json": map[string]any{"schema": component("schemas", "api.Problem")}},
		},
	}
	with := func(status string, response map[string]any, without ...string) map[string]any {
		all := maps.Clone(responses)
		all[status] = response
		maps.DeleteFunc(all, func(status string, _ any) bool { return slices.Contains(without, status) })
		return all
	}
	before.Paths["/api/users/{id}"]["put"] = map[string]any{
		"operationId": "putUsersId", "tags": []any{"users"}, "x-permission": "write",
		"responses": with("2XX", map[string]any{
			"description": "Done.", "headers": headers, "content": map[string]any{"application/json": map[string]any{}},
		}),
	}
	patched := with("415", component("responses", "api.UnsupportedPatch"))
	patched["2XX"] = map[string]any{"description": "Done.", "headers": headers, "content": map[string]any{"application/json": map[string]any{}}}
	patched["204"] = map[string]any{"description": "Done.", "headers": headers}
	before.Paths["/api/a"] = map[string]any{
		"parameters": []any{component("parameters", "X-Tenant"), component("parameters", "tenant")},
		"patch":      map[string]any{"operationId": "patchA", "tags": []any{"a"}, "responses": patched},
	}
	before.Paths["/api/users/{id}"]["put"].(map[string]any)["responses"].(map[string]any)["204"] = map[string]any{"description": "Done.", "headers": headers}
	before.Paths["/api/a/{b}/{c}"] = map[string]any{
		"parameters": []any{component("parameters", "X-Tenant"), component("parameters", "tenant")},
		"post": map[string]any{
			"operationId": "postABC", "tags": []any{"a"},
			"summary": "Do it", "responses": with("204", map[string]any{"description": "It is done.", "headers": headers}),
			"parameters": []any{
				map[string]any{"name": "c", "in": "path", "required": true, "schema": map[string]any{"type": "integer"}},
				map[string]any{"name": "b", "in": "query", "schema": map[string]any{"type": "string"}},
				map[string]any{"name": "b", "in": "path", "required": true, "schema": map[string]any{"type": "string"}},
			},
		},
		"get": map[string]any{
			"operationId": "look", "tags": []any{"looks"},
			"parameters": []any{
				component("parameters", "If-None-Match"),
				map[string]any{"name": "b", "in": "path", "required": true, "schema": map[string]any{"type": "string"}},
				map[string]any{"name": "c", "in": "path", "required": true, "schema": map[string]any{"type": "string"}},
				map[string]any{"name": "x", "in": "query", "required": false, "schema": map[string]any{"type": "string"}},
			},
			"responses": with("304", map[string]any{"$ref": "#/components/responses/mine"}, "413", "415", "422"),
		},
	}
	if diff := cmp.Diff(before.Paths, after.Paths); diff != "" {
		t.Error(diff)
	}
	for _, name := range regexp.MustCompile(`"#/components/([^"]+)"`).FindAllSubmatch(text, -1) {
		if kind, name, _ := strings.Cut(string(name[1]), "/"); !documents(t, text, kind, name) && name != "mine" {
			t.Errorf("the document has no %s %s, which it refers to", kind, name)
		}
	}
}

// TestDescribeKeeps has what a route says of itself, which stays as it is, and a
// document of another make, to whose components nothing refers.
func TestDescribeKeeps(t *testing.T) {
	const own = `{
		"operationId": "own", "tags": ["mine"],
		"parameters": [
			{"name": "tenant", "in": "query", "schema": {"type": "integer"}},
			{"name": "x", "in": "header", "content": {"text/plain": {}}}
		],
		"responses": {
			"200": {"description": "Mine.", "headers": {"X-Own": {"schema": {"type": "string"}}, "X-Request-Id": {"schema": {"type": "integer"}}}},
			"400": {"description": "Mine, too."},
			"default": {"description": "And mine."}
		}}`
	for name, document := range map[string][]byte{"generated": gen.OpenAPI, "another": []byte(`{"paths": {}, "info": {"title": "T"}}`)} {
		text, err := rest.Describe(document, []rest.Route{
			{Method: "GET", Path: "/api/own", Permission: "read", OpenAPI: json.RawMessage(own)}, {Method: "PUT", Path: "/api/bare", Permission: "read"},
		}, nil, everywhere, nil)
		if err != nil {
			t.Fatal(err)
		}
		if name == "another" && strings.Count(string(text), "$ref") != strings.Count(string(text), "#/components/schemas/api.Problem") {
			t.Errorf("%s: refers to what is not there: %s", name, text)
		}
		var have struct {
			Info  struct{ Title string }
			Paths map[string]map[string]json.RawMessage
		}
		var o struct {
			OperationID string
			Tags        []string
			Parameters  []map[string]any
			Responses   map[string]struct {
				Description string
				Headers     map[string]struct{ Schema struct{ Type string } }
			}
		}
		if err := json.Unmarshal(text, &have); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(have.Paths["/api/own"]["get"], &o); err != nil {
			t.Fatal(err)
		}
		if have.Info.Title == "" || o.OperationID != "own" || !slices.Equal(o.Tags, []string{"mine"}) || len(o.Parameters) != 2 || o.Parameters[1]["schema"] != nil {
			t.Errorf("%s: %+v", name, o)
		}
		if r := o.Responses; r["400"].Description != "Mine, too." || r["default"].Description != "And mine." || r["200"].Headers["X-Own"].Schema.Type != "string" || r["200"].Headers["X-Request-Id"].Schema.Type != "integer" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// documents reports whether a document has a component.
func documents(t *testing.T, text []byte, kind, name string) bool {
	t.Helper()
	var document struct {
		Components map[string]map[string]any
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document.Components[kind][name] != nil
}
