package raw

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// shelf has an index of every kind.
var shelf = Collection{Collection: meta.Collection{
	Name: "shelf",
	Indexes: []meta.Index{
		{Name: "author", Keys: []meta.Key{{Path: "author"}, {Path: "year", Descending: true}, {Path: "_id", Descending: true}}},
		{Name: "isbn", Keys: []meta.Key{{Path: "isbn"}}, Unique: true},
		{Name: "tags", Keys: []meta.Key{{Path: "tags"}, {Path: "_id"}}},
		{Name: "codes", Keys: []meta.Key{{Path: "codes"}}, Unique: true},
		{Name: "shop", Keys: []meta.Key{{Path: "shop"}, {Path: "shelfmark"}}, Unique: true, Sparse: true},
		{Name: "lent", Keys: []meta.Key{{Path: "lent"}}, Sparse: true},
		{Name: "due", Keys: []meta.Key{{Path: "due"}}, Expires: true},
		{Name: "sold", Keys: []meta.Key{{Path: "sold", Descending: true}, {Path: "_id", Descending: true}}, Partial: []meta.Condition{there("sold")}},
		{Name: "room", Keys: []meta.Key{{Path: "room"}, {Path: "floor"}, {Path: "_id"}}, Partial: []meta.Condition{there("floor")}},
		{Name: "moved", Keys: []meta.Key{{Path: "moved"}, {Path: "_id"}}, Partial: []meta.Condition{there("lent")}},
		{Name: "name", Keys: []meta.Key{{Path: "name"}, {Path: "_id"}, {Path: "age"}}},
		{Name: "rare", Keys: []meta.Key{{Path: "price"}, {Path: "_id"}}, Partial: []meta.Condition{{Path: "rare", Op: meta.Eq, Value: wire.BoolValue(true)}}},
		{Name: "dear", Keys: []meta.Key{{Path: "weight"}, {Path: "_id"}}, Partial: []meta.Condition{{Path: "weight", Op: meta.Gt, Value: wire.IntValue(5)}}},
		{Name: "exact", Keys: []meta.Key{{Path: "owner"}, {Path: "kind"}}, Exact: true},
		{Name: "newer", Keys: []meta.Key{{Path: "owner"}, {Path: "_id"}}},
		{Name: "hidden", Keys: []meta.Key{{Path: "gone"}}, Unique: true, Hidden: true},
	},
	Paths: []meta.Path{
		{Name: "owner"}, {Name: "kind"}, {Name: "gone"},
		{Name: "_id"}, {Name: "author", Text: true}, {Name: "year"}, {Name: "isbn", Text: true}, {Name: "tags", Many: true, Text: true},
		{Name: "codes", Many: true}, {Name: "shop"}, {Name: "shelfmark"}, {Name: "lent"}, {Name: "due"}, {Name: "price"}, {Name: "rare"}, {Name: "weight"},
		{Name: "sold"}, {Name: "room"}, {Name: "floor"}, {Name: "moved"}, {Name: "name"}, {Name: "age"},
	},
}}

// is compares a path with 1, or for a null with nothing.
func is(path string, op meta.Op) meta.Condition {
	return meta.Condition{Path: path, Op: op, Value: wire.IntValue(1)}
}

func isNull(path string, op meta.Op) meta.Condition {
	return meta.Condition{Path: path, Op: op, Value: bson.RawValue{Type: bson.TypeNull}}
}

func there(path string) meta.Condition {
	return meta.Condition{Path: path, Op: meta.Exists, Value: wire.BoolValue(true)}
}

func begins(path, text string) meta.Condition {
	return meta.Condition{Path: path, Op: meta.Prefix, Value: wire.StringValue(text)}
}

func oneOf(path string) meta.Condition {
	return meta.NewOneOf(path, wire.IntValue(1), wire.IntValue(2))
}

func TestServing(t *testing.T) {
	rare := meta.Condition{Path: "rare", Op: meta.Eq, Value: wire.BoolValue(true)}
	for _, test := range []struct {
		where []meta.Condition
		sort  string
		// want is the index and the order of a page; empty: none serves it.
		want string
	}{
		{nil, "", "_id_: _id"},
		{[]meta.Condition{oneOf("_id")}, "-_id", "_id_: -_id"},
		{nil, "author", "author: author -year -_id"},
		{nil, "-author", "author: -author year _id"},
		{[]meta.Condition{is("author", meta.Eq)}, "", "author: -year -_id"},
		{[]meta.Condition{is("author", meta.Eq)}, "year", "author: year _id"},
		{[]meta.Condition{oneOf("author")}, "", "author: author -year -_id"},
		{[]meta.Condition{oneOf("author")}, "-author", "author: -author year _id"},
		{[]meta.Condition{begins("author", "a")}, "", "author: author -year -_id"},
		{[]meta.Condition{begins("author", "a"), is("author", meta.Gt), oneOf("author")}, "", "author: author -year -_id"},
		{[]meta.Condition{is("author", meta.Eq), oneOf("year")}, "", "author: -year -_id"},
		{[]meta.Condition{is("author", meta.Eq), oneOf("year"), is("_id", meta.Gt)}, "", "author: -year -_id"},
		{[]meta.Condition{oneOf("author"), is("year", meta.Eq)}, "", "author: author -year -_id"},
		{[]meta.Condition{begins("author", "ab"), is("year", meta.Gte), is("_id", meta.Eq)}, "-author,year", "author: -author year _id"},
		{[]meta.Condition{oneOf("author"), is("_id", meta.Gt)}, "", ""},
		{[]meta.Condition{oneOf("author")}, "year", ""},
		{[]meta.Condition{oneOf("author"), oneOf("author")}, "", ""},
		{[]meta.Condition{is("author", meta.Eq), is("year", meta.Eq), is("_id", meta.Lt)}, "", "author: -_id"},
		{[]meta.Condition{is("year", meta.Eq)}, "", ""},
		{[]meta.Condition{is("author", meta.Eq), is("isbn", meta.Eq)}, "", ""},
		{[]meta.Condition{is("isbn", meta.Eq)}, "", "isbn: "},
		{[]meta.Condition{is("isbn", meta.Eq)}, "author", ""},
		{[]meta.Condition{is("isbn", meta.Eq)}, "_id", ""},
		{[]meta.Condition{is("isbn", meta.Eq), is("isbn", meta.Gt)}, "", "isbn: "},
		{[]meta.Condition{is("isbn", meta.Eq), is("author", meta.Gt)}, "", ""},
		{[]meta.Condition{is("_id", meta.Eq)}, "isbn", ""},
		{[]meta.Condition{is("_id", meta.Eq), is("isbn", meta.Eq)}, "", ""},
		{[]meta.Condition{is("isbn", meta.Gt)}, "author", ""},
		{[]meta.Condition{is("isbn", meta.Gt), is("author", meta.Lt)}, "", ""},
		{[]meta.Condition{is("author", meta.Eq), is("year", meta.Gt), is("_id", meta.Lt)}, "", "author: -year -_id"},
		{[]meta.Condition{is("author", meta.Eq), is("year", meta.Gt)}, "_id", ""},
		{[]meta.Condition{is("author", meta.Eq), is("year", meta.Gt), is("isbn", meta.Lt)}, "", ""},
		{[]meta.Condition{oneOf("isbn")}, "", "isbn: isbn"},

		{[]meta.Condition{is("tags", meta.Eq)}, "", "tags: _id"},
		{[]meta.Condition{is("tags", meta.Eq)}, "-_id", "tags: -_id"},
		{[]meta.Condition{oneOf("tags")}, "", "tags: _id"},
		{[]meta.Condition{oneOf("tags"), is("tags", meta.Gt)}, "", ""},
		{[]meta.Condition{oneOf("tags")}, "tags", ""},
		{[]meta.Condition{begins("tags", "a")}, "", ""},
		{[]meta.Condition{is("tags", meta.Gt)}, "", ""},
		{nil, "tags", ""},
		{[]meta.Condition{is("codes", meta.Eq)}, "", "codes: "},
		{[]meta.Condition{oneOf("codes")}, "", "codes: _id"},

		{[]meta.Condition{is("shop", meta.Eq)}, "", "shop: shelfmark"},
		{[]meta.Condition{is("shop", meta.Eq), isNull("shelfmark", meta.Eq)}, "", "shop: "},
		{[]meta.Condition{isNull("shop", meta.Eq)}, "", ""},
		{[]meta.Condition{isNull("shop", meta.Eq), is("shelfmark", meta.Eq)}, "", ""},
		{[]meta.Condition{is("shop", meta.Gt)}, "", "shop: shop shelfmark"},
		{[]meta.Condition{is("shop", meta.Eq), is("shelfmark", meta.Eq)}, "", "shop: "},
		{[]meta.Condition{is("shop", meta.Eq), is("shelfmark", meta.Eq)}, "author", ""},
		{[]meta.Condition{is("shelfmark", meta.Eq)}, "", ""},
		{[]meta.Condition{isNull("shop", meta.Lte)}, "shop", ""},
		{[]meta.Condition{isNull("shop", meta.Gte)}, "", ""},
		{[]meta.Condition{meta.NewOneOf("shop", wire.IntValue(1), bson.RawValue{Type: bson.TypeNull})}, "", ""},
		{nil, "shop", ""},
		{[]meta.Condition{is("lent", meta.Eq)}, "", ""},
		{[]meta.Condition{is("lent", meta.Lt)}, "-lent", ""},
		{[]meta.Condition{isNull("lent", meta.Eq)}, "", ""},
		{[]meta.Condition{isNull("lent", meta.Lte), is("lent", meta.Lt)}, "", ""},
		{[]meta.Condition{meta.NewOneOf("lent", bson.RawValue{Type: bson.TypeNull})}, "", ""},
		{nil, "-lent", ""},
		{[]meta.Condition{is("due", meta.Lt)}, "", ""},
		{nil, "due", ""},

		{[]meta.Condition{is("sold", meta.Eq)}, "", "sold: -_id"},
		{[]meta.Condition{is("sold", meta.Gt)}, "", "sold: -sold -_id"},
		{[]meta.Condition{is("sold", meta.Gt)}, "sold", "sold: sold _id"},
		{[]meta.Condition{oneOf("sold")}, "", "sold: -sold -_id"},
		{[]meta.Condition{isNull("sold", meta.Eq)}, "", ""},
		{[]meta.Condition{isNull("sold", meta.Gte)}, "", ""},
		{[]meta.Condition{meta.NewOneOf("sold", wire.IntValue(1), bson.RawValue{Type: bson.TypeNull})}, "", ""},
		{nil, "-sold", ""},
		{[]meta.Condition{is("room", meta.Eq)}, "", ""},
		{[]meta.Condition{is("room", meta.Eq), is("floor", meta.Eq)}, "", "room: _id"},
		{[]meta.Condition{is("room", meta.Eq), is("floor", meta.Lt)}, "", "room: floor _id"},
		{[]meta.Condition{is("name", meta.Eq)}, "", "name: _id"},
		{nil, "name", "name: name _id"},
		{[]meta.Condition{is("name", meta.Eq)}, "age", ""},
		{[]meta.Condition{is("name", meta.Eq), is("_id", meta.Eq)}, "age", "name: age"},

		{[]meta.Condition{rare}, "", "rare: price _id"},
		{[]meta.Condition{rare, is("price", meta.Gt)}, "-price", "rare: -price -_id"},
		{[]meta.Condition{rare, is("price", meta.Eq)}, "", "rare: _id"},
		{[]meta.Condition{{Path: "rare", Op: meta.Eq, Value: wire.BoolValue(false)}}, "price", ""},
		{[]meta.Condition{is("price", meta.Eq)}, "", ""},
		{[]meta.Condition{rare, is("author", meta.Eq)}, "", ""},
		{[]meta.Condition{rare, rare}, "", ""},
		{[]meta.Condition{meta.NewOneOf("rare", wire.BoolValue(true))}, "", ""},
		{[]meta.Condition{{Path: "rare", Op: meta.Gte, Value: wire.BoolValue(true)}}, "price", ""},
		{[]meta.Condition{{Path: "rare", Op: meta.Eq, Value: wire.IntValue(1)}}, "price", ""},
		{[]meta.Condition{{Path: "price", Op: meta.Eq, Value: wire.BoolValue(true)}}, "", ""},
		{nil, "price", ""},
		{[]meta.Condition{rare}, "rare", "rare: price _id"},

		{nil, "author,-year", "author: author -year -_id"},
		{nil, "-author,year", "author: -author year _id"},
		{nil, "author,-year,-_id", "author: author -year -_id"},
		{nil, "author,year", ""},
		{nil, "author,_id", ""},
		{nil, "year,author", ""},
		{nil, "author,-year,-_id,isbn", ""},
		{nil, "author,author", ""},
		{nil, "author,", ""},
		{nil, ",author", ""},
		{nil, "author,nothing", ""},
		{[]meta.Condition{is("author", meta.Eq)}, "author,year", "author: year _id"},
		{[]meta.Condition{is("author", meta.Eq)}, "year,-author,_id", "author: year _id"},
		{[]meta.Condition{is("author", meta.Eq)}, "year,-_id", ""},
		{[]meta.Condition{oneOf("author")}, "author,-year", "author: author -year -_id"},
		{[]meta.Condition{is("tags", meta.Eq)}, "tags", ""},
		{[]meta.Condition{is("tags", meta.Eq)}, "tags,_id", ""},
		{[]meta.Condition{is("owner", meta.Eq)}, "owner,_id", "newer: _id"},
		{[]meta.Condition{is("owner", meta.Eq), is("kind", meta.Eq)}, "kind,-_id", "exact: -_id"},
		{[]meta.Condition{rare, is("weight", meta.Eq)}, "price", ""},
		{[]meta.Condition{{Path: "weight", Op: meta.Gt, Value: wire.IntValue(5)}}, "", ""},
		{[]meta.Condition{is("weight", meta.Eq)}, "", ""},
		{[]meta.Condition{is("weight", meta.Gt)}, "", ""},
		{[]meta.Condition{is("colour", meta.Eq)}, "", ""},

		{[]meta.Condition{is("owner", meta.Eq)}, "", "newer: _id"},
		{[]meta.Condition{is("owner", meta.Eq), is("kind", meta.Eq)}, "", "exact: _id"},
		{[]meta.Condition{is("owner", meta.Eq), is("kind", meta.Gt)}, "", "exact: _id"},
		{[]meta.Condition{is("owner", meta.Eq), is("kind", meta.Eq)}, "-_id", "exact: -_id"},
		{[]meta.Condition{is("owner", meta.Eq)}, "kind", ""},
		{[]meta.Condition{is("kind", meta.Eq)}, "", ""},
		{[]meta.Condition{is("gone", meta.Eq)}, "", ""},
		{nil, "gone", ""},
	} {
		name := fmt.Sprint(test.where, " by ", test.sort)
		p, err := shelf.plan(Selection{Where: test.where, Sort: test.sort})
		var invalid *store.InvalidError
		switch {
		case errors.As(err, &invalid):
			if test.want != "" {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case p.String() != test.want:
			t.Errorf("%s: %s, want %s", name, p, test.want)
		}
	}
}

func (p *plan) String() string {
	keys := make([]string, len(p.order))
	for i, k := range p.order {
		if keys[i] = k.Path; k.Descending {
			keys[i] = "-" + k.Path
		}
	}
	return p.index.Name + ": " + strings.Join(keys, " ")
}

func TestWhatIsServedIsSaid(t *testing.T) {
	_, err := shelf.plan(Selection{Sort: "year"})
	want := `shelf:  is not served by one index; served are conditions on the first keys of an index, equality before others, and sorts by its keys behind equality; the indexes: ` +
		`_id | author, year, _id | isbn | tags, _id | codes | shop, shelfmark (if a value of shop is asked for) | ` +
		`sold, _id (if a value of sold is asked for) | room, floor, _id (if a value of floor is asked for) | name, _id, age | price, _id (if rare equals true) | owner, kind (in the order of _id) (if owner equals a value) | owner, _id`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
}

// An index that gives no order among equal keys serves what needs none.
func TestServingWithoutOrder(t *testing.T) {
	for _, test := range []struct {
		where []meta.Condition
		want  string
	}{
		{[]meta.Condition{is("lent", meta.Eq)}, "lent"},
		{[]meta.Condition{is("lent", meta.Lt)}, "lent"},
		{[]meta.Condition{is("due", meta.Gte)}, "due"},
		{[]meta.Condition{isNull("lent", meta.Eq)}, ""},
		{[]meta.Condition{is("gone", meta.Eq)}, ""},
	} {
		p, err := shelf.plan(Selection{Where: test.where, Unordered: true})
		if err != nil {
			p = &plan{index: &meta.Index{}}
		}
		if p.index.Name != test.want {
			t.Errorf("%v is served by %q, want %q", test.where, p.index.Name, test.want)
		}
		if _, err := shelf.plan(Selection{Where: test.where}); err == nil || strings.Contains(err.Error(), "Partial: Exists") != (test.want != "") {
			t.Errorf("pages of %v: %v", test.where, err)
		}
	}
}

// An index that is Exact sorts only what is said to be Unindexed, and refusals say so.
func TestExactUnderUnindexed(t *testing.T) {
	one := Selection{Where: []meta.Condition{is("owner", meta.Eq)}, Sort: "kind"}
	_, err := shelf.plan(one)
	if err == nil || !strings.Contains(err.Error(), "the index exact is Exact") {
		t.Errorf("without it: %v", err)
	}
	one.Others = store.Unindexed(year.Ne(1)).Clauses()
	p, err := shelf.plan(one)
	if err != nil || p.String() != "exact: kind _id" || !p.total {
		t.Errorf("with it: %v %v", p, err)
	}
}

// book is what the filters below are on.
type book struct{}

var (
	author = store.NewTextField[book]("author", wire.StringValue[string], wire.StringValue[string])
	year   = store.NewField[book]("year", func(v int64) meta.Operand { return meta.Exactly(wire.IntValue(v)) })
)

func TestUnindexed(t *testing.T) {
	for name, test := range map[string]struct {
		filter store.Filter[book]
		// want is the plan and what find is asked.
		want string
	}{
		"both ends of a range": {store.And(author.Gte("A"), author.Lt("B")), `author: author -year -_id {"author":{"$gte":"A","$lt":"B"}}`},
		"alone":                {store.Unindexed(year.Ne(1)), `_id_: _id {"$and":[{"year":{"$ne":1}}]}`},
		"beside what is served": {
			store.And(store.Unindexed(year.Exists(false)), author.Eq("A"), store.Unindexed(store.And(author.Ne("a"), author.Ne("b")))),
			`author: -year -_id {"author":{"$eq":"A"},"$and":[{"year":{"$eq":null}},{"$and":[{"author":{"$ne":"a"}},{"author":{"$ne":"b"}}]}]}`,
		},
		"what has a value":    {store.And(author.Eq("A"), year.Exists(true)), `author: -year -_id {"author":{"$eq":"A"},"year":{"$exists":true,"$ne":null}}`},
		"what has none":       {store.And(author.Eq("A"), year.Exists(false)), `author: -_id {"author":{"$eq":"A"},"year":{"$eq":null}}`},
		"a value, and which":  {store.And(author.Eq("A"), year.Exists(true), year.Lt(3)), `author: -year -_id {"author":{"$eq":"A"},"year":{"$exists":true,"$ne":null,"$lt":3}}`},
		"no value, unindexed": {store.Unindexed(store.Not(year.Exists(true))), `_id_: _id {"$and":[{"$nor":[{"year":{"$exists":true,"$ne":null}}]}]}`},
		"one of several": {
			store.Unindexed(store.Or(store.And(author.Eq("A"), year.Gt(1)), year.In(2, 3), store.Filter[book]{})),
			`_id_: _id {"$and":[{"$or":[{"$and":[{"author":{"$eq":"A"}},{"year":{"$gt":1}}]},{"year":{"$in":[2,3]}},{}]}]}`,
		},
		"not":             {store.Unindexed(store.Not(author.Prefix("a."))), `_id_: _id {"$and":[{"$nor":[{"author":{"$regex":{"$regularExpression":{"pattern":"^a\\.","options":""}}}}]}]}`},
		"one of none":     {store.Unindexed(store.Or[book]()), `_id_: _id {"$and":[{"$nor":[{}]}]}`},
		"not everything":  {store.Unindexed(store.Not(store.And[book]())), `_id_: _id {"$and":[{"$nor":[{}]}]}`},
		"within another":  {store.Unindexed(store.Or(store.Unindexed(year.Eq(1)))), `_id_: _id {"$and":[{"$or":[{"year":{"$eq":1}}]}]}`},
		"nothing":         {store.Unindexed(store.Filter[book]{}), `_id_: _id {"$and":[{}]}`},
		"Ne":              {year.Ne(1), ""},
		"Or":              {store.Or(author.Eq("A"), author.Eq("B")), ""},
		"Not":             {store.Not(author.Eq("A")), ""},
		"Or of Unindexed": {store.Or(store.Unindexed(author.Ne("A"))), ""},
	} {
		p, err := shelf.plan(SelectionOf(test.filter))
		if test.want == "" {
			var invalid *store.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "Unindexed") || !strings.Contains(err.Error(), "author, year, _id") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		asked, err := bson.MarshalExtJSON(p.filter(), false, false)
		if got := p.String() + " " + string(asked); err != nil || got != test.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, test.want)
		}
	}
}

func TestBeginnings(t *testing.T) {
	for text, want := range map[string]string{
		"": "^", "a.b": `^a\.b`, `\Q$^`: `^\\Q\$\^`, "(a|b)*": `^\(a\x7cb\)\*`, "é %": "^é %",
	} {
		if got := author.Prefix(text).Clauses()[0].Condition.Operators()[0].Value; got != (bson.Regex{Pattern: want}) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"a\x00", "\xff"} {
		for _, filter := range []store.Filter[book]{author.Prefix(text), store.Unindexed(store.Or(author.Prefix(text)))} {
			_, err := shelf.plan(SelectionOf(filter))
			var invalid *store.InvalidError
			if !errors.As(err, &invalid) || invalid.Fields[0].Code != "format" {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}
