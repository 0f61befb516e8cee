package indexes

import (
	"math"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

func encoded(t *testing.T, doc any) bson.Raw {
	t.Helper()
	b, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExpressionsAreComparedByMeaning(t *testing.T) {
	declared := []meta.Condition{
		{Path: "n", Op: meta.Gte, Value: wire.IntValue(1)},
		{Path: "n", Op: meta.Lt, Value: wire.IntValue(9)},
		{Path: "state", Op: meta.Eq, Value: wire.StringValue("on")},
		{Path: "at", Op: meta.Exists, Value: wire.BoolValue(true)},
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
		have, want := storedExpression(encoded(t, c.stored)), declaredExpression(declared)
		if (have == want) != c.same {
			t.Errorf("%s: stored %q, declared %q", name, have, want)
		}
	}
	if have := storedExpression(nil); have != declaredExpression(nil) {
		t.Errorf("no expression is %q", have)
	}
}

// TestExpressionsOfDocuments tells a document that values are to be equal to from
// operators.
func TestExpressionsOfDocuments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		equal  bson.D
		stored bson.D
	}{
		"a document":           {bson.D{{Key: "on", Value: 1}}, bson.D{{Key: "state", Value: bson.D{{Key: "on", Value: 1}}}}},
		"a document, with $eq": {bson.D{{Key: "on", Value: 1}}, bson.D{{Key: "state", Value: bson.D{{Key: "$eq", Value: bson.D{{Key: "on", Value: 1}}}}}}},
		"an empty one":         {bson.D{}, bson.D{{Key: "state", Value: bson.D{}}}},
	} {
		declared := []meta.Condition{{Path: "state", Op: meta.Eq, Value: rawValue(t, c.equal)}}
		if have, want := storedExpression(encoded(t, c.stored)), declaredExpression(declared); have != want {
			t.Errorf("%s: stored %q, declared %q", name, have, want)
		}
	}
	if have := storedExpression(encoded(t, bson.D{{Key: "state", Value: bson.D{{Key: "on", Value: int32(1)}}}})); have != `state $eq {"on": {"$numberInt":"1"}}` {
		t.Errorf("a document is %q", have)
	}
}

// TestExpressionsAreSent: the conditions on one path go together, in the order in which
// they are declared.
func TestExpressionsAreSent(t *testing.T) {
	t.Parallel()
	for want, conditions := range map[string][]meta.Condition{
		`{}`: nil,
		`{"n": {"$gte": {"$numberLong":"1"},"$lt": {"$numberLong":"9"}},"state": {"$eq": "on"}}`: {
			{Path: "n", Op: meta.Gte, Value: wire.IntValue(1)},
			{Path: "state", Op: meta.Eq, Value: wire.StringValue("on")},
			{Path: "n", Op: meta.Lt, Value: wire.IntValue(9)},
		},
	} {
		if got := encoded(t, expression(conditions)).String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestConditionsAreToldOnce in an order of their own.
func TestConditionsAreToldOnce(t *testing.T) {
	t.Parallel()
	conditions := []meta.Condition{
		{Path: "n", Op: meta.Lt, Value: wire.IntValue(12)},
		{Path: "b", Op: meta.Eq, Value: wire.BoolValue(true)},
		{Path: "n", Op: meta.Lt, Value: wire.FloatValue(12)},
	}
	if got, want := declaredExpression(conditions), "b $eq true, n $lt 12"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	twice := bson.D{{Key: "$and", Value: bson.A{bson.D{{Key: "n", Value: bson.D{{Key: "$lt", Value: 12}}}}, expression(conditions)}}}
	if got, want := storedExpression(encoded(t, twice)), declaredExpression(conditions); got != want {
		t.Errorf("stored twice: %q, want %q", got, want)
	}
}

// rawValue is v as it is stored.
func rawValue(t *testing.T, v any) bson.RawValue {
	t.Helper()
	return encoded(t, bson.D{{Key: "v", Value: v}}).Lookup("v")
}

// TestValuesAreTold: a whole number is the same text whatever its type, and no two
// numbers are.
func TestValuesAreTold(t *testing.T) {
	t.Parallel()
	for want, values := range map[string][]any{
		"0":                    {int32(0), int64(0), 0.0, math.Copysign(0, -1)},
		"12":                   {int32(12), int64(12), 12.0},
		"-12":                  {int32(-12), int64(-12), -12.0},
		"9007199254740992":     {int64(1) << 53, float64(1 << 53)},
		"4611686018427387904":  {int64(1) << 62, float64(1 << 62)},
		"9223372036854775807":  {int64(math.MaxInt64)},
		"-9223372036854775808": {int64(math.MinInt64), float64(math.MinInt64)},
		`{"$numberDouble":"9.223372036854776E+18"}`:  {-float64(math.MinInt64)},
		`{"$numberDouble":"-9.223372036854778E+18"}`: {math.Nextafter(math.MinInt64, math.Inf(-1))},
		`{"$numberDouble":"2.5"}`:                    {2.5},
		`{"$numberDouble":"1E+20.0"}`:                {1e20},
		`{"$numberDouble":"-1E+20.0"}`:               {-1e20},
		`{"$numberDouble":"NaN"}`:                    {math.NaN()},
		`{"$numberDouble":"Infinity"}`:               {math.Inf(1)},
		`"12"`:                                       {"12"},
		"true":                                       {true},
	} {
		for _, v := range values {
			if got := valueText(rawValue(t, v)); got != want {
				t.Errorf("%T %v: %s, want %s", v, v, got, want)
			}
		}
	}
}

func TestDifferences(t *testing.T) {
	key := bson.D{{Key: "a", Value: int32(1)}}
	number := func(v any) bson.RawValue { return encoded(t, bson.D{{Key: "v", Value: v}}).Lookup("v") }
	keys := []meta.Key{{Path: "a"}}
	for name, c := range map[string]struct {
		stored   stored
		declared meta.Index
		want     string
	}{
		"the same":             {stored{Name: "a_1", Key: key}, meta.Index{Name: "a_1", Keys: keys}, ""},
		"the same expiry":      {stored{Name: "a_1", Key: key, Expire: number(60.0)}, meta.Index{Name: "a_1", Keys: keys, Expires: true, TTL: time.Minute}, ""},
		"expiry at the date":   {stored{Name: "a_1", Key: key, Expire: number(int64(0))}, meta.Index{Name: "a_1", Keys: keys, Expires: true}, ""},
		"no expiry":            {stored{Name: "a_1", Key: key}, meta.Index{Name: "a_1", Keys: keys, Expires: true}, "expireAfterSeconds is none, declared 0"},
		"an expiry":            {stored{Name: "a_1", Key: key, Expire: number(int32(5))}, meta.Index{Name: "a_1", Keys: keys}, "expireAfterSeconds is 5, declared none"},
		"an expiry of no sort": {stored{Name: "a_1", Key: key, Expire: number("soon")}, meta.Index{Name: "a_1", Keys: keys}, `expireAfterSeconds is "soon", declared none`},
		"a limit": {
			stored{Name: "a_1", Key: key, Partial: encoded(t, bson.D{{Key: "b", Value: 1}})}, meta.Index{Name: "a_1", Keys: keys},
			"partialFilterExpression is b $eq 1, declared none",
		},
		"everything": {
			stored{Name: "x", Key: bson.D{{Key: "a", Value: -1.0}, {Key: "t", Value: "text"}}, Unique: true, Sparse: true, Collation: encoded(t, bson.D{{Key: "locale", Value: "de"}})},
			meta.Index{Name: "a_1", Keys: keys},
			"keys are -a, t (text), declared a; unique is true, declared false; sparse is true, declared false; collation is {\"locale\": \"de\"}, declared none",
		},
		"the order of bytes, said": {stored{Name: "a_1", Key: key, Collation: encoded(t, bson.D{{Key: "locale", Value: "simple"}})}, meta.Index{Name: "a_1", Keys: keys}, ""},
		"an index for words": {
			stored{Name: "a_1", Key: key, raw: encoded(t, bson.D{{Key: "weights", Value: bson.D{{Key: "a", Value: 1}}}, {Key: "hidden", Value: true}})},
			meta.Index{Name: "a_1", Keys: keys}, `weights is {"a": {"$numberInt":"1"}}, declared none`,
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
	declared := []meta.Index{{Name: "first", Keys: []meta.Key{{Path: "a"}}}, {Name: "second", Keys: []meta.Key{{Path: "b"}}}}
	found, extra := match(declared, []stored{on("second", "a"), on("third", "a"), on("fourth", "c")})
	if found[0] == nil || found[0].Name != "third" || found[1] == nil || found[1].Name != "second" || len(extra) != 1 || extra[0].Name != "fourth" {
		t.Errorf("found %+v, extra %+v", found, extra)
	}
}
