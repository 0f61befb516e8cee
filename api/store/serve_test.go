package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// shelf has an index of every kind.
var shelf = Collection{
	Name: "shelf",
	Indexes: []Index{
		{Name: "author", Keys: []Key{{Path: "author"}, {Path: "year", Descending: true}, {Path: "_id", Descending: true}}},
		{Name: "isbn", Keys: []Key{{Path: "isbn"}}, Unique: true},
		{Name: "tags", Keys: []Key{{Path: "tags"}, {Path: "_id"}}},
		{Name: "codes", Keys: []Key{{Path: "codes"}}, Unique: true},
		{Name: "shop", Keys: []Key{{Path: "shop"}, {Path: "shelfmark"}}, Unique: true, Sparse: true},
		{Name: "lent", Keys: []Key{{Path: "lent"}}, Sparse: true},
		{Name: "due", Keys: []Key{{Path: "due"}}, Expires: true},
		{Name: "sold", Keys: []Key{{Path: "sold", Descending: true}, {Path: "_id", Descending: true}}, Partial: []Condition{there("sold")}},
		{Name: "room", Keys: []Key{{Path: "room"}, {Path: "floor"}, {Path: "_id"}}, Partial: []Condition{there("floor")}},
		{Name: "moved", Keys: []Key{{Path: "moved"}, {Path: "_id"}}, Partial: []Condition{there("lent")}},
		{Name: "name", Keys: []Key{{Path: "name"}, {Path: "_id"}, {Path: "age"}}},
		{Name: "rare", Keys: []Key{{Path: "price"}, {Path: "_id"}}, Partial: []Condition{{Path: "rare", Op: Eq, Value: wire.BoolValue(true)}}},
		{Name: "dear", Keys: []Key{{Path: "weight"}, {Path: "_id"}}, Partial: []Condition{{Path: "weight", Op: Gt, Value: wire.IntValue(5)}}},
	},
	Paths: []Path{
		{Name: "_id"}, {Name: "author", Text: true}, {Name: "year"}, {Name: "isbn", Text: true}, {Name: "tags", Many: true, Text: true},
		{Name: "codes", Many: true}, {Name: "shop"}, {Name: "shelfmark"}, {Name: "lent"}, {Name: "due"}, {Name: "price"}, {Name: "rare"}, {Name: "weight"},
		{Name: "sold"}, {Name: "room"}, {Name: "floor"}, {Name: "moved"}, {Name: "name"}, {Name: "age"},
	},
}

// is compares a path with 1, or for a null with nothing.
func is(path string, op Op) Condition { return Condition{Path: path, Op: op, Value: wire.IntValue(1)} }

func isNull(path string, op Op) Condition {
	return Condition{Path: path, Op: op, Value: bson.RawValue{Type: bson.TypeNull}}
}

func there(path string) Condition {
	return Condition{Path: path, Op: Exists, Value: wire.BoolValue(true)}
}

func begins(path, text string) Condition {
	return Condition{Path: path, Op: Prefix, Value: wire.StringValue(text)}
}

func oneOf(path string) Condition {
	return NewOneOf(path, wire.IntValue(1), wire.IntValue(2))
}

func TestServing(t *testing.T) {
	rare := Condition{Path: "rare", Op: Eq, Value: wire.BoolValue(true)}
	for _, test := range []struct {
		where []Condition
		sort  string
		// want is the index and the order of a page; empty: none serves it.
		want string
	}{
		{nil, "", "_id_: _id"},
		{[]Condition{oneOf("_id")}, "-_id", "_id_: -_id"},
		{nil, "author", "author: author -year -_id"},
		{nil, "-author", "author: -author year _id"},
		{[]Condition{is("author", Eq)}, "", "author: -year -_id"},
		{[]Condition{is("author", Eq)}, "year", "author: year _id"},
		{[]Condition{oneOf("author")}, "", "author: author -year -_id"},
		{[]Condition{oneOf("author")}, "-author", "author: -author year _id"},
		{[]Condition{begins("author", "a")}, "", "author: author -year -_id"},
		{[]Condition{begins("author", "a"), is("author", Gt), oneOf("author")}, "", "author: author -year -_id"},
		{[]Condition{is("author", Eq), oneOf("year")}, "", "author: -year -_id"},
		{[]Condition{is("author", Eq), oneOf("year"), is("_id", Gt)}, "", ""},
		{[]Condition{oneOf("author"), is("year", Eq)}, "", ""},
		{[]Condition{oneOf("author")}, "year", ""},
		{[]Condition{oneOf("author"), oneOf("author")}, "", ""},
		{[]Condition{is("author", Eq), is("year", Eq), is("_id", Lt)}, "", "author: -_id"},
		{[]Condition{is("year", Eq)}, "", ""},
		{[]Condition{is("author", Eq), is("isbn", Eq)}, "", ""},
		{[]Condition{is("isbn", Eq)}, "", "isbn: "},
		{[]Condition{is("isbn", Eq)}, "author", ""},
		{[]Condition{is("isbn", Eq)}, "_id", ""},
		{[]Condition{is("isbn", Eq), is("isbn", Gt)}, "", ""},
		{[]Condition{is("isbn", Eq), is("author", Gt)}, "", ""},
		{[]Condition{is("_id", Eq)}, "isbn", ""},
		{[]Condition{is("_id", Eq), is("isbn", Eq)}, "", ""},
		{[]Condition{is("isbn", Gt)}, "author", ""},
		{[]Condition{is("isbn", Gt), is("author", Lt)}, "", ""},
		{[]Condition{is("author", Eq), is("year", Gt), is("_id", Lt)}, "", ""},
		{[]Condition{is("author", Eq), is("year", Gt)}, "_id", ""},
		{[]Condition{is("author", Eq), is("year", Gt), is("isbn", Lt)}, "", ""},
		{[]Condition{oneOf("isbn")}, "", "isbn: isbn"},

		{[]Condition{is("tags", Eq)}, "", "tags: _id"},
		{[]Condition{is("tags", Eq)}, "-_id", "tags: -_id"},
		{[]Condition{oneOf("tags")}, "", "tags: _id"},
		{[]Condition{oneOf("tags"), is("tags", Gt)}, "", ""},
		{[]Condition{oneOf("tags")}, "tags", ""},
		{[]Condition{begins("tags", "a")}, "", ""},
		{[]Condition{is("tags", Gt)}, "", ""},
		{nil, "tags", ""},
		{[]Condition{is("codes", Eq)}, "", "codes: "},
		{[]Condition{oneOf("codes")}, "", "codes: _id"},

		{[]Condition{is("shop", Eq)}, "", "shop: shelfmark"},
		{[]Condition{is("shop", Eq), isNull("shelfmark", Eq)}, "", "shop: "},
		{[]Condition{isNull("shop", Eq)}, "", ""},
		{[]Condition{isNull("shop", Eq), is("shelfmark", Eq)}, "", ""},
		{[]Condition{is("shop", Gt)}, "", "shop: shop shelfmark"},
		{[]Condition{is("shop", Eq), is("shelfmark", Eq)}, "", "shop: "},
		{[]Condition{is("shop", Eq), is("shelfmark", Eq)}, "author", ""},
		{[]Condition{is("shelfmark", Eq)}, "", ""},
		{[]Condition{isNull("shop", Lte)}, "shop", ""},
		{[]Condition{isNull("shop", Gte)}, "", ""},
		{[]Condition{NewOneOf("shop", wire.IntValue(1), bson.RawValue{Type: bson.TypeNull})}, "", ""},
		{nil, "shop", ""},
		{[]Condition{is("lent", Eq)}, "", ""},
		{[]Condition{is("lent", Lt)}, "-lent", ""},
		{[]Condition{isNull("lent", Eq)}, "", ""},
		{[]Condition{isNull("lent", Lte), is("lent", Lt)}, "", ""},
		{[]Condition{NewOneOf("lent", bson.RawValue{Type: bson.TypeNull})}, "", ""},
		{nil, "-lent", ""},
		{[]Condition{is("due", Lt)}, "", ""},
		{nil, "due", ""},

		{[]Condition{is("sold", Eq)}, "", "sold: -_id"},
		{[]Condition{is("sold", Gt)}, "", "sold: -sold -_id"},
		{[]Condition{is("sold", Gt)}, "sold", "sold: sold _id"},
		{[]Condition{oneOf("sold")}, "", "sold: -sold -_id"},
		{[]Condition{isNull("sold", Eq)}, "", ""},
		{[]Condition{isNull("sold", Gte)}, "", ""},
		{[]Condition{NewOneOf("sold", wire.IntValue(1), bson.RawValue{Type: bson.TypeNull})}, "", ""},
		{nil, "-sold", ""},
		{[]Condition{is("room", Eq)}, "", ""},
		{[]Condition{is("room", Eq), is("floor", Eq)}, "", "room: _id"},
		{[]Condition{is("room", Eq), is("floor", Lt)}, "", "room: floor _id"},
		{[]Condition{is("name", Eq)}, "", "name: _id"},
		{nil, "name", "name: name _id"},
		{[]Condition{is("name", Eq)}, "age", ""},
		{[]Condition{is("name", Eq), is("_id", Eq)}, "age", "name: age"},

		{[]Condition{rare}, "", "rare: price _id"},
		{[]Condition{rare, is("price", Gt)}, "-price", "rare: -price -_id"},
		{[]Condition{rare, is("price", Eq)}, "", "rare: _id"},
		{[]Condition{{Path: "rare", Op: Eq, Value: wire.BoolValue(false)}}, "price", ""},
		{[]Condition{is("price", Eq)}, "", ""},
		{[]Condition{rare, is("author", Eq)}, "", ""},
		{[]Condition{rare, rare}, "", ""},
		{[]Condition{NewOneOf("rare", wire.BoolValue(true))}, "", ""},
		{[]Condition{{Path: "rare", Op: Gte, Value: wire.BoolValue(true)}}, "price", ""},
		{[]Condition{{Path: "rare", Op: Eq, Value: wire.IntValue(1)}}, "price", ""},
		{[]Condition{{Path: "price", Op: Eq, Value: wire.BoolValue(true)}}, "", ""},
		{nil, "price", ""},
		{[]Condition{rare}, "rare", ""},
		{[]Condition{rare, is("weight", Eq)}, "price", ""},
		{[]Condition{{Path: "weight", Op: Gt, Value: wire.IntValue(5)}}, "", ""},
		{[]Condition{is("weight", Eq)}, "", ""},
		{[]Condition{is("weight", Gt)}, "", ""},
		{[]Condition{is("colour", Eq)}, "", ""},
	} {
		name := fmt.Sprint(test.where, " by ", test.sort)
		p, err := shelf.plan(Selection{Where: test.where, Sort: test.sort})
		var invalid *InvalidError
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
	want := `shelf:  is not served by one index; served are equality on the first keys of an index, then one range or sort on the next; the indexes: ` +
		`_id | author, year, _id | isbn | tags, _id | codes | shop, shelfmark (if a value of shop is asked for) | ` +
		`sold, _id (if a value of sold is asked for) | room, floor, _id (if a value of floor is asked for) | name, _id, age | price, _id (if rare equals true)`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
}

// An index that gives no order among equal keys serves what needs none.
func TestServingWithoutOrder(t *testing.T) {
	for _, test := range []struct {
		where []Condition
		want  string
	}{
		{[]Condition{is("lent", Eq)}, "lent"},
		{[]Condition{is("lent", Lt)}, "lent"},
		{[]Condition{is("due", Gte)}, "due"},
		{[]Condition{isNull("lent", Eq)}, ""},
	} {
		p, err := shelf.plan(Selection{Where: test.where, unordered: true})
		if err != nil {
			p = &plan{index: &Index{}}
		}
		if p.index.Name != test.want {
			t.Errorf("%v is served by %q, want %q", test.where, p.index.Name, test.want)
		}
		if _, err := shelf.plan(Selection{Where: test.where}); err == nil || strings.Contains(err.Error(), "Partial: Exists") != (test.want != "") {
			t.Errorf("pages of %v: %v", test.where, err)
		}
	}
}

// book is what the filters below are on.
type book struct{}

var (
	author = NewTextField[book]("author", wire.StringValue[string])
	year   = NewField[book, int64]("year", wire.IntValue)
)

func TestUnindexed(t *testing.T) {
	for name, test := range map[string]struct {
		filter Filter[book]
		// want is the plan and what find is asked.
		want string
	}{
		"both ends of a range": {And(author.Gte("A"), author.Lt("B")), `author: author -year -_id {"author":{"$gte":"A","$lt":"B"}}`},
		"alone":                {Unindexed(year.Ne(1)), `_id_: _id {"$and":[{"year":{"$ne":1}}]}`},
		"beside what is served": {
			And(Unindexed(year.Exists(false)), author.Eq("A"), Unindexed(And(author.Ne("a"), author.Ne("b")))),
			`author: -year -_id {"author":{"$eq":"A"},"$and":[{"year":{"$exists":false}},{"$and":[{"author":{"$ne":"a"}},{"author":{"$ne":"b"}}]}]}`,
		},
		"one of several": {
			Unindexed(Or(And(author.Eq("A"), year.Gt(1)), year.In(2, 3), Filter[book]{})),
			`_id_: _id {"$and":[{"$or":[{"$and":[{"author":{"$eq":"A"}},{"year":{"$gt":1}}]},{"year":{"$in":[2,3]}},{}]}]}`,
		},
		"not":             {Unindexed(Not(author.Prefix("a."))), `_id_: _id {"$and":[{"$nor":[{"author":{"$regex":{"$regularExpression":{"pattern":"^a\\.","options":""}}}}]}]}`},
		"one of none":     {Unindexed(Or[book]()), `_id_: _id {"$and":[{"$nor":[{}]}]}`},
		"not everything":  {Unindexed(Not(And[book]())), `_id_: _id {"$and":[{"$nor":[{}]}]}`},
		"within another":  {Unindexed(Or(Unindexed(year.Eq(1)))), `_id_: _id {"$and":[{"$or":[{"year":{"$eq":1}}]}]}`},
		"nothing":         {Unindexed(Filter[book]{}), `_id_: _id {"$and":[{}]}`},
		"Ne":              {year.Ne(1), ""},
		"Exists":          {And(author.Eq("A"), year.Exists(true)), ""},
		"Or":              {Or(author.Eq("A"), author.Eq("B")), ""},
		"Not":             {Not(author.Eq("A")), ""},
		"Or of Unindexed": {Or(Unindexed(author.Ne("A"))), ""},
	} {
		p, err := shelf.plan(test.filter.selection())
		if test.want == "" {
			var invalid *InvalidError
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
		if got := beginning(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"a\x00", "\xff"} {
		for _, filter := range []Filter[book]{author.Prefix(text), Unindexed(Or(author.Prefix(text)))} {
			_, err := shelf.plan(filter.selection())
			var invalid *InvalidError
			if !errors.As(err, &invalid) || invalid.Fields[0].Code != "format" {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}
