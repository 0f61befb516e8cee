package openapi

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// resolve returns the component that o refers to, o itself if it refers to none.
func resolve(t *testing.T, document tree, o any) tree {
	t.Helper()
	ref, ok := o.(tree)["$ref"].(string)
	if !ok {
		return o.(tree)
	}
	return at(t, document, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(tree)
}

// TestOperationsSayWhatOccurs has a row for each operation: its answers, with
// their headers besides X-Request-Id, and in brackets those that need not be there.
func TestOperationsSayWhatOccurs(t *testing.T) {
	const refusals = `400 401(WWW-Authenticate) 403 405(Allow) 429(Retry-After) 500 503(Retry-After)`
	want := map[string]string{
		"get /api/small_things":         "200([Link]) " + refusals,
		"post /api/small_things":        "201(ETag,Location) 408 409 413 415([Accept-Encoding]) 422 " + refusals,
		"get /api/small_things/{id}":    "200(ETag) 304(ETag) 404 409(ETag) 412([ETag]) " + refusals,
		"patch /api/small_things/{id}":  "200(ETag) 404 408 409([ETag]) 412([ETag]) 413 415([Accept-Encoding],Accept-Patch) 422 428 " + refusals,
		"delete /api/small_things/{id}": "204 404 412([ETag]) 428 " + refusals,
		"post /api/login":               "200 408 413 415([Accept-Encoding]) 422 " + refusals,
		"post /api/refresh":             "200 408 413 415([Accept-Encoding]) 422 " + refusals,
		"post /api/logout":              "204 408 413 415([Accept-Encoding]) " + refusals,
		"post /api/password":            "204 408 412([ETag]) 413 415([Accept-Encoding]) 422 " + refusals,
		"get /healthz":                  "200 400 405(Allow) 500",
		"get /readyz":                   "200 400 405(Allow) 500 503(Retry-After)",
		"get /openapi.json":             "200 400 405(Allow) 500 503(Retry-After)",
		"get /.well-known/jwks.json":    "200 400 405(Allow) 500 503(Retry-After)",
	}
	_, document := newDocument(t)
	have := map[string]string{}
	for path, item := range at(t, document, "paths").(tree) {
		for method, o := range item.(tree) {
			if method != "parameters" {
				have[method+" "+path] = answersOf(t, document, at(t, o, "responses").(tree))
			}
		}
	}
	for name := range want {
		want[name] = sorted(want[name])
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("answers (-want +have):\n%s", diff)
	}
}

func sorted(words string) string {
	return strings.Join(slices.Sorted(slices.Values(strings.Fields(words))), " ")
}

// answersOf returns an operation's answers, as a row has them.
func answersOf(t *testing.T, document, responses tree) string {
	t.Helper()
	var rows []string
	for status, response := range responses {
		response := resolve(t, document, response)
		all := at(t, response, "headers").(tree)
		if all["X-Request-Id"] == nil {
			t.Errorf("%s has no X-Request-Id: %v", status, response)
		}
		var named []string
		for _, name := range slices.Sorted(maps.Keys(all)) {
			switch required := resolve(t, document, all[name])["required"] == true; {
			case name == "X-Request-Id":
			case required:
				named = append(named, name)
			default:
				named = append(named, "["+name+"]")
			}
		}
		slices.SortFunc(named, func(a, b string) int { return strings.Compare(strings.Trim(a, "["), strings.Trim(b, "[")) })
		if named != nil {
			status += "(" + strings.Join(named, ",") + ")"
		}
		rows = append(rows, status)
		if content, ok := response["content"].(tree); ok && status >= "4" && content["application/problem+json"] == nil {
			t.Errorf("%s is no problem: %v", status, response)
		}
	}
	return sorted(strings.Join(rows, " "))
}

// Whoever sends a request that may change something says for which state.
func TestOperationsTakeHeadersAndTenants(t *testing.T) {
	want := map[string]string{
		"/api/small_things":            "X-Tenant tenant",
		"/api/small_things/{id}":       "X-Tenant id! tenant",
		"get /api/small_things/{id}":   "If-Match If-None-Match expand fields",
		"patch /api/small_things/{id}": "If-Match!", "delete /api/small_things/{id}": "If-Match!",
		"/api/login": "X-Tenant tenant", "/api/refresh": "X-Tenant tenant", "/api/logout": "X-Tenant tenant", "/api/password": "X-Tenant tenant",
	}
	_, document := newDocument(t)
	have := map[string]string{}
	note := func(name string, of any) {
		list, _ := of.(tree)["parameters"].([]any)
		var names []string
		for _, p := range list {
			p := resolve(t, document, p)
			name := p["name"].(string)
			if p["required"] == true {
				name += "!"
			}
			names = append(names, name)
		}
		if names != nil && name != "get /api/small_things" {
			have[name] = sorted(strings.Join(names, " "))
		}
	}
	for path, item := range at(t, document, "paths").(tree) {
		note(path, item)
		for method, o := range item.(tree) {
			if method != "parameters" {
				note(method+" "+path, o)
			}
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("parameters (-want +have):\n%s", diff)
	}
}

func TestPatchesHaveTwoMediaTypes(t *testing.T) {
	_, document := newDocument(t)
	content := at(t, document, "paths", "/api/small_things/{id}", "patch", "requestBody", "content").(tree)
	patch := tree{"schema": tree{"$ref": "#/components/schemas/Thing.Patch"}}
	if diff := cmp.Diff(tree{"application/json": patch, "application/merge-patch+json": patch}, content); diff != "" {
		t.Errorf("PATCH takes (-want +have):\n%s", diff)
	}
}

// The collection of accounts has rules of its own, which refuse with 409.
func TestOnlyUsersHaveALastOne(t *testing.T) {
	for _, name := range []string{"users", "small_things"} {
		o := removeOperation(operation{}, &model.Collection{Name: name, Entity: "Thing"})
		said := slices.ContainsFunc(slices.Concat(o.responses...), func(m member) bool { return m.Name == "409" })
		if said != (name == "users") {
			t.Errorf("DELETE of %s can be refused with 409: %v", name, said)
		}
	}
}
