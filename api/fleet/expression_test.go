package fleet

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

func raw(t *testing.T, doc any) bson.Raw {
	t.Helper()
	b, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExpressionsAreComparedByMeaning(t *testing.T) {
	declared := []store.Condition{
		{Path: "n", Op: store.Gte, Value: wire.IntValue(1)},
		{Path: "n", Op: store.Lt, Value: wire.IntValue(9)},
		{Path: "state", Op: store.Eq, Value: wire.StringValue("on")},
		{Path: "at", Op: store.Exists, Value: wire.BoolValue(true)},
	}
	d := func(pairs ...any) bson.D {
		var doc bson.D
		for i := 0; i < len(pairs); i += 2 {
			doc = append(doc, bson.E{Key: pairs[i].(string), Value: pairs[i+1]})
		}
		return doc
	}
	for name, c := range map[string]struct {
		stored bson.D
		same   bool
	}{
		"as it is sent": {expression(declared), true},
		"other order, other types": {
			d("at", d("$exists", true), "state", d("$eq", "on"), "n", d("$lt", 9.0, "$gte", int32(1))), true,
		},
		"spread over $and":      {d("$and", bson.A{d("n", d("$gte", 1)), d("n", d("$lt", 9)), d("$and", bson.A{d("state", "on")}), d("at", d("$exists", true))}), true},
		"one less":              {d("n", d("$gte", 1, "$lt", 9), "state", "on"), false},
		"one more":              {d("n", d("$gte", 1, "$lt", 9), "state", "on", "at", d("$exists", true), "x", 1), false},
		"another value":         {d("n", d("$gte", 2, "$lt", 9), "state", "on", "at", d("$exists", true)), false},
		"another operator":      {d("n", d("$gt", 1, "$lt", 9), "state", "on", "at", d("$exists", true)), false},
		"text for a number":     {d("n", d("$gte", "1", "$lt", 9), "state", "on", "at", d("$exists", true)), false},
		"a document to compare": {d("n", d("$gte", 1, "$lt", 9), "state", d("on", 1), "at", d("$exists", true)), false},
		"none":                  {bson.D{}, false},
	} {
		have, want := storedExpression(raw(t, c.stored)), declaredExpression(declared)
		if (have == want) != c.same {
			t.Errorf("%s: stored %q, declared %q", name, have, want)
		}
	}
	if have := storedExpression(nil); have != declaredExpression(nil) {
		t.Errorf("no expression is %q", have)
	}
}

func TestDifferences(t *testing.T) {
	key := bson.D{{Key: "a", Value: int32(1)}}
	number := func(v any) bson.RawValue { return raw(t, bson.D{{Key: "v", Value: v}}).Lookup("v") }
	keys := []store.Key{{Path: "a"}}
	for name, c := range map[string]struct {
		stored   stored
		declared store.Index
		want     string
	}{
		"the same":             {stored{Name: "a_1", Key: key}, store.Index{Name: "a_1", Keys: keys}, ""},
		"the same expiry":      {stored{Name: "a_1", Key: key, Expire: number(60.0)}, store.Index{Name: "a_1", Keys: keys, Expires: true, TTL: time.Minute}, ""},
		"expiry at the date":   {stored{Name: "a_1", Key: key, Expire: number(int64(0))}, store.Index{Name: "a_1", Keys: keys, Expires: true}, ""},
		"no expiry":            {stored{Name: "a_1", Key: key}, store.Index{Name: "a_1", Keys: keys, Expires: true}, "expireAfterSeconds is none, declared 0"},
		"an expiry":            {stored{Name: "a_1", Key: key, Expire: number(int32(5))}, store.Index{Name: "a_1", Keys: keys}, "expireAfterSeconds is 5, declared none"},
		"an expiry of no sort": {stored{Name: "a_1", Key: key, Expire: number("soon")}, store.Index{Name: "a_1", Keys: keys}, `expireAfterSeconds is "soon", declared none`},
		"a limit": {
			stored{Name: "a_1", Key: key, Partial: raw(t, bson.D{{Key: "b", Value: 1}})}, store.Index{Name: "a_1", Keys: keys},
			"partialFilterExpression is b $eq 1, declared none",
		},
		"everything": {
			stored{Name: "x", Key: bson.D{{Key: "a", Value: -1.0}, {Key: "t", Value: "text"}}, Unique: true, Sparse: true, Collation: raw(t, bson.D{{Key: "locale", Value: "de"}})},
			store.Index{Name: "a_1", Keys: keys},
			"keys are -a, t (text), declared a; unique is true, declared false; sparse is true, declared false; collation is {\"locale\": \"de\"}, declared none",
		},
		"the order of bytes, said": {stored{Name: "a_1", Key: key, Collation: raw(t, bson.D{{Key: "locale", Value: "simple"}})}, store.Index{Name: "a_1", Keys: keys}, ""},
		"an index for words": {
			stored{Name: "a_1", Key: key, raw: raw(t, bson.D{{Key: "weights", Value: bson.D{{Key: "a", Value: 1}}}, {Key: "hidden", Value: true}})},
			store.Index{Name: "a_1", Keys: keys}, `weights is {"a": {"$numberInt":"1"}}, declared none`,
		},
	} {
		if have := texts(c.stored.differences(&c.declared)); have != c.want {
			t.Errorf("%s: %q, want %q", name, have, c.want)
		}
	}
}

// An index that has the name of one declared index and the keys of another is the
// first, wherever they stand.
func TestMatch(t *testing.T) {
	on := func(name, path string) stored { return stored{Name: name, Key: bson.D{{Key: path, Value: int32(1)}}} }
	declared := []store.Index{{Name: "first", Keys: []store.Key{{Path: "a"}}}, {Name: "second", Keys: []store.Key{{Path: "b"}}}}
	found, extra := match(declared, []stored{on("second", "a"), on("third", "a"), on("fourth", "c")})
	if found[0] == nil || found[0].Name != "third" || found[1] == nil || found[1].Name != "second" || len(extra) != 1 || extra[0].Name != "fourth" {
		t.Errorf("found %+v, extra %+v", found, extra)
	}
}
