package raw_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

var anyCase = meta.Collation{Locale: "en", Strength: 2}

// words are compared whatever their case, but for their numbers.
var words = raw.Collection{Collection: meta.Collection{
	Name: "words",
	Indexes: []meta.Index{
		{Name: "plain", Keys: []meta.Key{{Path: "n"}, {Path: "_id"}}},
		{Name: "name", Keys: []meta.Key{{Path: "name"}, {Path: "n", Descending: true}, {Path: "_id", Descending: true}}, Collation: anyCase},
		{Name: "within", Keys: []meta.Key{{Path: "in.x", Descending: true}, {Path: "in.y", Descending: true}, {Path: "_id"}}, Collation: anyCase},
		{Name: "code", Keys: []meta.Key{{Path: "code"}}, Unique: true, Sparse: true, Collation: anyCase},
		{Name: "owner", Keys: []meta.Key{{Path: "owner"}}, Exact: true, Collation: anyCase},
	},
	Paths: []meta.Path{{Name: "_id"}, {Name: "n"}, {Name: "name", Text: true}, {Name: "in.x", Text: true}, {Name: "in.y"}, {Name: "code", Text: true}, {Name: "owner", Text: true}},
}}

func equal(path, text string) []meta.Condition {
	return []meta.Condition{{Path: path, Op: meta.Eq, Value: wire.StringValue(text)}}
}

// TestCollatedWalks: whatever is stored, pages of any length show the same documents as one
// long page, each once. It has those that are where the schema has them.
func TestCollatedWalks(t *testing.T) {
	t.Parallel()
	docs, coll, _ := modelled(t, &words)
	text := rapid.SampledFrom([]any{"a", "A", "b", "B", "ab", "Ab", "aB", "AB", "", nil, 1, 2.5, true, bson.D{{Key: "a", Value: "A"}}})
	numbers := rapid.SampledFrom([]any{1, 2, math.NaN()})
	odd := rapid.SampledFrom([]any{bson.A{"a", "B"}, bson.A{"B", 1}, bson.A{}, bson.A{bson.A{"a"}}, bson.Regex{Pattern: "a"}, bson.A{nil, "b"}})
	rapid.Check(t, func(r *rapid.T) {
		if _, err := coll.DeleteMany(t.Context(), bson.D{}); err != nil {
			r.Fatal(err)
		}
		var fitting []int
		for i := range rapid.IntRange(1, 12).Draw(r, "documents") {
			doc := bson.D{{Key: "_id", Value: (i * 7) % 12}}
			fits := rapid.IntRange(0, 3).Draw(r, "fits") > 0
			values := text
			if !fits {
				values = rapid.OneOf(text, odd)
			}
			for _, path := range []string{"name", "n", "owner"} {
				if rapid.IntRange(0, 5).Draw(r, path) > 0 {
					doc = append(doc, bson.E{Key: path, Value: values.Draw(r, "value")})
				}
			}
			var in any = bson.D{{Key: "x", Value: values.Draw(r, "x")}, {Key: "y", Value: numbers.Draw(r, "y")}}
			if !fits && rapid.Bool().Draw(r, "several") {
				in = bson.A{in, bson.D{{Key: "x", Value: values.Draw(r, "x")}}}
			}
			insertUnlessRefused(r, coll, append(doc, bson.E{Key: "in", Value: in}))
			if fits {
				fitting = append(fitting, (i*7)%12)
			}
		}
		s := rapid.SampledFrom([]raw.Selection{
			{Sort: "name"}, {Sort: "-name"}, {Sort: "in.x"}, {Sort: "-in.x"}, {Where: equal("name", "AB")}, {Where: equal("name", "a"), Sort: "n"},
			{Where: []meta.Condition{{Path: "name", Op: meta.Gte, Value: wire.StringValue("AB")}}}, {Where: equal("owner", "A")},
		}).Draw(r, "query")
		one, walked := scanned(r, docs, s, meta.MaxLimit), scanned(r, docs, s, rapid.IntRange(1, 5).Draw(r, "limit"))
		if !slices.EqualFunc(one, walked, func(a, b bson.Raw) bool { return string(a) == string(b) }) {
			r.Errorf("%+v\n%s\nin pages\n%s", s, one, walked)
		}
		shown := map[int]int{}
		for _, doc := range one {
			if id := int(doc.Lookup("_id").AsInt64()); slices.Contains(fitting, id) {
				shown[id]++
			}
		}
		for _, id := range fitting {
			if n := shown[id]; n > 1 || n == 0 && s.Where == nil {
				r.Errorf("%+v shows %d %d times", s, id, n)
			}
		}
	})
}

// TestCollatedQueries are sent with the collation of the index that serves them, and with no
// other.
func TestCollatedQueries(t *testing.T) {
	t.Parallel()
	docs, coll, server := modelled(t, &words)
	ada, bob := bson.NewObjectID(), bson.NewObjectID()
	insert(t, coll,
		bson.D{{Key: "_id", Value: ada}, {Key: "name", Value: "Ada"}, {Key: "code", Value: "Ada"}, {Key: "owner", Value: "Ada"}, {Key: "n", Value: "Ada"}},
		bson.D{{Key: "_id", Value: bob}, {Key: "name", Value: "Bob"}, {Key: "code", Value: "Bob"}, {Key: "owner", Value: "Bob"}, {Key: "n", Value: "Bob"}})
	found := func(s raw.Selection) func() (int, error) {
		return func() (n int, err error) {
			_, err = docs.Scan(t.Context(), s, func(bson.Raw) error { n++; return nil })
			return n, err
		}
	}
	doc, err := bson.Marshal(bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "ADA"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		do       func() (int, error)
		n        int
		collated bool
	}{
		"a page":         {found(raw.Selection{Where: equal("name", "ADA")}), 1, true},
		"by its order":   {found(raw.Selection{Sort: "name"}), 2, true},
		"by owner":       {found(raw.Selection{Where: equal("owner", "ADA")}), 1, true},
		"by a key":       {found(raw.Selection{Where: equal("code", "ADA")}), 1, true},
		"by _id":         {found(raw.Selection{}), 2, false},
		"of a plain one": {found(raw.Selection{Where: equal("n", "ADA")}), 0, false},
		"a stream": {func() (n int, err error) {
			err = docs.Stream(t.Context(), raw.Selection{Where: equal("owner", "ADA")}, func(bson.Raw) error { n++; return nil })
			return n, err
		}, 1, true},
		"a lookup": {func() (int, error) { _, err := docs.GetBy(t.Context(), equal("code", "ADA")...); return 1, err }, 1, true},
		"the first": {func() (int, error) {
			_, err := docs.First(t.Context(), raw.Selection{Where: equal("name", "ADA")})
			return 1, err
		}, 1, true},
		"a count": {func() (int, error) {
			n, err := docs.Count(t.Context(), raw.Selection{Where: equal("name", "ADA")})
			return int(n), err
		}, 1, true},
		"is there one": {func() (int, error) {
			is, err := docs.HasAny(t.Context(), raw.Selection{Where: equal("name", "ADA")})
			return map[bool]int{true: 1}[is], err
		}, 1, true},
		"is it free": {func() (int, error) {
			if err := docs.CheckFree(t.Context(), doc); !errors.As(err, new(*store.DuplicateError)) {
				return 0, err
			}
			return 1, nil
		}, 1, true},
		"one that is stored or changed": {func() (int, error) {
			stored, created, err := docs.Upsert(t.Context(), doc, []string{"code"}, []string{"code"})
			if err != nil || created || stored.Lookup("_id").ObjectID() != ada || stored.Lookup("code").StringValue() != "ADA" {
				return 0, err
			}
			return 1, nil
		}, 1, true},
	} {
		server.Reset()
		if n, err := c.do(); n != c.n || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		for _, command := range server.Commands() {
			collation, _ := command.Body.Lookup("collation").DocumentOK()
			want := ""
			if c.collated {
				want = `{"locale": "en","strength": {"$numberInt":"2"}}`
			}
			if collation.String() != want {
				t.Errorf("%s: %s has the collation %s", name, command.Name, collation)
			}
		}
	}
	if err := docs.Insert(t.Context(), doc); !errors.As(err, new(*store.DuplicateError)) {
		t.Errorf("one of another case is stored: %v", err)
	}
}

// TestCollatedRefusals: where only the server could compare, nothing is served; a cursor is of one
// collation.
func TestCollatedRefusals(t *testing.T) {
	t.Parallel()
	docs, coll, _ := modelled(t, &words)
	for name, s := range map[string]raw.Selection{
		"a unique order":      {Sort: "code"},
		"a unique range":      {Where: []meta.Condition{{Path: "code", Op: meta.Gt, Value: wire.StringValue("a")}}},
		"a beginning of text": {Where: []meta.Condition{{Path: "name", Op: meta.Prefix, Value: wire.StringValue("a")}}},
	} {
		if _, err := docs.Scan(t.Context(), s, nil); !errors.As(err, new(*store.InvalidError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unique := raw.Selection{Where: []meta.Condition{{Path: "code", Op: meta.Gt, Value: wire.StringValue("a")}}}
	if _, err := docs.Scan(t.Context(), unique, nil); !strings.Contains(err.Error(), "neither Unique nor Sparse would serve it") {
		t.Errorf("a unique range, whose index can stand beside another: %v", err)
	}
	insert(t, coll, bson.D{{Key: "name", Value: "a"}}, bson.D{{Key: "name", Value: "b"}})
	s := raw.Selection{Sort: "name", Limit: 1}
	next, err := docs.Scan(t.Context(), s, func(bson.Raw) error { return nil })
	if err != nil || next == "" {
		t.Fatal(next, err)
	}
	other := words
	other.Indexes = slices.Clone(words.Indexes)
	other.Indexes[1].Collation.Strength = 1
	s.After = next
	if _, err := raw.In(tenantOf(coll), &other).Scan(t.Context(), s, nil); !errors.As(err, new(*store.InvalidError)) {
		t.Errorf("the cursor is taken for another collation: %v", err)
	}
}
