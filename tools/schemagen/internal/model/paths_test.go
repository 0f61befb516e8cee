package model

import (
	"testing"

	"github.com/partywall/partywall/schema/def"
)

func TestPathMistakes(t *testing.T) {
	inner := object("Inner", def.Field{Name: "key", Type: def.Int})
	part := object("Part", def.Field{Name: "inner", Type: def.Object(inner)})
	with := func(timestamps bool, index def.Index) []def.Collection {
		return one(indexed(person(def.Field{Name: "email", Type: def.String}, def.Field{Name: "part", Type: def.Object(part)}), index),
			func(c *def.Collection) { c.Timestamps = timestamps })
	}
	checkMistakes(t, []mistaken{
		{"unique through what is not required", with(false, def.Index{Keys: []string{"part.inner.key"}, Unique: true}), []string{
			`schema: Person index part.inner.key_1: is Unique, but part is not Required; write Required: true for part, or Partial with a Condition that says Exists`,
		}},
		{"near a timestamp", with(true, def.Index{Keys: []string{"createAt"}}), []string{
			`schema: Person index createAt_1__id_1: there is no field "createAt"; write a field there is, such as createdAt`,
		}},
		{"near a timestamp that is not there", with(false, def.Index{Keys: []string{"createAt"}}), []string{
			`schema: Person index createAt_1__id_1: there is no field "createAt"; write a field there is, such as email`,
		}},
	})
}
