package indexes

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/wire"
)

func TestRepeatsAsText(t *testing.T) {
	t.Parallel()
	pairs := [][2]string{{"a", "b"}, {"c", "d"}, {"e", "f"}}
	for want, r := range map[string]Repeats{
		"1 document repeats the keys of another (a and b); change or remove them":                      {1, pairs[:1]},
		"2 documents repeat the keys of another (a and b, c and d); change or remove them":             {2, pairs[:2]},
		"3 documents repeat the keys of another (a and b, c and d, e and f); change or remove them":    {3, pairs},
		"4 documents repeat the keys of another (a and b, c and d, e and f, …); change or remove them": {4, pairs},
	} {
		if got := r.text(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestWhatIsAskedForRepeats: only the keys of documents in the index, equal ones beside each
// other, each element of a list by itself.
func TestWhatIsAskedForRepeats(t *testing.T) {
	t.Parallel()
	over := []meta.Condition{{Path: "a", Op: meta.Gt, Value: wire.IntValue(1)}}
	for name, c := range map[string]struct {
		x     meta.Index
		lists []string
		want  string
	}{
		"one key": {
			meta.Index{Keys: declaredOn("a")}, nil,
			`[{"$match": {}},{"$sort": {"a": {"$numberInt":"1"},"_id": {"$numberInt":"1"}}},{"$project": {"a": {"$numberInt":"1"}}}]`,
		},
		"two keys, one of them a list": {
			meta.Index{Keys: declaredOn("-l.m", "a")}, []string{"l.m"},
			`[{"$match": {}},{"$unwind": "$l.m"},{"$sort": {"l.m": {"$numberInt":"-1"},"a": {"$numberInt":"1"},"_id": {"$numberInt":"1"}}},{"$project": {"l.m": {"$numberInt":"1"},"a": {"$numberInt":"1"}}}]`,
		},
		"_id among them": {
			meta.Index{Keys: declaredOn("a", "-_id")}, nil,
			`[{"$match": {}},{"$sort": {"a": {"$numberInt":"1"},"_id": {"$numberInt":"-1"}}},{"$project": {"a": {"$numberInt":"1"},"_id": {"$numberInt":"1"}}}]`,
		},
		"some documents": {
			meta.Index{Keys: declaredOn("a"), Partial: over}, nil,
			`[{"$match": {"a": {"$gt": {"$numberLong":"1"}}}},{"$sort": {"a": {"$numberInt":"1"},"_id": {"$numberInt":"1"}}},{"$project": {"a": {"$numberInt":"1"}}}]`,
		},
		"what is not deleted": {
			meta.Index{Keys: declaredOn("a"), Living: true}, nil,
			`[{"$match": {"deletedAt": {"$eq": null}}},{"$sort": {"a": {"$numberInt":"1"},"_id": {"$numberInt":"1"}}},{"$project": {"a": {"$numberInt":"1"}}}]`,
		},
		"such as have any of the keys": {
			meta.Index{Keys: declaredOn("a", "b"), Sparse: true}, nil,
			`[{"$match": {"$or": [{"a": {"$exists": true}},{"b": {"$exists": true}}]}},{"$sort": {"a": {"$numberInt":"1"},"b": {"$numberInt":"1"},"_id": {"$numberInt":"1"}}},{"$project": {"a": {"$numberInt":"1"},"b": {"$numberInt":"1"}}}]`,
		},
	} {
		got := encoded(t, bson.D{{Key: "v", Value: inOrder(&c.x, c.lists)}}).Lookup("v").String()
		if got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}

func TestListsAmongKeys(t *testing.T) {
	t.Parallel()
	c := &meta.Collection{Paths: []meta.Path{{Name: "_id"}, {Name: "a"}, {Name: "l", Many: true}, {Name: "m", Many: true}, {Name: "n", Many: true}}}
	x := &meta.Index{Keys: declaredOn("n", "a", "l", "elsewhere")}
	if got := lists(c, x); !slices.Equal(got, []string{"n", "l"}) {
		t.Errorf("%q", got)
	}
}

// TestNeighbours compares documents in the order of their keys.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	doc := func(id any, members ...any) bson.D {
		d := bson.D{{Key: "_id", Value: id}}
		for i := 0; i < len(members); i += 2 {
			d = append(d, bson.E{Key: members[i].(string), Value: members[i+1]})
		}
		return d
	}
	decimal := func(text string) bson.Decimal128 {
		d, err := bson.ParseDecimal128(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	oid := bson.NewObjectID()
	pair := func(a, b string) *Repeats { return &Repeats{Count: 1, Pairs: [][2]string{{a, b}}} }
	a, b := `"a"`, `"b"`
	for name, c := range map[string]struct {
		keys []string
		docs []any
		want *Repeats
	}{
		"nothing":                              {[]string{"n"}, nil, nil},
		"one document, without the key":        {[]string{"n"}, []any{doc("a")}, nil},
		"others":                               {[]string{"n"}, []any{doc("a", "n", 1), doc("b", "n", 2)}, nil},
		"the same":                             {[]string{"n"}, []any{doc("a", "n", 1), doc("b", "n", 1)}, pair(a, b)},
		"an ObjectID":                          {[]string{"n"}, []any{doc(oid, "n", 1), doc("b", "n", 1)}, pair(oid.Hex(), b)},
		"an ObjectID that repeats":             {[]string{"n"}, []any{doc("a", "n", 1), doc(oid, "n", 1)}, pair(a, oid.Hex())},
		"none and null":                        {[]string{"n"}, []any{doc("a"), doc("b", "n", nil)}, pair(a, b)},
		"the same document twice":              {[]string{"n"}, []any{doc("a", "n", 1), doc("a", "n", 1)}, nil},
		"one of two keys":                      {[]string{"n", "m"}, []any{doc("a", "n", 1, "m", 1), doc("b", "n", 1, "m", 2)}, nil},
		"the other of two keys":                {[]string{"n", "m"}, []any{doc("a", "n", 1, "m", 1), doc("b", "n", 2, "m", 1)}, nil},
		"both":                                 {[]string{"n", "m"}, []any{doc("a", "n", 1, "m", 2), doc("b", "n", 1, "m", 2)}, pair(a, b)},
		"within":                               {[]string{"o.n"}, []any{doc("a", "o", bson.D{{Key: "n", Value: 1}}), doc("b", "o", bson.D{{Key: "x", Value: 1}, {Key: "n", Value: 1}})}, pair(a, b)},
		"numbers of other types":               {[]string{"n"}, []any{doc("a", "n", int32(5)), doc("b", "n", 5.0)}, pair(a, b)},
		"great numbers":                        {[]string{"n"}, []any{doc("a", "n", int64(1)<<60), doc("b", "n", float64(1<<60))}, pair(a, b)},
		"great numbers that are not the same":  {[]string{"n"}, []any{doc("a", "n", int64(1)<<60+1), doc("b", "n", float64(1<<60))}, nil},
		"decimals":                             {[]string{"n"}, []any{doc("a", "n", decimal("2.50")), doc("b", "n", 2.5)}, pair(a, b)},
		"a decimal that is not quite the same": {[]string{"n"}, []any{doc("a", "n", decimal("0.1")), doc("b", "n", 0.1)}, nil},
		"numbers within documents":             {[]string{"n"}, []any{doc("a", "n", bson.D{{Key: "m", Value: int32(1)}}), doc("b", "n", bson.D{{Key: "m", Value: 1.0}})}, pair(a, b)},
		"text of a number":                     {[]string{"n"}, []any{doc("a", "n", 5), doc("b", "n", "5")}, nil},
		"more than are named": {
			[]string{"n"},
			[]any{doc("a", "n", 1), doc("b", "n", 1), doc("c", "n", 1), doc("d", "n", 1), doc("e", "n", 1)},
			&Repeats{Count: 4, Pairs: [][2]string{{a, b}, {b, `"c"`}, {`"c"`, `"d"`}}},
		},
	} {
		got, err := compareNeighbours(t.Context(), cursorOf(t, nil, c.docs...), &meta.Index{Keys: declaredOn(c.keys...)})
		if err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	lost := errors.New("lost")
	if got, err := compareNeighbours(t.Context(), cursorOf(t, lost, doc("a", "n", 1), doc("b", "n", 1)), &meta.Index{Keys: declaredOn("n")}); got != nil || !errors.Is(err, lost) {
		t.Errorf("what breaks off: %+v, %v", got, err)
	}
}

// TestRepeatsThatCannotBeLookedFor do not end a check: the finding says so.
func TestRepeatsThatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	x := meta.Index{Name: "n_1", Keys: declaredOn("n"), Unique: true}
	for name, fail := range map[string]func(*scripted.Server){
		"at once":    func(s *scripted.Server) { s.On("aggregate").Always().Fail(scripted.Error{Code: 13, Message: "no"}) },
		"in between": func(s *scripted.Server) { s.On("getMore").Always().Fail(scripted.Error{Code: 13, Message: "no"}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, server := modelDatabase(t)
			coll := db.Collection("things")
			var docs []any
			for i := range 200 {
				docs = append(docs, bson.D{{Key: "n", Value: i / 2}})
			}
			if _, err := coll.InsertMany(t.Context(), docs); err != nil {
				t.Fatal(err)
			}
			fail(server)
			if got, err := repeats(t.Context(), coll, &x, nil); got != nil || err == nil || !startsWith(err, "things: ") {
				t.Errorf("%+v, %v", got, err)
			}
			server.Reset()
			got, err := repeats(t.Context(), coll, &x, nil)
			if err != nil || got == nil || got.Count != 100 {
				t.Errorf("%+v, %v", got, err)
			}
			// A server sorts no more than 100 MB of keys in memory.
			if asked := server.Commands()[0]; asked.Name != "aggregate" || !asked.Body.Lookup("allowDiskUse").Boolean() {
				t.Errorf("asked: %s", asked.Body)
			}
		})
	}
}

// startsWith reports whether err's text begins so, and is none of the driver's own.
func startsWith(err error, text string) bool {
	_, driver := errors.AsType[mongo.ServerError](err)
	return err != nil && !driver && len(err.Error()) > len(text) && err.Error()[:len(text)] == text
}

// TestRepeatsUnderACollation are those of the server, which alone compares text.
func TestRepeatsUnderACollation(t *testing.T) {
	t.Parallel()
	db, _ := modelDatabase(t)
	coll := db.Collection("things")
	for i, name := range []any{"Ada", "bob", "ADA", "carl", "ada", bson.A{"Dora", "dora"}, nil} {
		if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "_id", Value: i}, {Key: "name", Value: name}}); err != nil {
			t.Fatal(err)
		}
	}
	x := &meta.Index{Keys: declaredOn("name"), Unique: true, Collation: meta.Collation{Locale: "en", Strength: 2}}
	for name, c := range map[string]struct {
		lists []string
		want  *Repeats
	}{
		"plain": {nil, &Repeats{2, [][2]string{{`{"$numberInt":"0"}`, `{"$numberInt":"4"}`}}}},
		"lists": {[]string{"name"}, &Repeats{2, [][2]string{{`{"$numberInt":"0"}`, `{"$numberInt":"4"}`}}}},
	} {
		got, err := repeats(t.Context(), coll, x, c.lists)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +have)\n%s", name, err, diff)
		}
	}
	if _, err := coll.DeleteMany(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: bson.A{2, 4}}}}}); err != nil {
		t.Fatal(err)
	}
	if got, err := repeats(t.Context(), coll, x, nil); got != nil || err != nil {
		t.Errorf("without: %v, %v", got, err)
	}
}
