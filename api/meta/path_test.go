package meta_test

import (
	"testing"

	"github.com/partywall/partywall/api/meta"
)

// letter has members of every form, which have other names in the database.
var letter = meta.Collection{
	Name: "letters", Stored: "Letter",
	Fields: []meta.Field{
		{Name: "_id", Kind: "ObjectID"},
		{Name: "to", Stored: "_to", Kind: "Ref", Collection: "people", CollectionStored: "Person"},
		{Name: "parts", Stored: "_parts", Kind: "List", Elem: &meta.Field{Kind: "Object", Fields: []meta.Field{
			{Name: "text", Stored: "_t", Kind: "String"}, {Name: "by", Kind: "Ref", Collection: "people"},
		}}},
		{Name: "grid", Stored: "_g", Kind: "List", Elem: &meta.Field{Kind: "List", Elem: &meta.Field{Kind: "Object", Fields: []meta.Field{{Name: "x", Stored: "_x", Kind: "Int"}}}}},
		{Name: "days", Stored: "_days", Kind: "Map", IsMap: true, Elem: &meta.Field{Kind: "Object", Fields: []meta.Field{{Name: "text", Stored: "_t", Kind: "String"}}}},
		{Name: "plain", Kind: "Object", Fields: []meta.Field{{Name: "in", Stored: "_in", Kind: "String"}}},
	},
	Indexes: []meta.Index{{Keys: []meta.Key{{Path: "_parts._t"}, {Path: "_id"}}}, {Keys: []meta.Key{{Path: "plain._in"}, {Path: "_id"}}}},
}

// TestJSONPaths has a row for each way that a path leads through a document.
func TestJSONPaths(t *testing.T) {
	for stored, want := range map[string]string{
		"_to": "to", "_parts": "parts", "_parts.0": "parts.0", "_parts.0._t": "parts.0.text", "_parts._t": "parts.text", "_parts.12.by": "parts.12.by",
		"_days.monday._t": "days.monday.text", "_days._t": "days._t", "_days.*._t": "days.*.text", "_days.0._t": "days.0.text", "plain._in": "plain.in", "_id": "_id",
		"_g.0.1._x": "grid.0.1.x", "to": "to", "none": "none", "none._t": "none._t", "_parts.0.none": "parts.0.none", "": "", "_to.deeper": "to.deeper", "_t": "_t",
	} {
		if have := letter.JSONPath(stored); have != want {
			t.Errorf("%s is %s, want %s", stored, have, want)
		}
	}
	for named, want := range map[string]string{"to": "_to", "parts.text": "_parts._t", "plain.in": "plain._in", "_id": "_id"} {
		if have, ok := letter.StoredPath(named); !ok || have != want {
			t.Errorf("%s is stored as %s, %t, want %s", named, have, ok, want)
		}
	}
	for _, named := range []string{"_to", "parts._t", "plain._in", "", "none", "to.x", "parts.0"} {
		if have, ok := letter.StoredPath(named); ok {
			t.Errorf("%s is stored as %s", named, have)
		}
	}
}

// TestDerivedPathsHaveBothNames: those of indexes and of references.
func TestDerivedPathsHaveBothNames(t *testing.T) {
	c := meta.Derive(letter)
	for stored, want := range map[string]string{"_id": "_id", "_parts._t": "parts.text", "plain._in": "plain.in"} {
		if p := c.Path(stored); p == nil || p.JSONName() != want {
			t.Errorf("%s: %+v, want %s", stored, p, want)
		}
	}
	if c.StoredName() != "Letter" || len(c.Refs) != 2 || c.Refs[0].JSONName() != "to" || c.Refs[0].StoredCollection() != "Person" || c.Refs[1].JSONName() != "parts.by" || c.Refs[1].StoredCollection() != "people" {
		t.Errorf("%+v", c.Refs)
	}
}
