package evolve_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/evolve"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// Members on which nothing that is stored depends. What Exact leaves out is seen in the keys.
var unstored = map[reflect.Type][]string{
	reflect.TypeFor[def.Collection](): {"Entity", "Doc", "IgnoredIndexes", "Private", "Access"},
	reflect.TypeFor[def.Struct]():     {"Name", "Doc"},
	reflect.TypeFor[def.Field]():      {"Doc", "Immutable", "SetBy", "Hidden", "ReadOnly", "WriteOnly"},
	reflect.TypeFor[def.Rules]():      nil,
	reflect.TypeFor[def.Index]():      {"Doc"},
	reflect.TypeFor[def.Type]():       {"Name"},
}

// Each change of a member that is not listed there changes the description.
func TestEveryMemberIsDescribed(t *testing.T) {
	t.Parallel()
	changed := map[reflect.Type]map[string]func(c *def.Collection){
		reflect.TypeFor[def.Collection](): {
			"Name": func(c *def.Collection) { c.Name = "others" }, "Scope": func(c *def.Collection) { c.Scope = def.Admin },
			"Fields": func(c *def.Collection) { c.Fields = c.Fields[1:] }, "Indexes": func(c *def.Collection) { c.Indexes = nil },
			"Collation": func(c *def.Collection) { c.Collation.Locale = "en" }, "Timestamps": func(c *def.Collection) { c.Timestamps = true },
			"Stored":     func(c *def.Collection) { c.Stored = "Thing" },
			"CreatedAt":  func(c *def.Collection) { c.Timestamps, c.CreatedAt = true, "made" },
			"UpdatedAt":  func(c *def.Collection) { c.Timestamps, c.UpdatedAt = true, "-" },
			"ID":         func(c *def.Collection) { c.ID = def.String },
			"SoftDelete": func(c *def.Collection) { c.SoftDelete = true }, "KeepDeleted": func(c *def.Collection) { c.SoftDelete, c.KeepDeleted = true, time.Hour },
		},
		reflect.TypeFor[def.Struct](): {
			"Fields": func(c *def.Collection) { c.Fields[3].Type.Struct.Fields[0].Name = "b" },
			"ID":     func(c *def.Collection) { c.Fields[9].Type.Elem.Struct.ID = true },
		},
		reflect.TypeFor[def.Field](): {
			"Name": func(c *def.Collection) { c.Fields[0].Name = "other" }, "Stored": func(c *def.Collection) { c.Fields[0].Stored = "_text" }, "Type": func(c *def.Collection) { c.Fields[0].Type = def.Bytes },
			"Required": func(c *def.Collection) { c.Fields[0].Required = true }, "Default": func(c *def.Collection) { c.Fields[0].Default = "" },
			"Format": func(c *def.Collection) { c.Fields[0].Format = def.Email }, "Trim": func(c *def.Collection) { c.Fields[0].Trim = true },
			"Lower": func(c *def.Collection) { c.Fields[0].Lower = true }, "Upper": func(c *def.Collection) { c.Fields[0].Upper = true },
			"Min": func(c *def.Collection) { c.Fields[1].Min = 1 }, "Max": func(c *def.Collection) { c.Fields[1].Max = 1 },
			"MinLen": func(c *def.Collection) { c.Fields[0].MinLen = 1 }, "MaxLen": func(c *def.Collection) { c.Fields[0].MaxLen = 1 },
			"RequiredIf": func(c *def.Collection) {
				c.Fields[0].RequiredIf = []def.Condition{{Path: c.Fields[1].Name, Op: def.Exists}}
			},
			"Check":   func(c *def.Collection) { c.Fields[0].Check = "a" },
			"Pattern": func(c *def.Collection) { c.Fields[0].Pattern = "a" }, "Each": func(c *def.Collection) { c.Fields[2].Each.Trim = true },
		},
		reflect.TypeFor[def.Rules](): {
			"Format": func(c *def.Collection) { c.Fields[2].Each.Format = def.URL }, "Trim": func(c *def.Collection) { c.Fields[2].Each.Trim = true },
			"Lower": func(c *def.Collection) { c.Fields[2].Each.Lower = true }, "Upper": func(c *def.Collection) { c.Fields[2].Each.Upper = true },
			"Min": func(c *def.Collection) { c.Fields[4].Each.Min = 1 }, "Max": func(c *def.Collection) { c.Fields[4].Each.Max = 1 },
			"MinLen": func(c *def.Collection) { c.Fields[2].Each.MinLen = 1 }, "MaxLen": func(c *def.Collection) { c.Fields[2].Each.MaxLen = 1 },
			"Pattern": func(c *def.Collection) { c.Fields[2].Each.Pattern = "a" }, "Check": func(c *def.Collection) { c.Fields[2].Each.Check = "a" },
		},
		reflect.TypeFor[def.Index](): {
			"Name": func(c *def.Collection) { c.Indexes[0].Name = "other" }, "Keys": func(c *def.Collection) { c.Indexes[0].Keys = []string{"-at"} },
			"Unique": func(c *def.Collection) { c.Fields[6].Required, c.Indexes[0].Unique = true, true }, "TTL": func(c *def.Collection) { c.Indexes[0].TTL = time.Hour },
			"Sparse": func(c *def.Collection) { c.Indexes[0].Sparse = true }, "Exact": func(c *def.Collection) { c.Indexes[0].Exact = true },
			"Kind":      func(c *def.Collection) { c.Indexes[1].Kind = def.Ordered },
			"Weights":   func(c *def.Collection) { c.Indexes[1].Weights = map[string]int{"words": 3} },
			"Language":  func(c *def.Collection) { c.Indexes[1].Language = "german" },
			"Partial":   func(c *def.Collection) { c.Indexes[0].Partial = []def.Condition{{Path: "n", Op: def.Less, Value: 5}} },
			"Collation": func(c *def.Collection) { c.Indexes[0].Collation.Locale = "en" }, "Hidden": func(c *def.Collection) { c.Indexes[0].Hidden = true },
		},
		reflect.TypeFor[def.Type](): {
			"Kind": func(c *def.Collection) { c.Fields[0].Type = def.Bool }, "Values": func(c *def.Collection) { c.Fields[5].Type = def.Enum("b") },
			"Elem":       func(c *def.Collection) { c.Fields[2].Type = def.List(def.Int) },
			"Struct":     func(c *def.Collection) { c.Fields[3].Type.Struct.Fields[0].Required = true },
			"Collection": func(c *def.Collection) { c.Fields[7].Type = def.Ref("second") },
		},
	}
	plain := describe(t, func(*def.Collection) {})
	for declared, changes := range changed {
		for _, member := range reflect.VisibleFields(declared) {
			change := changes[member.Name]
			switch {
			case change == nil && !slices.Contains(unstored[declared], member.Name):
				t.Errorf("%s.%s: describe it in describe.go, or list it here", declared, member.Name)
			case change != nil && bytes.Equal(describe(t, change), plain):
				t.Errorf("%s.%s changes nothing that is described", declared, member.Name)
			}
		}
	}
}

// describe returns the lines for a collection that has a field for each rule, once changed.
func describe(t *testing.T, change func(*def.Collection)) []byte {
	t.Helper()
	c := def.Collection{
		Name: "things", Entity: "Thing",
		Fields: []def.Field{
			{Name: "text", Type: def.String},
			{Name: "n", Type: def.Int},
			{Name: "list", Type: def.List(def.String)},
			{Name: "object", Type: def.Object(def.Struct{Name: "Inner", Fields: []def.Field{{Name: "a", Type: def.Int}}})},
			{Name: "numbers", Type: def.Map(def.Int)},
			{Name: "state", Type: def.Enum("a")},
			{Name: "at", Type: def.Time},
			{Name: "ref", Type: def.Ref("first")},
			{Name: "words", Type: def.String},
			{Name: "objects", Type: def.List(def.Object(def.Struct{Name: "Element", Fields: []def.Field{{Name: "a", Type: def.Int}}}))},
		},
		Indexes: []def.Index{{Keys: []string{"at"}}, {Keys: []string{"words"}, Kind: def.Text}},
	}
	change(&c)
	other := func(name, entity string) def.Collection {
		return def.Collection{Name: name, Entity: entity, Scope: c.Scope, Fields: []def.Field{{Name: "a", Type: def.Int}}}
	}
	schema, err := model.Load(model.Input{
		Collections: []def.Collection{c, other("first", "First"), other("second", "Second")}, Root: t.TempDir(), Dir: ".",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := evolve.Describe(schema)
	s.Collections = s.Collections[:1]
	return evolve.Encode(s)
}
