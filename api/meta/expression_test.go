package meta

import (
	"math"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

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

// storedText is the text of an expression that a server lists.
func storedText(t *testing.T, doc any) string {
	t.Helper()
	return Partial.Text(rawValue(t, doc))
}

// declaredText is the text of declared conditions.
func declaredText(conditions []Condition) string {
	return Partial.Declared(&Index{Partial: conditions})
}

func TestExpressionsAreComparedByMeaning(t *testing.T) {
	declared := []Condition{
		{Path: "n", Op: Gte, Value: wire.IntValue(1)},
		{Path: "n", Op: Lt, Value: wire.IntValue(9)},
		{Path: "state", Op: Eq, Value: wire.StringValue("on")},
		{Path: "at", Op: Exists, Value: wire.BoolValue(true)},
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
		"as it is sent": {(&Index{Partial: declared}).Expression(), true},
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
		have, want := storedText(t, c.stored), declaredText(declared)
		if (have == want) != c.same {
			t.Errorf("%s: stored %q, declared %q", name, have, want)
		}
	}
	if have := Partial.Text(bson.RawValue{}); have != declaredText(nil) {
		t.Errorf("no expression is %q", have)
	}
}

// TestExpressionsOfDocuments distinguishes a document to be equal to from operators.
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
		declared := []Condition{{Path: "state", Op: Eq, Value: rawValue(t, c.equal)}}
		if have, want := storedText(t, c.stored), declaredText(declared); have != want {
			t.Errorf("%s: stored %q, declared %q", name, have, want)
		}
	}
	if have := storedText(t, bson.D{{Key: "state", Value: bson.D{{Key: "on", Value: int32(1)}}}}); have != `state $eq {"on": {"$numberInt":"1"}}` {
		t.Errorf("a document is %q", have)
	}
}

// TestExpressionsAreSent: the conditions on one path go together, in the order in which
// they are declared.
func TestExpressionsAreSent(t *testing.T) {
	t.Parallel()
	for want, conditions := range map[string][]Condition{
		`{}`: nil,
		`{"n": {"$gte": {"$numberLong":"1"},"$lt": {"$numberLong":"9"}},"state": {"$eq": "on"}}`: {
			{Path: "n", Op: Gte, Value: wire.IntValue(1)},
			{Path: "state", Op: Eq, Value: wire.StringValue("on")},
			{Path: "n", Op: Lt, Value: wire.IntValue(9)},
		},
	} {
		if got := encoded(t, (&Index{Partial: conditions}).Expression()).String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestConditionsAreToldOnce, in an order of their own.
func TestConditionsAreToldOnce(t *testing.T) {
	t.Parallel()
	conditions := []Condition{
		{Path: "n", Op: Lt, Value: wire.IntValue(12)},
		{Path: "b", Op: Eq, Value: wire.BoolValue(true)},
		{Path: "n", Op: Lt, Value: wire.FloatValue(12)},
	}
	if got, want := declaredText(conditions), "b $eq true, n $lt 12"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	twice := bson.D{{Key: "$and", Value: bson.A{bson.D{{Key: "n", Value: bson.D{{Key: "$lt", Value: 12}}}}, (&Index{Partial: conditions}).Expression()}}}
	if got, want := storedText(t, twice), declaredText(conditions); got != want {
		t.Errorf("stored twice: %q, want %q", got, want)
	}
}

// rawValue is v as it is stored.
func rawValue(t *testing.T, v any) bson.RawValue {
	t.Helper()
	return encoded(t, bson.D{{Key: "v", Value: v}}).Lookup("v")
}

// TestValuesAreTold: a whole number has the same text in every type, and no two numbers
// share one.
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
