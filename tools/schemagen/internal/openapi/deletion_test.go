package openapi

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// TestDeletion: a collection that keeps deleted documents has routes and a parameter for them,
// for full roles, and no other has.
func TestDeletion(t *testing.T) {
	t.Parallel()
	s := newSchema()
	c := s.Collections[slices.IndexFunc(s.Collections, (*model.Collection).Served)]
	s.Policy.Full, c.SoftDelete = []string{"super"}, true
	deletedAt := &model.Path{Name: meta.DeletedPath, Go: "DeletedAt", Type: kinds.Timestamp, Optional: true}
	c.Paths = append(c.Paths, deletedAt)
	c.Indexes = append(c.Indexes,
		&model.Index{Name: "bin", Keys: []model.Key{{Path: deletedAt}, {Path: c.Paths[0]}}},
		&model.Index{Name: "binOnly", Keys: []model.Key{{Path: deletedAt, Descending: true}, {Path: c.Paths[0]}}, Partial: []model.Condition{{Path: deletedAt, Op: def.Exists}}})
	text, err := Document(s)
	if err != nil {
		t.Fatal(err)
	}
	var document tree
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	one := "/api/" + c.Name + "/{id}"
	for path, want := range map[string]string{
		one + "/restore": "200(ETag) 400 401(WWW-Authenticate) 403 404 405(Allow) 408 409([ETag]) 413 415([Accept-Encoding]) 429(Retry-After) 500 503(Retry-After)",
		one + "/purge":   "204 400 401(WWW-Authenticate) 403 404 405(Allow) 408 413 415([Accept-Encoding]) 429(Retry-After) 500 503(Retry-After)",
	} {
		o := at(t, document, "paths", path, "post").(tree)
		if have := answersOf(t, document, at(t, o, "responses").(tree)); have != sorted(want) {
			t.Errorf("%s: %s", path, have)
		}
		if diff := cmp.Diff([]any{"super"}, o["x-roles"]); diff != "" || o["x-permission"] != nil {
			t.Errorf("%s: %s", path, diff)
		}
	}
	needs := map[string]any{}
	for _, p := range append(at(t, document, "paths", "/api/"+c.Name, "get", "parameters").([]any), at(t, document, "paths", one, "get", "parameters").([]any)...) {
		if p := p.(tree); p["name"] == "deleted" || p["name"] == "deletedAt[gte]" || p["name"] == "deletedAt" {
			needs[p["name"].(string)] = p["x-needs"]
		}
	}
	among := []any{[]any{"deleted=true"}}
	if diff := cmp.Diff(map[string]any{"deleted": nil, "deletedAt": among, "deletedAt[gte]": among}, needs); diff != "" {
		t.Errorf("parameters (-want +have):\n%s", diff)
	}
	if shown := properties(t, document, c.Entity); shown["deletedAt"] == nil {
		t.Errorf("%s has %v", c.Entity, shown)
	}
	if made := properties(t, document, c.Entity+string(createForm)); made["deletedAt"] != nil {
		t.Error("a new document can be deleted")
	}
	_, other := newDocument(t)
	if paths := at(t, other, "paths").(tree); paths[one+"/restore"] != nil || paths[one+"/purge"] != nil {
		t.Error("what is not kept can be restored")
	}
}

// TestPathsOfChosenIDs: each path below a collection whose documents are known by text says so, and deletedAt
// can be asked for.
func TestPathsOfChosenIDs(t *testing.T) {
	t.Parallel()
	s := newSchema()
	c := s.Collections[slices.IndexFunc(s.Collections, (*model.Collection).Served)]
	c.ID, c.SoftDelete = kinds.ID{Kind: def.KindString}, true
	inners := c.Fields[slices.IndexFunc(c.Fields, func(f *kinds.Field) bool { return f.Name == "inners" })]
	inners.Type.Elem.Struct.HasID = true
	text, err := Document(s)
	if err != nil {
		t.Fatal(err)
	}
	var document tree
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	one := "/api/" + c.Name + "/{id}"
	for _, path := range []string{one, one + "/restore", one + "/purge", one + "/inners", one + "/inners/{item}"} {
		if id := at(t, document, "paths", path, "parameters").([]any)[0].(tree); id["name"] != "id" || id["schema"].(tree)["pattern"] != nil {
			t.Errorf("%s has %v", path, id)
		}
	}
	for _, p := range at(t, document, "paths", one, "get", "parameters").([]any) {
		if p := p.(tree); p["name"] == "fields" && !slices.Contains(at(t, p, "schema", "items", "enum").([]any), any("deletedAt")) {
			t.Errorf("fields are %v", p["schema"])
		}
	}
}
