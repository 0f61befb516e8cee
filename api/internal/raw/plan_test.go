package raw

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// TestPlansGoOn has a row for each place that a page can end at: an order that does not
// tell all documents apart is tied to _id once a page had two that it does not.
func TestPlansGoOn(t *testing.T) {
	key, id, other := valueOf("x"), valueOf(bson.ObjectID{1}), valueOf(bson.ObjectID{2})
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

// TestLookingUp has a row for each key that one document has at most, and for what only
// looks like one: only a unique index promises that, of the documents that it holds.
func TestLookingUp(t *testing.T) {
	c := Collection{Collection: meta.Collection{Indexes: append([]meta.Index{
		{Name: "open", Keys: []meta.Key{{Path: "open"}}, Unique: true, Partial: []meta.Condition{there("closed")}},
	}, shelf.Indexes...)}}
	for name, test := range map[string]struct {
		where []meta.Condition
		index string
		added int
	}{
		"a unique key":           {[]meta.Condition{is("isbn", meta.Eq)}, "isbn", 0},
		"one of several paths":   {[]meta.Condition{is("shelfmark", meta.Eq), is("shop", meta.Eq)}, "shop", 0},
		"a part of one":          {[]meta.Condition{is("shop", meta.Eq)}, "", 0},
		"more than one":          {[]meta.Condition{is("isbn", meta.Eq), is("year", meta.Eq)}, "", 0},
		"one of some documents":  {[]meta.Condition{is("open", meta.Eq)}, "open", 1},
		"keys that are not":      {[]meta.Condition{is("price", meta.Eq), is("_id", meta.Eq)}, "", 0},
		"one that is not":        {[]meta.Condition{is("lent", meta.Eq)}, "", 0},
		"what is in no index":    {[]meta.Condition{is("color", meta.Eq)}, "", 0},
		"the same path, at once": {[]meta.Condition{is("isbn", meta.Eq), is("isbn", meta.Gt)}, "", 0},
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
		c := replacement(doc, strings.Fields(members), meta.UpdatedPath)
		var have []string
		for _, e := range wire.Elements(c.inserted) {
			have = append(have, e.Key()+"="+strings.NewReplacer(`{"$numberInt":"`, "", `"}`, "").Replace(e.Value().String()))
		}
		got := strings.NewReplacer(`"$numberInt":`, "").Replace(strings.Join(have, " "))
		if got != want {
			t.Errorf("%s: %s\nwant %s", members, got, want)
		}
	}
}

// TestPassed has a row for each document of earlier pages that a filter may find, the last one
// among them if the order tells all apart.
func TestPassed(t *testing.T) {
	id := func(n byte) bson.RawValue { return valueOf(bson.ObjectID{11: n}) }
	total, unique := []meta.Key{{Path: "a", Descending: true}, {Path: "_id"}}, []meta.Key{{Path: "a"}}
	for name, test := range map[string]struct {
		order []meta.Key
		at    place
		keys  []bson.RawValue
		id    bson.RawValue
		want  bool
	}{
		"the last one":             {total, place{keys: []bson.RawValue{valueOf(5), id(2)}}, []bson.RawValue{valueOf(5), id(2)}, id(2), true},
		"one before it":            {total, place{keys: []bson.RawValue{valueOf(5), id(2)}}, []bson.RawValue{valueOf(5), id(1)}, id(1), true},
		"one behind it":            {total, place{keys: []bson.RawValue{valueOf(5), id(2)}}, []bson.RawValue{valueOf(5), id(3)}, id(3), false},
		"one of a key before it":   {total, place{keys: []bson.RawValue{valueOf(5), id(2)}}, []bson.RawValue{valueOf(6), id(3)}, id(3), true},
		"one of a key behind it":   {total, place{keys: []bson.RawValue{valueOf(5), id(2)}}, []bson.RawValue{valueOf(4), id(1)}, id(1), false},
		"one that was shown":       {unique, place{keys: []bson.RawValue{valueOf(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{valueOf(5)}, id(2), true},
		"another of the key":       {unique, place{keys: []bson.RawValue{valueOf(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{valueOf(5)}, id(1), false},
		"a key before, unshown":    {unique, place{keys: []bson.RawValue{valueOf(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{valueOf(4)}, id(1), true},
		"a key behind":             {unique, place{keys: []bson.RawValue{valueOf(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{valueOf("x")}, id(1), false},
		"a key behind, but shown?": {unique, place{keys: []bson.RawValue{valueOf(5)}, shown: []bson.RawValue{id(2)}}, []bson.RawValue{valueOf(6)}, id(2), true},
	} {
		if got := test.at.passed(test.order, test.keys, test.id); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestSizesOfMaps counts the entries after changes: an entry that they reach into stays.
func TestSizesOfMaps(t *testing.T) {
	current := marshal(bson.D{{Key: "m", Value: bson.D{{Key: "a", Value: bson.D{{Key: "x", Value: 1}}}, {Key: "b", Value: 1}}}})
	set := func(path string) func(*Changes) {
		return func(c *Changes) { c.Set = wire.AppendInt(c.Set, path, 1) }
	}
	unset := func(path string) func(*Changes) {
		return func(c *Changes) { c.Unset = append(c.Unset, path) }
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
			var problems check.FieldErrors
			c.checkSizes(&problems, []MapBounds{{Path: "m", Least: n, Most: n, Required: true}}, current)
			if fits := len(problems) == 0; n > 0 && fits != (n == test.n) {
				t.Errorf("%s: %d entries fit: %v", name, n, problems)
			}
		}
	}
}
