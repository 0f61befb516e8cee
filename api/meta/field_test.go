package meta_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
)

// order has members of every form.
var order = meta.Collection{
	Name: "orders",
	Fields: []meta.Field{
		{Name: "_id", Kind: "ObjectID"},
		{Name: "customer", Kind: "Ref", Collection: "users"},
		{Name: "state", Kind: "Enum", Values: []string{"open", "shipped", "paid"}},
		{Name: "tags", Kind: "Set", Elem: &meta.Field{Kind: "String", Text: true}},
		{Name: "items", Kind: "List", Elem: &meta.Field{Kind: "Object", Fields: []meta.Field{
			{Name: "sku", Kind: "String", Text: true}, {Name: "product", Kind: "Ref", Collection: "products"},
			{Name: "discounts", Kind: "List", Elem: &meta.Field{Kind: "Int"}},
		}}},
		{Name: "helpers", Kind: "Map", IsMap: true, Elem: &meta.Field{Kind: "Ref", Collection: "users"}},
		{Name: "ship", Kind: "Object", Fields: []meta.Field{{Name: "to", Kind: "Object", Fields: []meta.Field{{Name: "city", Kind: "String", Text: true}}}}},
		{Name: "createdAt", Kind: "Time"},
	},
	Indexes: []meta.Index{
		{Keys: []meta.Key{{Path: "state"}, {Path: "createdAt", Descending: true}, {Path: "_id"}}},
		{Keys: []meta.Key{{Path: "items.sku"}}, Partial: []meta.Condition{{Path: "ship.to.city", Op: meta.Exists}}},
		{Keys: []meta.Key{{Path: "tags"}, {Path: "gone"}}},
	},
}

func TestDerive(t *testing.T) {
	t.Parallel()
	c := meta.Derive(meta.Derive(order)) // once more comes to the same
	paths := []meta.Path{
		{Name: "_id"}, {Name: "state"}, {Name: "createdAt"}, {Name: "items.sku", Many: true, Text: true}, {Name: "ship.to.city", Text: true}, {Name: "tags", Many: true, Text: true},
	}
	if diff := cmp.Diff(paths, c.Paths, cmpopts.IgnoreFields(meta.Path{}, "Parse", "ParsePrefix")); diff != "" {
		t.Errorf("paths (-want +have):\n%s", diff)
	}
	refs := []meta.Ref{{Path: "customer", Collection: "users"}, {Path: "items.product", Collection: "products"}, {Path: "helpers.*", Collection: "users"}}
	if diff := cmp.Diff(refs, c.Refs); diff != "" {
		t.Errorf("references (-want +have):\n%s", diff)
	}
}

func TestFieldAtPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		kind string
		many bool
	}{
		"_id": {"ObjectID", false}, "ship.to.city": {"String", false}, "tags": {"Set", true}, "items": {"List", true}, "items.sku": {"String", true},
		"items.discounts": {"List", true}, "ship.to": {"Object", false}, "helpers": {"Map", false},
		"city": {}, "ship.city": {}, "ship.to.city.x": {}, "helpers.ada": {}, "": {}, "tags.": {},
	} {
		f, many, ok := order.Field(path)
		if ok != (want.kind != "") || ok && (f.Kind != want.kind || many != want.many) {
			t.Errorf("%q: %+v, %t, %t", path, f, many, ok)
		}
	}
}

func TestRejects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, text, want string }{
		{"state", "paid", ""}, {"state", "", "must be one of open, shipped or paid"}, {"tags", "any", ""}, {"ship.to.city", "", ""},
		{"createdAt", "now", "must be Time, not text"}, {"items.discounts", "1", "must be Int, not text"},
	} {
		f, _, _ := order.Field(test.path)
		if got := f.Rejects(test.text); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.path, test.text, got, test.want)
		}
	}
	ruled := meta.Field{Kind: "String", Text: true, Rule: &check.Text{MaxLen: 3}}
	for text, want := range map[string]string{"abc": "", "abcd": "must have at most 3 characters, has 4"} {
		if got := ruled.Rejects(text); got != want {
			t.Errorf("%q against a rule: %q, want %q", text, got, want)
		}
	}
}
