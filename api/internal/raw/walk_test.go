package raw_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/wire"
)

// zoo has orders of every kind, and documents of every kind are stored in it.
var zoo = raw.Collection{
	Collection: meta.Collection{Name: "zoo",
		Indexes: []meta.Index{
			{Name: "a", Keys: []meta.Key{{Path: "a"}, {Path: "_id"}}},
			{Name: "mixed", Keys: []meta.Key{{Path: "b.c", Descending: true}, {Path: "a"}, {Path: "_id"}}},
			{Name: "together", Keys: []meta.Key{{Path: "e.x"}, {Path: "e.y", Descending: true}, {Path: "_id", Descending: true}}},
			{Name: "u", Keys: []meta.Key{{Path: "u"}}, Unique: true},
			{Name: "behind", Keys: []meta.Key{{Path: "g"}, {Path: "a", Descending: true}, {Path: "_id", Descending: true}}},
			{Name: "exact", Keys: []meta.Key{{Path: "h"}, {Path: "a"}}, Exact: true},
		},
		Paths: []meta.Path{{Name: "h"}, {Name: "_id"}, {Name: "a"}, {Name: "b.c"}, {Name: "e.x"}, {Name: "e.y"}, {Name: "u"}, {Name: "g"}}},
}

// walks are queries of the zoo, and the order that their documents must have.
var walks = []struct {
	where []meta.Condition
	sort  string
	order string
}{
	{nil, "", "_id"},
	{nil, "-_id", "-_id"},
	{nil, "a", "a _id"},
	{nil, "-a", "-a -_id"},
	{nil, "-b.c", "-b.c a _id"},
	{nil, "b.c", "b.c -a -_id"},
	{nil, "e.x", "e.x -e.y -_id"},
	{nil, "-e.x", "-e.x e.y _id"},
	{nil, "u", "u"},
	{nil, "-u", "-u"},
	{[]meta.Condition{{Path: "g", Op: meta.Eq, Value: wire.IntValue(1)}}, "a", "a _id"},
	{[]meta.Condition{{Path: "g", Op: meta.Eq, Value: wire.IntValue(1)}}, "-a", "-a -_id"},
	{[]meta.Condition{meta.NewOneOf("g", wire.IntValue(1), wire.IntValue(2))}, "", "g -a -_id"},
	{[]meta.Condition{{Path: "h", Op: meta.Eq, Value: wire.IntValue(1)}}, "", "_id"},
	{[]meta.Condition{{Path: "h", Op: meta.Eq, Value: wire.IntValue(1)}}, "-_id", "-_id"},
	{[]meta.Condition{{Path: "h", Op: meta.Eq, Value: wire.IntValue(1)}, {Path: "a", Op: meta.Gte, Value: wire.IntValue(0)}}, "", "_id"},
	{[]meta.Condition{{Path: "a", Op: meta.Gte, Value: wire.IntValue(0)}}, "-a", "-a -_id"},
	{[]meta.Condition{meta.NewOneOf("g", wire.IntValue(1), wire.IntValue(2)), {Path: "a", Op: meta.Gte, Value: wire.IntValue(0)}}, "", "g -a -_id"},
	{[]meta.Condition{{Path: "g", Op: meta.Gte, Value: wire.IntValue(1)}, {Path: "a", Op: meta.Eq, Value: wire.IntValue(1)}}, "-g,a", "-g a _id"},
	{nil, "-b.c,a", "-b.c a _id"},
	{nil, "-e.x,e.y,_id", "-e.x e.y _id"},
}

// zooServer is a server and what it stores as MongoDB does.
type zooServer struct {
	uri string
	// values are those that it stores and sorts as MongoDB does.
	values []any
	// nested reports whether it stores arrays in arrays, and finds documents that are equal to
	// one in them.
	nested bool
}

func TestWalksShowEveryDocumentOnce(t *testing.T) {
	t.Parallel()
	t.Run("the tests' server", func(t *testing.T) {
		s := zooServer{uri: testdb.URI(t), values: everyValue()}
		if os.Getenv("MONGO_URI") == "" {
			s.values = slices.DeleteFunc(s.values, notEmbedded)
		} else {
			s.nested = true
		}
		s.check(t)
	})
	for _, version := range []int{7, 8} {
		t.Run(fmt.Sprintf("MongoDB %d, modelled", version), func(t *testing.T) {
			zooServer{scripted.Start(t, scripted.Version(version)).URI(), everyValue(), true}.check(t)
		})
	}
}

// check walks through random documents in random orders.
func (s zooServer) check(t *testing.T) {
	docs, coll := openZoo(t, s.uri)
	createIndexes(t, coll, zoo.Indexes)
	rapid.Check(t, func(r *rapid.T) {
		if _, err := coll.DeleteMany(t.Context(), bson.D{}); err != nil {
			r.Fatal(err)
		}
		for range rapid.IntRange(1, 10).Draw(r, "documents") {
			insertUnlessRefused(r, coll, s.document(r))
		}
		w := walks[rapid.IntRange(0, len(walks)-1).Draw(r, "walk")]
		checkWalk(r, docs, coll, raw.Selection{Where: w.where, Sort: w.sort}, strings.Fields(w.order), rapid.IntRange(1, 5).Draw(r, "limit"))
	})
}

// openZoo returns a zoo on a server, without its indexes.
func openZoo(t *testing.T, uri string) (raw.Documents, *mongo.Collection) {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(t.Context())) })
	db := client.Database(testdb.Database(t, "zoo"))
	return raw.In(handle.NewTenant(db, nil, nil, nil), &zoo), db.Collection(zoo.Name)
}

func createIndexes(t *testing.T, coll *mongo.Collection, indexes []meta.Index) {
	t.Helper()
	for _, x := range indexes {
		var keys bson.D
		for _, k := range x.Keys {
			direction := 1
			if k.Descending {
				direction = -1
			}
			keys = append(keys, bson.E{Key: k.Path, Value: direction})
		}
		opts := options.Index().SetName(x.Name).SetUnique(x.Unique).SetSparse(x.Sparse).SetCollation(raw.CollationOf(x.Collation))
		if x.Living {
			opts.SetPartialFilterExpression(x.Expression())
		}
		if _, err := coll.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: keys, Options: opts}); err != nil {
			t.Fatal(err)
		}
	}
}

// insertUnlessRefused leaves out documents that a server with MongoDB's rules refuses: with a
// taken unique key, or arrays on two paths of an index.
func insertUnlessRefused(r *rapid.T, coll *mongo.Collection, doc bson.D) {
	const parallelArrays = 171
	_, err := coll.InsertOne(r.Context(), doc)
	var refused mongo.ServerError
	if errors.As(err, &refused) && (mongo.IsDuplicateKeyError(err) || refused.HasErrorCode(parallelArrays)) {
		return
	}
	if err != nil {
		r.Fatalf("%v: %v", doc, err)
	}
}

// document draws one with values where the zoo's orders look, or none.
func (s zooServer) document(r *rapid.T) bson.D {
	scalar := rapid.SampledFrom(s.values)
	id := scalar.Filter(func(v any) bool {
		switch v.(type) {
		case bson.Regex, bson.Undefined:
			return false
		}
		return true
	})
	element := scalar
	if !s.nested {
		element = scalar.Filter(func(v any) bool { _, isDocument := v.(bson.D); return !isDocument })
	}
	value := s.array(element, scalar)
	members := func(names ...string) *rapid.Generator[any] {
		object := rapid.Custom(func(r *rapid.T) any {
			doc := bson.D{}
			for _, name := range names {
				doc = s.member(r, doc, name, value)
			}
			return doc
		})
		return rapid.OneOf(object, s.array(rapid.OneOf(object, object, scalar), scalar))
	}
	doc := bson.D{{Key: "_id", Value: id.Draw(r, "_id")}}
	doc = s.member(r, doc, "a", value)
	doc = s.member(r, doc, "b", members("c"))
	doc = s.member(r, doc, "e", members("x", "y"))
	doc = append(doc, bson.E{Key: "u", Value: value.Draw(r, "u")})
	few := rapid.SampledFrom([]any{1, 1, 1, 2, bson.A{1, 2}})
	return s.member(r, s.member(r, doc, "g", few), "h", few)
}

// member adds one, or not.
func (s zooServer) member(r *rapid.T, doc bson.D, name string, value *rapid.Generator[any]) bson.D {
	if rapid.IntRange(0, 5).Draw(r, "has "+name) == 0 {
		return doc
	}
	return append(doc, bson.E{Key: name, Value: value.Draw(r, name)})
}

// array draws one of elements, or a single value.
func (s zooServer) array(element, single *rapid.Generator[any]) *rapid.Generator[any] {
	flat := rapid.Map(rapid.SliceOfN(element, 0, 3), func(list []any) any { return bson.A(list) })
	if !s.nested {
		return rapid.OneOf(single, single, flat)
	}
	deep := rapid.Map(rapid.SliceOfN(rapid.OneOf(element, flat, flat), 1, 3), func(list []any) any { return bson.A(list) })
	return rapid.OneOf(single, single, single, flat, flat, deep)
}

// checker is a test, of rapid's or not.
type checker interface {
	Context() context.Context
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// checkWalk walks in pages of the given length, and compares with MongoDB's order.
func checkWalk(r checker, docs raw.Documents, coll *mongo.Collection, s raw.Selection, order []string, limit int) {
	selected := scanned(r, docs, s, meta.MaxLimit)
	if s.Where == nil {
		n, err := coll.CountDocuments(r.Context(), bson.D{})
		if err != nil || int(n) != len(selected) {
			r.Fatalf("one page has %d of %d documents: %v", len(selected), n, err)
		}
	}
	walked := scanned(r, docs, s, limit)
	var ids []string
	for i, doc := range walked {
		ids = append(ids, doc.Lookup("_id").String())
		if i > 0 && compareMongoKeys(order, mongoKey(r, walked[i-1], order), mongoKey(r, doc, order)) > 0 {
			r.Errorf("by %v\n%s\ncomes before\n%s", order, walked[i-1], doc)
		}
	}
	for _, doc := range selected {
		n := len(slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id != doc.Lookup("_id").String() }))
		if n != 1 {
			r.Errorf("by %v in pages of %d %d times: %s", order, limit, n, doc)
		}
	}
	if len(walked) > len(selected) {
		r.Errorf("%d documents of %d", len(walked), len(selected))
	}
	// A walk through parts of the documents is the same.
	s.Fields = []string{"n"}
	var parts []string
	for _, doc := range scanned(r, docs, s, limit) {
		parts = append(parts, doc.Lookup("_id").String())
	}
	if !slices.Equal(parts, ids) {
		r.Errorf("by %v in pages of %d, parts are those of %v, documents %v", order, limit, parts, ids)
	}
}

// scanned returns the documents that s selects, read in pages of the given length.
func scanned(r checker, docs raw.Documents, s raw.Selection, limit int) []bson.Raw {
	var seen []bson.Raw
	s.Limit = limit
	for range 100 {
		page := 0
		next, err := docs.Scan(r.Context(), s, func(doc bson.Raw) error {
			seen = append(seen, slices.Clone(doc))
			page++
			return nil
		})
		if err != nil {
			r.Fatalf("%+v: %v", s, err)
		}
		if next == "" {
			return seen
		}
		if page != limit {
			r.Fatalf("a page of %d has %d documents, and is not the last", limit, page)
		}
		s.After = next
	}
	r.Fatalf("the pages do not end: %v", seen)
	return nil
}

// TestWalksThroughArrays has documents that random ones seldom are.
func TestWalksThroughArrays(t *testing.T) {
	t.Parallel()
	d := func(members ...any) bson.D {
		doc := bson.D{}
		for i := 0; i < len(members); i += 2 {
			doc = append(doc, bson.E{Key: members[i].(string), Value: members[i+1]})
		}
		return doc
	}
	day := func(n int) bson.DateTime { return bson.DateTime(n * 86_400_000) }
	for name, stored := range map[string][]bson.D{
		"among scalars": {
			d("_id", 1, "a", day(1)), d("_id", 2, "a", bson.A{day(1), day(9)}), d("_id", 3, "a", day(2)), d("_id", 4, "a", bson.A{day(0), day(3)}),
			d("_id", 5, "a", day(3)), d("_id", 6, "a", bson.A{day(2), day(2)}), d("_id", 7, "a", bson.A{}), d("_id", 8, "a", bson.A{nil}), d("_id", 9), d("_id", 10, "a", nil),
		},
		"of which nothing is found": {
			d("_id", 1, "b", bson.A{}), d("_id", 2, "b", bson.A{1}), d("_id", 3, "b", bson.A{bson.A{d("c", 1)}}), d("_id", 4, "b", bson.A{1, d("c", 5)}),
			d("_id", 5, "b", bson.A{bson.A{}, d("c", 5)}), d("_id", 6, "b", bson.A{d("c", 5), d()}), d("_id", 7, "b", d("c", 5)), d("_id", 8), d("_id", 9, "b", d("c", nil)),
			d("_id", 10, "b", bson.A{7, d("c", bson.A{})}), d("_id", 11, "b", bson.A{7, d("c", bson.MinKey{})}), d("_id", 12, "b", bson.A{d("c", bson.A{bson.A{1}}), d()}),
			d("_id", 13, "b", bson.A{d("c", bson.A{bson.A{1}, nil})}), d("_id", 14, "b", d("c", day(1))), d("_id", 15, "b", d("c", true)),
		},
		"in arrays": {
			d("_id", 1, "a", bson.A{bson.A{1}}), d("_id", 2, "a", bson.A{1, bson.A{1}}), d("_id", 3, "a", bson.A{bson.A{}}), d("_id", 4, "a", bson.A{bson.A{2}, bson.A{0}}), d("_id", 5, "a", 1),
			d("_id", 6, "a", bson.A{1}), d("_id", 7, "a", bson.A{day(1), bson.A{1}}), d("_id", 8, "a", bson.A{bson.A{1}, nil}), d("_id", 9, "a", "x"), d("_id", 10, "a", day(2)),
		},
		"with several values in each element": {
			d("_id", 1, "e", bson.A{d("x", 1, "y", 1), d("x", 9, "y", 9)}), d("_id", 2, "e", d("x", 1, "y", 5)), d("_id", 3, "e", bson.A{d("x", 1, "y", 9), d("x", 2, "y", 0)}),
			d("_id", 4, "e", d("x", 1, "y", 9)), d("_id", 5, "e", bson.A{d("x", 1, "y", math.NaN()), d("x", 3, "y", 7)}), d("_id", 6, "e", d("x", 1, "y", "x")),
			d("_id", 7, "e", bson.A{d("x", 1, "y", bson.A{bson.A{1}}), d("x", 4, "y", day(1))}), d("_id", 8, "e", d("x", 1, "y", day(0))), d("_id", 9, "e", d("x", bson.A{1, 2}, "y", 5)),
		},
	} {
		for _, version := range []int{7, 8} {
			docs, coll := openZoo(t, scripted.Start(t, scripted.Version(version)).URI())
			createIndexes(t, coll, zoo.Indexes[:3])
			insert(t, coll, stored...)
			for _, w := range walks {
				for limit := range 3 {
					checkWalk(t, docs, coll, raw.Selection{Where: w.where, Sort: w.sort}, strings.Fields(w.order), limit+1)
				}
			}
			if t.Failed() {
				t.Fatal(name)
			}
		}
	}
}

// TestWalksWithoutTheirIndex has documents that share a key which its index, were it
// there, would make unique.
func TestWalksWithoutTheirIndex(t *testing.T) {
	t.Parallel()
	for name, uri := range map[string]string{"the tests' server": testdb.URI(t), "MongoDB 8, modelled": scripted.Start(t).URI()} {
		t.Run(name, func(t *testing.T) {
			docs, coll := openZoo(t, uri)
			for i, u := range []any{1, "x", "x", 1, nil, "x", "x", 3, "x", nil, 1, "x"} {
				insert(t, coll, bson.D{{Key: "_id", Value: (i * 7) % 12}, {Key: "u", Value: u}})
			}
			one := []meta.Condition{{Path: "u", Op: meta.Eq, Value: wire.StringValue("x")}}
			for limit := range 4 {
				checkWalk(t, docs, coll, raw.Selection{Sort: "u"}, []string{"u"}, limit+1)
				checkWalk(t, docs, coll, raw.Selection{Sort: "-u"}, []string{"-u"}, limit+1)
				checkWalk(t, docs, coll, raw.Selection{Where: one}, nil, limit+1)
			}
		})
	}
}

// TestCursorsOfLongValues has values that are longer than what an address may have in
// it: their cursors are short, and mark the document.
func TestCursorsOfLongValues(t *testing.T) {
	t.Parallel()
	docs, coll := openZoo(t, testdb.URI(t))
	long := strings.Repeat("x", 5000)
	for i := range 6 {
		insert(t, coll, bson.D{{Key: "_id", Value: i}, {Key: "a", Value: fmt.Sprint(long, i/4)}, {Key: "u", Value: fmt.Sprint(long, i)}})
	}
	for _, sort := range []string{"a", "-a", "u", "-u"} {
		order := []string{sort}
		if strings.HasSuffix(sort, "a") {
			order = strings.Fields(sort + " " + strings.ReplaceAll(sort, "a", "_id"))
		}
		for limit := range 3 {
			checkWalk(t, docs, coll, raw.Selection{Sort: sort}, order, limit+1)
		}
		s := raw.Selection{Sort: sort, Limit: 1}
		var last bson.RawValue
		next, err := docs.Scan(t.Context(), s, func(doc bson.Raw) error { last = slices.Clone(doc).Lookup("_id"); return nil })
		if err != nil || len(next) > 100 {
			t.Fatalf("by %s: %v, a cursor of %d characters", sort, err, len(next))
		}
		var gone bson.D
		if err := coll.FindOneAndDelete(t.Context(), bson.D{{Key: "_id", Value: last}}).Decode(&gone); err != nil {
			t.Fatal(err)
		}
		s.After = next
		_, err = docs.Scan(t.Context(), s, func(bson.Raw) error { return nil })
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || invalid.Fields[0].Code != "cursor" {
			t.Errorf("by %s, at a document that is gone: %v", sort, err)
		}
		insert(t, coll, gone)
	}
	// With another of the same key the cursor has to say which were shown.
	insert(t, coll, bson.D{{Key: "_id", Value: "another"}, {Key: "u", Value: long + "3"}})
	for limit := range 3 {
		checkWalk(t, docs, coll, raw.Selection{Sort: "u"}, []string{"u"}, limit+1)
	}
}

// TestPagesTakeOneCommand counts the commands of pages: one find each, except if the filter
// cannot tell their documents from ones that were shown.
func TestPagesTakeOneCommand(t *testing.T) {
	t.Parallel()
	server := scripted.Start(t)
	docs, coll := openZoo(t, server.URI())
	createIndexes(t, coll, zoo.Indexes)
	asked := func(s raw.Selection) (names []string) {
		server.Reset()
		scanned(t, docs, s, 2)
		for _, c := range server.Commands() {
			if c.Collection == zoo.Name || c.Name == "killCursors" {
				names = append(names, c.Name)
			}
		}
		return names
	}
	for i := range 8 {
		insert(t, coll, bson.D{{Key: "_id", Value: i}, {Key: "a", Value: bson.A{i, i + 3}}, {Key: "u", Value: i}, {Key: "e", Value: bson.D{{Key: "x", Value: i / 4}}}})
	}
	for _, w := range walks[:10] {
		if got := asked(raw.Selection{Where: w.where, Sort: w.sort}); len(got) != 4 {
			t.Errorf("four pages by %s: %v", w.order, got)
		}
	}
	insert(t, coll, bson.D{{Key: "_id", Value: -1}, {Key: "u", Value: -1}, {Key: "a", Value: bson.A{-1, "x"}}})
	insert(t, coll, bson.D{{Key: "_id", Value: -2}, {Key: "u", Value: -2}, {Key: "a", Value: "x"}})
	// The filter finds -1 on all five, since it has something behind: four look on.
	if got := asked(raw.Selection{Sort: "a"}); len(got) != 1+4*2 {
		t.Errorf("pages with a document that is passed over: %v", got)
	}
}

// everyValue has values of every type, equals among them.
func everyValue() []any {
	decimal := func(text string) bson.Decimal128 {
		d, err := bson.ParseDecimal128(text)
		if err != nil {
			panic(err)
		}
		return d
	}
	return []any{
		nil, "", "a", "b", "B", "é",
		int32(0), int64(0), 0.0, int32(1), int64(1), 1.0, int32(-1), 0.5,
		bson.D{}, bson.D{{Key: "b", Value: int32(1)}}, bson.D{{Key: "a", Value: "x"}}, bson.D{{Key: "b", Value: int32(1)}, {Key: "c", Value: nil}},
		bson.Binary{}, bson.Binary{Data: []byte{9}}, bson.Binary{Subtype: 4, Data: []byte{1}}, bson.Binary{Subtype: 5, Data: []byte{0}}, bson.Binary{Data: []byte{0, 0}},
		bson.ObjectID{}, bson.ObjectID{11: 1}, bson.ObjectID{1}, false, true,
		bson.DateTime(-1), bson.DateTime(0), bson.DateTime(1), bson.Timestamp{T: 1}, bson.Timestamp{T: 1, I: 1}, bson.Timestamp{T: math.MaxUint32},

		bson.MinKey{}, bson.MaxKey{}, bson.Undefined{}, math.Copysign(0, -1), math.NaN(), decimal("NaN"), math.Inf(1), math.Inf(-1),
		decimal("Infinity"), decimal("-Infinity"), decimal("1"), decimal("1.00"), decimal("0.5"), decimal("-0"), decimal("1E+6000"),
		bson.Regex{Pattern: "a"}, bson.Regex{Pattern: "a", Options: "i"}, bson.Regex{Pattern: "b"}, bson.Symbol(""), bson.Symbol("a"), bson.Symbol("c"),
		bson.DBPointer{DB: "z"}, bson.DBPointer{DB: "z", Pointer: bson.ObjectID{1}}, bson.DBPointer{DB: "aa"}, bson.JavaScript(""), bson.JavaScript("f"),
		bson.CodeWithScope{Code: "f", Scope: bson.D{}}, bson.CodeWithScope{Code: "f", Scope: bson.D{{Key: "x", Value: int32(1)}}}, bson.CodeWithScope{Code: "e", Scope: bson.D{}},
		bson.DateTime(math.MinInt64), bson.DateTime(math.MaxInt64),
	}
}

// notEmbedded reports whether the tests' own server does not store v, or sorts it
// otherwise than MongoDB.
func notEmbedded(v any) bool {
	switch v := v.(type) {
	case bson.MinKey, bson.MaxKey, bson.Undefined, bson.Decimal128, bson.Regex, bson.Symbol, bson.DBPointer, bson.JavaScript, bson.CodeWithScope:
		return true
	case float64:
		return math.IsNaN(v) || math.IsInf(v, 0)
	case bson.DateTime:
		return v > 1 || v < -1
	}
	return false
}
