package store

import (
	"math"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// TestPlansGoOn has a row for each place that a page can end at: an order that does not
// tell all documents apart is tied to _id once a page had two that it does not.
func TestPlansGoOn(t *testing.T) {
	key, id, other := raw("x"), raw(bson.ObjectID{1}), raw(bson.ObjectID{2})
	all := plans(t)
	for name, test := range map[string]struct {
		of    *plan
		at    place
		order string
		tied  bool
	}{
		"one that is shown":      {all["isbn"], place{keys: []bson.RawValue{key}, shown: []bson.RawValue{id}}, "isbn", false},
		"two that are shown":     {all["isbn"], place{keys: []bson.RawValue{key}, shown: []bson.RawValue{id, other}}, "isbn _id", true},
		"one by its _id":         {all["isbn"], place{keys: []bson.RawValue{key, id}}, "isbn _id", true},
		"none, and one is shown": {all["one isbn"], place{shown: []bson.RawValue{id}}, "", false},
		"none, and two":          {all["one isbn"], place{shown: []bson.RawValue{id, other}}, "_id", true},
		"an order that is total": {all["author"], place{keys: []bson.RawValue{key, key, id}}, "author -year -_id", false},
		"_id alone":              {all["_id"], place{keys: []bson.RawValue{id}}, "_id", false},
	} {
		next := test.of.from(test.at)
		again := next.from(test.at)
		for _, p := range []*plan{next, again} {
			var order []string
			for _, k := range p.order {
				order = append(order, map[bool]string{true: "-"}[k.Descending]+k.Path)
			}
			if got := strings.Join(order, " "); got != test.order || p.tied != test.tied || p.own != test.of.own || p.after == nil {
				t.Errorf("%s: by %s, tied %v, own %d", name, got, p.tied, p.own)
			}
		}
		if test.of.after != nil || test.of.tied {
			t.Errorf("%s: the plan itself was changed", name)
		}
	}
}

// TestWhatChangesHold has a row for each kind of Change, made without a look at the
// document: what depends on it is not made at all.
func TestWhatChangesHold(t *testing.T) {
	list := func(dst []byte, key string, v []string) []byte {
		return wire.AppendList(dst, key, v, wire.AppendString)
	}
	for name, test := range map[string]struct {
		apply       func(c *Changes)
		touched     bool
		value       bson.RawValue
		depends     bool
		left, moved int // the members that are gone, and those that depend on what is stored
	}{
		"nothing":            {func(c *Changes) { Apply(c, "n", Change[int64]{}, wire.AppendInt) }, false, bson.RawValue{}, false, 0, 0},
		"Set":                {func(c *Changes) { Apply(c, "n", Set[int64](7), wire.AppendInt) }, true, raw(int64(7)), false, 0, 0},
		"Set to what is not": {func(c *Changes) { Apply(c, "n", Set(""), wire.AppendEnum[string]) }, true, raw(nil), false, 1, 0},
		"Unset":              {func(c *Changes) { Apply(c, "n", Unset[int64](), wire.AppendInt) }, true, raw(nil), false, 1, 0},
		"Inc with a rule":    {func(c *Changes) { Apply(c, "n", Inc[int64](1), wire.AppendInt) }, false, bson.RawValue{}, true, 0, 0},
		"Inc beyond all":     {func(c *Changes) { ApplyNumber(c, "n", ResolveNumber(Inc[int64](1), math.MaxInt64), wire.AppendInt) }, false, bson.RawValue{}, true, 0, 0},
		"Inc":                {func(c *Changes) { ApplyNumber(c, "n", Inc[int64](1), wire.AppendInt) }, true, bson.RawValue{}, false, 0, 1},
		"Add with a rule":    {func(c *Changes) { Apply(c, "n", AddToSet("x"), list) }, false, bson.RawValue{}, true, 0, 0},
		"Add":                {func(c *Changes) { ApplyList(c, "n", AddToSet("x"), list) }, true, bson.RawValue{}, false, 0, 1},
		"Pull":               {func(c *Changes) { ApplyList(c, "n", Pull("x"), list) }, true, bson.RawValue{}, false, 0, 1},
		"Unset of a list":    {func(c *Changes) { ApplyList(c, "n", Unset[[]string](), list) }, true, raw(nil), false, 1, 0},
	} {
		var c Changes
		test.apply(&c)
		value, touched := c.Lookup("n")
		if touched != test.touched || !value.Equal(test.value) || c.unresolved != test.depends || len(c.unset) != test.left || len(c.relative) != test.moved {
			t.Errorf("%s: touched %v, %v, %+v", name, touched, value, c)
		}
		if c.IsEmpty() != (name == "nothing") {
			t.Errorf("%s: empty %v", name, c.IsEmpty())
		}
	}
}

// TestLookingUp has a row for each key that one document has at most, and for what only
// looks like one: only a unique index promises that, of the documents that it holds.
func TestLookingUp(t *testing.T) {
	c := Collection{Indexes: append([]Index{
		{Name: "open", Keys: []Key{{Path: "open"}}, Unique: true, Partial: []Condition{there("closed")}},
	}, shelf.Indexes...)}
	for name, test := range map[string]struct {
		where []Condition
		index string
		added int
	}{
		"a unique key":           {[]Condition{is("isbn", Eq)}, "isbn", 0},
		"one of several paths":   {[]Condition{is("shelfmark", Eq), is("shop", Eq)}, "shop", 0},
		"a part of one":          {[]Condition{is("shop", Eq)}, "", 0},
		"more than one":          {[]Condition{is("isbn", Eq), is("year", Eq)}, "", 0},
		"one of some documents":  {[]Condition{is("open", Eq)}, "open", 1},
		"keys that are not":      {[]Condition{is("price", Eq), is("_id", Eq)}, "", 0},
		"one that is not":        {[]Condition{is("lent", Eq)}, "", 0},
		"what is in no index":    {[]Condition{is("color", Eq)}, "", 0},
		"the same path, at once": {[]Condition{is("isbn", Eq), is("isbn", Gt)}, "", 0},
	} {
		p := c.lookup(test.where)
		index := ""
		if p.index != nil {
			index = p.index.Name
		}
		if index != test.index || len(p.where) != len(test.where)+test.added {
			t.Errorf("%s: by %q, %v", name, index, p.where)
		}
	}
}

// TestWhatIsInserted is all of a document but what is set in every case; of documents
// within it, what they hold besides.
func TestWhatIsInserted(t *testing.T) {
	doc := marshal(bson.D{
		{Key: "_id", Value: 1}, {Key: "name", Value: "x"}, {Key: "box", Value: bson.D{{Key: "count", Value: 2}, {Key: "size", Value: 3}}},
		{Key: "lid", Value: "none"}, {Key: "_rev", Value: 4}, {Key: "updatedAt", Value: 5},
	})
	for members, want := range map[string]string{
		"":                     `_id=1 name="x" box={"count": 2,"size": 3} lid="none"`,
		"name":                 `_id=1 box={"count": 2,"size": 3} lid="none"`,
		"box":                  `_id=1 name="x" lid="none"`,
		"box.count":            `_id=1 name="x" box.size=3 lid="none"`,
		"box.count name":       `_id=1 box.size=3 lid="none"`,
		"lid.color":            `_id=1 name="x" box={"count": 2,"size": 3} lid="none"`,
		"box.count box.size":   `_id=1 name="x" lid="none"`,
		"none box.size.height": `_id=1 name="x" box.count=2 box.size=3 lid="none"`,
	} {
		c := replacement(doc, strings.Fields(members), true)
		var have []string
		for _, e := range elements(c.inserted) {
			have = append(have, e.Key()+"="+strings.NewReplacer(`{"$numberInt":"`, "", `"}`, "").Replace(e.Value().String()))
		}
		got := strings.NewReplacer(`"$numberInt":`, "").Replace(strings.Join(have, " "))
		if got != want {
			t.Errorf("%s: %s\nwant %s", members, got, want)
		}
	}
}

// TestPassed has a row for each document that a filter may find of pages before: the
// one that they ended at is among them where the order tells all apart.
func TestPassed(t *testing.T) {
	id := func(n byte) bson.RawValue { return raw(bson.ObjectID{11: n}) }
	total, unique := []Key{{Path: "a", Descending: true}, {Path: "_id"}}, []Key{{Path: "a"}}
	for name, test := range map[string]struct {
		order []Key
		at    place
		keys  []bson.RawValue
		id    bson.RawValue
		want  bool
	}{
		"the last one":             {total, place{keys: []bson.RawValue{raw(5), id(2)}}, []bson.RawValue{raw(5), id(2)}, id(2), true},
		"one before it":            {total, place{keys: []bson.RawValue{raw(5), id(2)}}, []bson.RawValue{raw(5), id(1)}, id(1), true},
		"one behind it":            {total, place{keys: []bson.RawValue{raw(5), id(2)}}, []bson.RawValue{raw(5), id(3)}, id(3), false},
		"one of a key before it":   {total, place{keys: []bson.RawValue{raw(5), id(2)}}, []bson.RawValue{raw(6), id(3)}, id(3), true},
		"one of a key behind it":   {total, place{keys: []bson.RawValue{raw(5), id(2)}}, []bson.RawValue{raw(4), id(1)}, id(1), false},
		"one that was shown":       {unique, place{keys: []bson.RawValue{raw(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{raw(5)}, id(2), true},
		"another of the key":       {unique, place{keys: []bson.RawValue{raw(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{raw(5)}, id(1), false},
		"a key before, unshown":    {unique, place{keys: []bson.RawValue{raw(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{raw(4)}, id(1), true},
		"a key behind":             {unique, place{keys: []bson.RawValue{raw(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{raw("x")}, id(1), false},
		"a key behind, but shown?": {unique, place{keys: []bson.RawValue{raw(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{raw(6)}, id(2), true},
	} {
		if got := test.at.passed(test.order, test.keys, test.id); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestWhatIndexesServe names their keys, and what a query has to ask for besides.
func TestWhatIndexesServe(t *testing.T) {
	for name, test := range map[string]struct {
		index Index
		want  string
	}{
		"all":             {Index{Keys: []Key{{Path: "a"}, {Path: "_id"}}}, "a, _id"},
		"a value":         {Index{Keys: []Key{{Path: "a"}, {Path: "_id"}}, Partial: []Condition{is("b", Eq)}}, `a, _id (if b equals {"$numberLong":"1"})`},
		"several":         {Index{Keys: []Key{{Path: "a"}, {Path: "_id"}}, Partial: []Condition{{Path: "c", Op: Eq, Value: wire.IntValue(2)}, is("b", Eq)}}, `a, _id (if c equals {"$numberLong":"2"}) (if b equals {"$numberLong":"1"})`},
		"its own key":     {Index{Keys: []Key{{Path: "a"}, {Path: "_id"}}, Partial: []Condition{there("a")}}, "a, _id (if a value of a is asked for)"},
		"an unlike order": {Index{Keys: []Key{{Path: "lent"}}, Sparse: true}, ""},
	} {
		if got := test.index.served(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// TestSizesOfMaps counts the entries that there are once changes are made: one that is
// reached into stays.
func TestSizesOfMaps(t *testing.T) {
	current := marshal(bson.D{{Key: "m", Value: bson.D{{Key: "a", Value: bson.D{{Key: "x", Value: 1}}}, {Key: "b", Value: 1}}}})
	set := func(path string) func(*Changes) {
		return func(c *Changes) { Apply(c, path, Set[int64](1), wire.AppendInt) }
	}
	unset := func(path string) func(*Changes) {
		return func(c *Changes) { Apply(c, path, Unset[int64](), wire.AppendInt) }
	}
	for name, test := range map[string]struct {
		change func(*Changes)
		n      int
	}{
		"nothing":                 {func(*Changes) {}, 2},
		"one more":                {set("m.c"), 3},
		"one that is there":       {set("m.b"), 2},
		"one that is reached in":  {set("m.a.y"), 2},
		"one more, reached in":    {set("m.c.y"), 3},
		"one less":                {unset("m.b"), 1},
		"one less within":         {unset("m.a.x"), 2},
		"one that is not there":   {unset("m.z"), 2},
		"another map's":           {unset("mm.a"), 2},
		"all":                     {unset("m"), 0},
		"another member's change": {set("n"), 2},
	} {
		var c Changes
		test.change(&c)
		for n := range 5 {
			var problems wire.Problems
			c.checkSizes(&problems, []size{{path: "m", least: n, most: n, required: true}}, current)
			if fits := len(problems) == 0; n > 0 && fits != (n == test.n) {
				t.Errorf("%s: %d entries fit: %v", name, n, problems)
			}
		}
	}
}

// TestCountable has the numbers that a revision can be counted up from, and the first
// that it cannot.
func TestCountable(t *testing.T) {
	for v, want := range map[any]bool{
		int32(0): true, int32(math.MaxInt32): true, int64(math.MaxInt64 - 1): true, int64(math.MaxInt64): false, 7.0: true, 7.5: false,
		float64(1<<53 - 1): true, float64(1 << 53): false, -float64(1<<53 - 1): true, -float64(1 << 53): false, "7": false, math.Inf(1): false, true: false,
	} {
		if got := isCountable(raw(v)); got != want {
			t.Errorf("%T %v: %v", v, v, got)
		}
	}
	if isCountable(raw(math.NaN())) || isCountable(bson.RawValue{}) {
		t.Error("nothing, or no number")
	}
}
