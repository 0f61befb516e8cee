package model

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
)

func TestIndexMistakes(t *testing.T) {
	part := object("Part", def.Field{Name: "key", Type: def.Int}, def.Field{Name: "sizes", Type: def.List(def.Int)})
	var numbers []def.Field
	for i := range 70 {
		numbers = append(numbers, def.Field{Name: fmt.Sprintf("n%d", i), Type: def.Int})
	}
	all := append([]def.Field{
		{Name: "email", Type: def.String, Required: true},
		{Name: "name", Type: def.String},
		{Name: "secret", Type: def.Secret},
		{Name: "part", Type: def.Object(part), Required: true},
		{Name: "parts", Type: def.List(def.Object(part)), Required: true},
		{Name: "tags", Type: def.Set(def.String), Required: true},
		{Name: "limit", Type: def.Int},
		{Name: "after", Type: def.Int},
		{Name: "sort", Type: def.Int},
		{Name: "tenant", Type: def.Int},
		{Name: "more", Type: def.Any},
		{Name: "rest", Type: def.List(def.Any)},
	}, numbers...)
	with := func(indexes ...def.Index) []def.Collection {
		return []def.Collection{indexed(person(all...), indexes...)}
	}
	on := func(keys ...string) []def.Collection { return with(def.Index{Keys: keys}) }
	unique := func(keys ...string) []def.Collection { return with(def.Index{Keys: keys, Unique: true}) }
	called := func(name string) []def.Collection { return with(def.Index{Name: name, Keys: []string{"name"}}) }
	many := func(n int) []def.Index {
		var list []def.Index
		for i := range n {
			list = append(list, def.Index{Keys: []string{fmt.Sprintf("n%d", i)}})
		}
		return list
	}
	keys := func(n int) []string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("n%d", i))
		}
		return list
	}
	private := indexed(person(all...), def.Index{Keys: []string{"limit"}})
	private.Private = true
	checkMistakes(t, []mistaken{
		{"no keys", on(), []string{
			`schema: Person index 1: has no Keys; write the path of at least one field`,
		}},
		{"unknown", on("mail"), []string{
			`schema: Person index mail_1__id_1: there is no field "mail"; write a field there is, such as email`,
		}},
		{"unknown member", on("part.keys"), []string{
			`schema: Person index part.keys_1__id_1: there is no field "part.keys"; write a field there is, such as part.key`,
		}},
		{"no timestamps", on("-createdAt"), []string{
			`schema: Person index createdAt_-1__id_-1: there is no field createdAt; write Timestamps: true, which adds it`,
		}},
		{"empty key", on(""), []string{
			`schema: Person index _1__id_1: there is no field ""; write a field there is, such as n0`,
		}},
		{"twice", on("name", "-name"), []string{
			`schema: Person index name_1_name_-1__id_-1: has the key "name" twice; write it once`,
		}},
		{"through a scalar", on("name.first"), []string{
			`schema: Person index name.first_1__id_1: name.first runs through name, which has no members; write name alone`,
		}},
		{"through a list of scalars", on("tags.first"), []string{
			`schema: Person index tags.first_1__id_1: tags.first runs through tags, which has no members; write tags alone`,
		}},
		{"through _id", on("_id.x"), []string{
			`schema: Person index _id.x_1__id_1: _id.x runs through _id, which has no members; write _id alone`,
		}},
		{"a member of a timestamp", one(indexed(person(all...), def.Index{Keys: []string{"createdAt.x"}}), func(c *def.Collection) { c.Timestamps = true }), []string{
			`schema: Person index createdAt.x_1__id_1: createdAt.x runs through createdAt, which has no members; write createdAt alone`,
		}},
		{"at an object", on("part"), []string{
			`schema: Person index part_1__id_1: part is an Object; write the path of one of its members, such as part.key`,
		}},
		{"at a list of objects", on("parts"), []string{
			`schema: Person index parts_1__id_1: parts is an Object; write the path of one of its members, such as parts.key`,
		}},
		{"any", on("more"), []string{
			`schema: Person index more_1__id_1: more is an Any, whose values have no order to find them by; write an index without it, and a field of its own for what is looked for`,
		}},
		{"within any", on("more.x"), []string{
			`schema: Person index more.x_1__id_1: more is an Any, whose values have no order to find them by; write an index without it, and a field of its own for what is looked for`,
		}},
		{"a list of any", on("rest"), []string{
			`schema: Person index rest_1__id_1: rest is an Any, whose values have no order to find them by; write an index without it, and a field of its own for what is looked for`,
		}},
		{"secret", on("secret"), []string{
			`schema: Person index secret_1__id_1: secret is a Secret, which nothing can look up; write an index without it`,
		}},
		{"unique on a list of objects", unique("parts.key"), []string{
			`schema: Person index parts.key_1: is Unique through parts, a list of Objects; write no Unique, or the Objects as a collection of their own`,
		}},
		{"unique on a list", unique("tags"), nil},
		{"unique and not required", unique("email", "name"), []string{
			`schema: Person index email_1_name_1: is Unique, but name is not Required; write Required: true for name, or Partial with a Condition that says Exists`,
		}},
		{"unique and a member not required", unique("part.key"), []string{
			`schema: Person index part.key_1: is Unique, but part.key is not Required; write Required: true for part.key, or Partial with a Condition that says Exists`,
		}},
		{"unique with _id", unique("email", "_id"), nil},
		{"same name", with(def.Index{Name: "a", Keys: []string{"name"}}, def.Index{Name: "a", Keys: []string{"email"}}), []string{
			`schema: Person index a: has the name of an index before it; write a Name of its own`,
		}},
		{"same keys", with(def.Index{Keys: []string{"name"}}, def.Index{Name: "a", Keys: []string{"name"}}), []string{
			`schema: Person index a: has the keys of the index name_1__id_1 before it; write one of the two`,
		}},
		{"same keys, three times", with(def.Index{Keys: []string{"name"}}, def.Index{Name: "a", Keys: []string{"name"}}, def.Index{Name: "b", Keys: []string{"name"}}), []string{
			`schema: Person index a: has the keys of the index name_1__id_1 before it; write one of the two`,
			`schema: Person index b: has the keys of the index name_1__id_1 before it; write one of the two`,
		}},
		{"same keys but for an unknown one", with(def.Index{Keys: []string{"name"}}, def.Index{Keys: []string{"nothing", "name"}}), []string{
			`schema: Person index nothing_1_name_1__id_1: there is no field "nothing"; write a field there is, such as email`,
		}},
		{"unique but for an unknown key", with(def.Index{Keys: []string{"email"}, Unique: true}, def.Index{Keys: []string{"nothing", "-email"}, Unique: true}), []string{
			`schema: Person index nothing_1_email_-1: there is no field "nothing"; write a field there is, such as email`,
		}},
		{"same keys with _id", with(def.Index{Keys: []string{"name"}}, def.Index{Keys: []string{"name", "_id"}}), []string{
			`schema: Person index name_1__id_1: has the keys of the index name_1__id_1 before it; write one of the two`,
		}},
		{"same keys, one unique", with(def.Index{Keys: []string{"email"}, Unique: true}, def.Index{Keys: []string{"email"}}), []string{
			`schema: Person index email_1__id_1: has the keys of the index email_1 before it; write one of the two`,
		}},
		{"same keys in both directions", with(def.Index{Keys: []string{"name"}}, def.Index{Keys: []string{"-name"}}), nil},
		{"unique in both directions", with(def.Index{Keys: []string{"email"}, Unique: true}, def.Index{Keys: []string{"-email"}, Unique: true}), []string{
			`schema: Person index email_-1: is Unique on the paths of the index email_1 before it; write one of the two`,
		}},
		{"two unknown", with(def.Index{Keys: []string{"a"}}, def.Index{Keys: []string{"b"}}), []string{
			`schema: Person index a_1__id_1: there is no field "a"; write a field there is, such as n0`,
			`schema: Person index b_1__id_1: there is no field "b"; write a field there is, such as n0`,
		}},
		{"two lists", on("tags", "parts.key"), []string{
			`schema: Person index tags_1_parts.key_1__id_1: has 2 paths through lists, tags and parts.key; write an index for each`,
		}},
		{"two paths of one list", on("parts.sizes", "parts.key"), []string{
			`schema: Person index parts.sizes_1_parts.key_1__id_1: has 2 paths through lists, parts.sizes and parts.key; write an index for each`,
		}},
		{"longest name", called(strings.Repeat("a", 127)), nil},
		{"long name", called(strings.Repeat("a", 128)), []string{
			`schema: Person index aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: the name has 128 bytes; write a Name of at most 127`,
		}},
		{"dollar", called("a$"), []string{
			`schema: Person index a$: the name "a$" has a $ or a zero byte; write a Name without`,
		}},
		{"zero byte", called("a\x00"), []string{
			`schema: Person index a\x00: the name "a\x00" has a $ or a zero byte; write a Name without`,
		}},
		{"star", called("*"), []string{
			`schema: Person index *: the name "*" is MongoDB's own; write another Name`,
		}},
		{"_id_", called("_id_"), []string{
			`schema: Person index _id_: the name "_id_" is MongoDB's own; write another Name`,
		}},
		{"_id alone", on("-_id"), []string{
			`schema: Person index _id_-1: indexes _id alone, as MongoDB does by itself; write no such index`,
		}},
		{"sparse with _id", with(def.Index{Keys: []string{"name", "_id"}, Sparse: true}), []string{
			`schema: Person index name_1__id_1: is Sparse, but no document lacks the _id among its keys; write Partial with a Condition that says Exists, in place of Sparse`,
		}},
		{"31 keys", with(def.Index{Name: "a", Keys: keys(31)}), nil},
		{"32 keys", with(def.Index{Name: "a", Keys: keys(32)}), []string{
			`schema: Person index a: has 33 keys; write at most 32, the _id that ends it included`,
		}},
		{"63 indexes", with(many(63)...), nil},
		{"64 indexes", with(many(64)...), []string{
			`schema: Person: has 64 Indexes; write at most 63`,
		}},
		{"led by limit", on("limit"), []string{
			`schema: Person index limit_1__id_1: is led by limit, which means something else in a request for a list; write another name for the field, or Private: true`,
		}},
		{"led by after", on("-after"), []string{
			`schema: Person index after_-1__id_-1: is led by after, which means something else in a request for a list; write another name for the field, or Private: true`,
		}},
		{"led by sort", on("sort", "name"), []string{
			`schema: Person index sort_1_name_1__id_1: is led by sort, which means something else in a request for a list; write another name for the field, or Private: true`,
		}},
		{"led by tenant", on("tenant"), []string{
			`schema: Person index tenant_1__id_1: is led by tenant, which means something else in a request for a list; write another name for the field, or Private: true`,
		}},
		{"limit second", on("name", "limit"), nil},
		{"led by limit, not served", []def.Collection{private}, nil},
	})
}

// TestServing: what limits an index limits the queries that it serves.
func TestServing(t *testing.T) {
	c := resolve(t, indexed(person(
		def.Field{Name: "a", Type: def.Int}, def.Field{Name: "b", Type: def.Time}, def.Field{Name: "c", Type: def.String},
	), def.Index{Keys: []string{"-a"}, Unique: true, Partial: []def.Condition{
		{Path: "a", Op: def.Greater, Value: 3}, {Path: "b", Op: def.Exists}, {Path: "c", Value: "x"},
	}}))
	want := &meta.Index{
		Keys: []meta.Key{{Path: "a", Descending: true}}, Unique: true,
		Partial: []meta.Condition{{Path: "a", Op: meta.Gt}, {Path: "b", Op: meta.Exists}, {Path: "c", Op: meta.Eq}},
	}
	if diff := cmp.Diff(want, c.Indexes[0].Serving(), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Error(diff)
	}
}

// TestIndexesBesideEachOther: what MongoDB takes beside an index, and queries want, is no
// mistake.
func TestIndexesBesideEachOther(t *testing.T) {
	due, name := def.Field{Name: "due", Type: def.Time, Required: true}, def.Field{Name: "name", Type: def.String}
	given := []def.Condition{{Path: "name", Op: def.Greater, Value: ""}}
	for what, indexes := range map[string][]def.Index{
		"sparse and not":                      {{Keys: []string{"name"}, Sparse: true}, {Keys: []string{"name"}}},
		"an expiry, and unique the other way": {{Keys: []string{"due"}, TTL: time.Hour}, {Keys: []string{"-due"}, Unique: true}},
		"unique, and sparse the other way":    {{Keys: []string{"due"}, Unique: true}, {Keys: []string{"-due"}, Sparse: true}},
		"an expiry and not":                   {{Keys: []string{"due"}, TTL: time.Hour}, {Keys: []string{"due"}}},
		"unique where it is given, and not":   {{Keys: []string{"name"}, Unique: true, Partial: given}, {Keys: []string{"name"}}},
		"unique or not where it is given":     {{Keys: []string{"name"}, Unique: true, Partial: given}, {Keys: []string{"name"}, Partial: given}},
	} {
		if _, err := load(t, def.Policy{}, indexed(person(due, name), indexes...)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestConditionsAtTheBounds: a value as short, or as long, as a field may have it is one
// that documents can have.
func TestConditionsAtTheBounds(t *testing.T) {
	code := def.Field{Name: "code", Type: def.String, Required: true, MinLen: 2, MaxLen: 4}
	for value, fits := range map[string]bool{"a": false, "ab": true, "abc": true, "abcd": true, "abcde": false} {
		_, err := load(t, def.Policy{}, indexed(person(code), def.Index{Keys: []string{"code"}, Partial: []def.Condition{{Path: "code", Value: value}}}))
		if (err == nil) != fits {
			t.Errorf("%q: %v", value, err)
		}
	}
}
