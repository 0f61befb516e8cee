package model

import (
	"testing"

	"github.com/partywall/partywall/schema/def"
)

// TestIndex: what generated code says of an index, and whether it looks up one document.
func TestIndex(t *testing.T) {
	c := resolve(t, indexed(person(
		def.Field{Name: "email", Type: def.String, Required: true}, def.Field{Name: "rank", Type: def.Int, Required: true},
		def.Field{Name: "tags", Type: def.Set(def.String), Required: true},
	),
		def.Index{Keys: []string{"email", "-rank"}, Unique: true, Partial: []def.Condition{
			{Path: "rank", Op: def.Greater, Value: 3}, {Path: "rank", Op: def.Less, Value: 9}, {Path: "email", Value: "a"},
		}},
		def.Index{Keys: []string{"rank"}},
		def.Index{Keys: []string{"rank", "tags"}, Unique: true},
	))
	for i, want := range []struct {
		keys   string
		lookup bool
		email  any
	}{
		{"EmailAndRank", true, "a"}, {"RankAndID", false, nil}, {"RankAndTags", false, nil},
	} {
		x := c.Indexes[i]
		if x.GoKeys() != want.keys || x.IsLookup() != want.lookup {
			t.Errorf("index %s: keys %s, a lookup: %t", x.Name, x.GoKeys(), x.IsLookup())
		}
		if email, rank := x.Limit("email"), x.Limit("rank"); email != want.email || rank != nil {
			t.Errorf("index %s: limited to the email %v, to the rank %v", x.Name, email, rank)
		}
	}
}
