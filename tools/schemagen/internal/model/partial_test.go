package model

import (
	"testing"
	"time"

	"github.com/partywall/partywall/schema/def"
)

func TestExpiryMistakes(t *testing.T) {
	on := func(index def.Index) []def.Collection {
		c := indexed(person(
			def.Field{Name: "until", Type: def.Time, Required: true},
			def.Field{Name: "times", Type: def.List(def.Time)},
			def.Field{Name: "n", Type: def.Int},
		), index)
		c.Timestamps = true
		return []def.Collection{c}
	}
	after := func(ttl any, keys ...string) []def.Collection { return on(def.Index{Keys: keys, TTL: ttl}) }
	checkMistakes(t, []mistaken{
		{"at the date", after(0, "until"), nil},
		{"later", after(36*time.Hour, "-createdAt"), nil},
		{"many dates", after(time.Duration(0), "times"), nil},
		{"a number", after(3600, "until"), []string{
			`schema: Person index until_1: the TTL is of Go type int, not time.Duration; write a time.Duration such as 24*time.Hour, or 0`,
		}},
		{"before", after(-time.Hour, "until"), []string{
			`schema: Person index until_1: the TTL is -1h0m0s; write whole seconds, from 0 to 2147483647`,
		}},
		{"too fine", after(1500*time.Millisecond, "until"), []string{
			`schema: Person index until_1: the TTL is 1.5s; write whole seconds, from 0 to 2147483647`,
		}},
		{"longest", after((1<<31-1)*time.Second, "until"), nil},
		{"too long", after(1<<31*time.Second, "until"), []string{
			`schema: Person index until_1: the TTL is 596523h14m8s; write whole seconds, from 0 to 2147483647`,
		}},
		{"no date", after(0, "n"), []string{
			`schema: Person index n_1: has a TTL, but n is an Int, not Time; write a Time as key`,
		}},
		{"two keys", after(0, "until", "createdAt"), []string{
			`schema: Person index until_1_createdAt_1: has a TTL and 2 keys; write the date alone as key`,
		}},
		{"unique", on(def.Index{Keys: []string{"until"}, TTL: 0, Unique: true}), []string{
			`schema: Person index until_1: has a TTL and is Unique; write an index for each`,
		}},
	})
}

// TestExpiry: documents are removed that long after the date, or not at all.
func TestExpiry(t *testing.T) {
	c := resolve(t, indexed(person(def.Field{Name: "until", Type: def.Time}, def.Field{Name: "since", Type: def.Time}),
		def.Index{Keys: []string{"until"}, TTL: 36 * time.Hour}, def.Index{Keys: []string{"since"}}))
	if x := c.Indexes[0]; !x.Expires || x.TTL != 36*time.Hour {
		t.Errorf("an index with a TTL: %+v", x)
	}
	if x := c.Indexes[1]; x.Expires || x.TTL != 0 {
		t.Errorf("an index without: %+v", x)
	}
}

func TestPartialMistakes(t *testing.T) {
	level := def.Enum("low", "high")
	all := []def.Field{
		{Name: "name", Type: def.String},
		{Name: "n", Type: def.Int},
		{Name: "on", Type: def.Bool},
		{Name: "level", Type: level},
		{Name: "only", Type: def.Enum("one"), Required: true},
		{Name: "data", Type: def.Bytes},
		{Name: "price", Type: def.Decimal},
		{Name: "at", Type: def.Time},
		{Name: "labels", Type: def.Map(def.String)},
		{Name: "grid", Type: def.List(def.List(def.Int))},
	}
	with := func(index def.Index) []def.Collection { return []def.Collection{indexed(person(all...), index)} }
	where := func(conditions ...def.Condition) []def.Collection {
		return with(def.Index{Keys: []string{"name"}, Partial: conditions})
	}
	unique := func(key string, conditions ...def.Condition) []def.Collection {
		return with(def.Index{Keys: []string{key}, Unique: true, Partial: conditions})
	}
	checkMistakes(t, []mistaken{
		{"right", where(
			def.Condition{Path: "name", Op: def.Greater, Value: ""},
			def.Condition{Path: "n", Op: def.GreaterOrEqual, Value: 1},
			def.Condition{Path: "n", Op: def.Less, Value: 9},
			def.Condition{Path: "level", Value: "high"},
			def.Condition{Path: "on", Value: true},
			def.Condition{Path: "at", Op: def.Exists},
			def.Condition{Path: "price", Op: def.LessOrEqual, Value: "0.10"},
		), nil},
		{"unique where it is there", with(def.Index{Keys: []string{"name"}, Unique: true, Partial: []def.Condition{{Path: "name", Op: def.Greater, Value: ""}}}), nil},
		{"unique where another is", with(def.Index{Keys: []string{"name"}, Unique: true, Partial: []def.Condition{{Path: "n", Value: 1}}}), []string{
			`schema: Person index name_1: is Unique, but name is not Required; write Required: true for name, or Partial with a Condition that says Exists`,
		}},
		{"unique where another is, and it is less", unique("name", def.Condition{Path: "n", Value: 1}, def.Condition{Path: "name", Op: def.Less, Value: "m"}), nil},
		{"unique where it compares otherwise", unique("n", def.Condition{Path: "n", Op: "~", Value: 1}), []string{
			`schema: Person index n_1 condition n: the Op "~" is unknown; write def.Equal, Less, LessOrEqual, Greater, GreaterOrEqual or Exists`,
		}},
		{"unique where a switch is less", unique("on", def.Condition{Path: "on", Op: def.Less, Value: true}), []string{
			`schema: Person index on_1 condition on: compares a Bool, which has no order; write def.Equal`,
		}},
		{"sparse, too", with(def.Index{Keys: []string{"name"}, Sparse: true, Partial: []def.Condition{{Path: "n", Value: 1}}}), []string{
			`schema: Person index name_1: is Sparse and Partial, which MongoDB does not combine; write Partial alone; a Condition with Exists says what Sparse does`,
		}},
		{"no path", where(def.Condition{Value: 1}), []string{
			`schema: Person index name_1__id_1 condition 1: there is no field ""; write a field there is, such as n`,
		}},
		{"twice", where(def.Condition{Path: "n", Value: 1}, def.Condition{Path: "n", Value: 2}), []string{
			`schema: Person index name_1__id_1 condition n: is given twice; write it once`,
		}},
		{"unknown comparison", where(def.Condition{Path: "n", Op: "~", Value: 1}), []string{
			`schema: Person index name_1__id_1 condition n: the Op "~" is unknown; write def.Equal, Less, LessOrEqual, Greater, GreaterOrEqual or Exists`,
		}},
		{"value of another type", where(def.Condition{Path: "n", Value: "1"}), []string{
			`schema: Person index name_1__id_1 condition n: the Value is of Go type string, not Int; write an integer`,
		}},
		{"exists as something", where(def.Condition{Path: "n", Op: def.Exists, Value: true}), []string{
			`schema: Person index name_1__id_1 condition n: has a Value, but Exists takes none; write no Value`,
		}},
		{"order among switches", where(def.Condition{Path: "on", Op: def.Less, Value: true}), []string{
			`schema: Person index name_1__id_1 condition on: compares a Bool, which has no order; write def.Equal`,
		}},
		{"value of bytes", where(def.Condition{Path: "data", Value: "1"}), []string{
			`schema: Person index name_1__id_1 condition data: compares a Bytes with a value; write def.Exists`,
		}},
		{"no member of the enum", where(def.Condition{Path: "level", Value: "mid"}), []string{
			`schema: Person index name_1__id_1 condition level: the Value "mid" is not one of the enum's values; write "low" or "high"`,
		}},
		{"no member of an enum of one", where(def.Condition{Path: "only", Value: "two"}), []string{
			`schema: Person index name_1__id_1 condition only: the Value "two" is not one of the enum's values; write "one"`,
		}},
		{"no decimal", where(def.Condition{Path: "price", Value: "1,5"}), []string{
			`schema: Person index name_1__id_1 condition price: the Value "1,5" is no decimal number of at most 34 digits; write a string such as "12.50"`,
		}},
		{"a map", with(def.Index{Keys: []string{"labels"}}), []string{
			`schema: Person index labels_1__id_1: labels is a Map, whose entries an index cannot name; write an index without it, or a List of Objects`,
		}},
		{"into a map", with(def.Index{Keys: []string{"labels.color"}}), []string{
			`schema: Person index labels.color_1__id_1: labels.color runs through labels, a Map, which no index looks into; write an index without it, or a List of Objects`,
		}},
		{"lists of lists", with(def.Index{Keys: []string{"grid"}}), []string{
			`schema: Person index grid_1__id_1: grid is a list of lists, which no index looks into; write an index without it, or a List of Objects`,
		}},
	})
}
