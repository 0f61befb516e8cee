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
