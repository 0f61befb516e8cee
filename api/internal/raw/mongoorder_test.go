package raw_test

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
)

// What follows is MongoDB's order as its documentation has it, written down once more
// and on decoded values, so that tests do not ask the code under test.

// mongoKey returns what doc sorts by in an order of paths, those with a leading "-"
// descending.
func mongoKey(t interface{ Fatal(...any) }, doc bson.Raw, order []string) []any {
	var decoded bson.D
	if err := bson.Unmarshal(doc, &decoded); err != nil {
		t.Fatal(err)
	}
	paths := make([][]string, len(order))
	for i, path := range order {
		paths[i] = strings.Split(strings.TrimPrefix(path, "-"), ".")
	}
	return slices.MinFunc(mongoKeys(decoded, paths, false), func(a, b []any) int { return compareMongoKeys(order, a, b) })
}

func compareMongoKeys(order []string, a, b []any) int {
	for i, path := range order {
		c := compareMongo(a[i], b[i])
		if strings.HasPrefix(path, "-") {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// mongoKeys returns all keys that an index over paths has for v. An array gives those of
// its elements, but for one that is an element itself; nil paths end here.
func mongoKeys(v any, paths [][]string, element bool) [][]any {
	if array, ok := v.(bson.A); ok && !element {
		var keys [][]any
		for _, e := range array {
			keys = append(keys, mongoKeys(e, paths, true)...)
		}
		if len(array) == 0 {
			keys = mongoKeys(bson.Undefined{}, paths, true)
		}
		return keys
	}
	doc, _ := v.(bson.D)
	keys := [][]any{make([]any, len(paths))} // of nils, which are nulls
	below := map[string][]int{}
	var names []string
	for i, path := range paths {
		if len(path) == 0 {
			keys[0][i] = v
			continue
		}
		if below[path[0]] == nil {
			names = append(names, path[0])
		}
		below[path[0]] = append(below[path[0]], i)
	}
	for _, name := range names {
		at := slices.IndexFunc(doc, func(e bson.E) bool { return e.Key == name })
		if at < 0 {
			continue
		}
		rest := make([][]string, 0, len(below[name]))
		for _, i := range below[name] {
			rest = append(rest, paths[i][1:])
		}
		var crossed [][]any
		for _, key := range keys {
			for _, sub := range mongoKeys(doc[at].Value, rest, false) {
				joined := slices.Clone(key)
				for n, i := range below[name] {
					joined[i] = sub[n]
				}
				crossed = append(crossed, joined)
			}
		}
		keys = crossed
	}
	return keys
}

// mongoTypeOrder returns the place of v's type in the order of types.
func mongoTypeOrder(v any) int {
	switch v.(type) {
	case bson.MinKey:
		return 0
	case bson.Undefined:
		return 1
	case nil:
		return 2
	case int32, int64, float64, bson.Decimal128:
		return 3
	case string, bson.Symbol:
		return 4
	case bson.D:
		return 5
	case bson.A:
		return 6
	case bson.Binary:
		return 7
	case bson.ObjectID:
		return 8
	case bool:
		return 9
	case bson.DateTime:
		return 10
	case bson.Timestamp:
		return 11
	case bson.Regex:
		return 12
	case bson.DBPointer:
		return 13
	case bson.JavaScript:
		return 14
	case bson.CodeWithScope:
		return 15
	case bson.MaxKey:
		return 16
	}
	panic("a value of no type")
}

func compareMongo(a, b any) int {
	if c := cmp.Compare(mongoTypeOrder(a), mongoTypeOrder(b)); c != 0 {
		return c
	}
	switch a := a.(type) {
	case int32, int64, float64, bson.Decimal128:
		return compareMongoNumbers(a, b)
	case string:
		return strings.Compare(a, mongoText(b))
	case bson.Symbol:
		return strings.Compare(string(a), mongoText(b))
	case bson.D:
		return compareMongoDocuments(a, b.(bson.D))
	case bson.A:
		return slices.CompareFunc(a, b.(bson.A), compareMongo)
	case bson.Binary:
		b := b.(bson.Binary)
		return cmp.Or(cmp.Compare(len(a.Data), len(b.Data)), cmp.Compare(a.Subtype, b.Subtype), bytes.Compare(a.Data, b.Data))
	case bson.ObjectID:
		return strings.Compare(a.Hex(), b.(bson.ObjectID).Hex())
	case bool:
		return cmp.Compare(map[bool]int{true: 1}[a], map[bool]int{true: 1}[b.(bool)])
	case bson.DateTime:
		return cmp.Compare(a, b.(bson.DateTime))
	case bson.Timestamp:
		return a.Compare(b.(bson.Timestamp))
	case bson.Regex:
		b := b.(bson.Regex)
		return cmp.Or(strings.Compare(a.Pattern, b.Pattern), strings.Compare(a.Options, b.Options))
	case bson.DBPointer:
		b := b.(bson.DBPointer)
		return cmp.Or(cmp.Compare(len(a.DB), len(b.DB)), strings.Compare(a.DB, b.DB), bytes.Compare(a.Pointer[:], b.Pointer[:]))
	case bson.JavaScript:
		return cmp.Compare(a, b.(bson.JavaScript))
	case bson.CodeWithScope:
		b := b.(bson.CodeWithScope)
		return cmp.Or(cmp.Compare(a.Code, b.Code), compareMongo(a.Scope, b.Scope))
	}
	return 0
}

func mongoText(v any) string {
	if s, ok := v.(bson.Symbol); ok {
		return string(s)
	}
	return v.(string)
}

func compareMongoDocuments(a, b bson.D) int {
	return slices.CompareFunc(a, b, func(x, y bson.E) int {
		return cmp.Or(
			cmp.Compare(mongoTypeOrder(x.Value), mongoTypeOrder(y.Value)),
			strings.Compare(x.Key, y.Key),
			compareMongo(x.Value, y.Value),
		)
	})
}

// compareMongoNumbers has NaN before all others, and equal to itself.
func compareMongoNumbers(a, b any) int {
	x, y := mongoFloat(a), mongoFloat(b)
	if math.IsNaN(x) || math.IsNaN(y) || math.IsInf(x, 0) || math.IsInf(y, 0) {
		return cmp.Compare(x, y)
	}
	return mongoRat(a).Cmp(mongoRat(b))
}

// mongoFloat returns v, roughly, where it is a finite number.
func mongoFloat(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case bson.Decimal128:
		switch text := v.String(); text {
		case "NaN":
			return math.NaN()
		case "Infinity", "-Infinity":
			return math.Inf(v.IsInf())
		}
	}
	return 0
}

func mongoRat(v any) *big.Rat {
	r := new(big.Rat)
	switch v := v.(type) {
	case int32:
		return r.SetInt64(int64(v))
	case int64:
		return r.SetInt64(v)
	case float64:
		return r.SetFloat64(v)
	case bson.Decimal128:
		r.SetString(v.String())
	}
	return r
}

func TestMongoOrder(t *testing.T) {
	decimal := func(text string) bson.Decimal128 {
		d, err := bson.ParseDecimal128(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	// Each line sorts behind the ones above; what is on one line is equal.
	lines := [][]any{
		{bson.MinKey{}},
		{bson.Undefined{}},
		{nil},
		{math.NaN(), decimal("NaN"), decimal("-NaN")},
		{math.Inf(-1), decimal("-Infinity")},
		{decimal("-1E+6111")},
		{int32(-1), int64(-1), -1.0, decimal("-1.0")},
		{int32(0), 0.0, math.Copysign(0, -1), decimal("0"), decimal("-0E-3")},
		{decimal("0.1")},
		{0.1},
		{0.5, decimal("5E-1"), decimal("0.50")},
		{int64(1 << 53), float64(1 << 53)},
		{int64(1<<53 + 1)},
		{math.Inf(1), decimal("Infinity")},
		{"", bson.Symbol("")},
		{"B"},
		{"a", bson.Symbol("a")},
		{"a\x00"},
		{"ab"},
		{"é"},
		{bson.D{}},
		{bson.D{{Key: "b", Value: int32(1)}}},
		{bson.D{{Key: "a", Value: "x"}}},
		{bson.D{{Key: "b", Value: ""}}},
		{bson.A{}},
		{bson.A{int32(1)}, bson.A{1.0}},
		{bson.A{int32(1), nil}},
		{bson.A{int32(2)}},
		{bson.A{bson.A{int32(1)}}},
		{bson.Binary{}},
		{bson.Binary{Data: []byte{9}}},
		{bson.Binary{Subtype: 4, Data: []byte{1}}},
		{bson.Binary{Data: []byte{0, 0}}},
		{bson.ObjectID{}},
		{bson.ObjectID{11: 1}},
		{false},
		{true},
		{bson.DateTime(math.MinInt64)},
		{bson.DateTime(-1)},
		{bson.DateTime(1)},
		{bson.Timestamp{T: 1}},
		{bson.Timestamp{T: math.MaxUint32}},
		{bson.Regex{Pattern: "a"}},
		{bson.Regex{Pattern: "a", Options: "i"}},
		{bson.Regex{Pattern: "ab"}},
		{bson.DBPointer{DB: "z"}},
		{bson.DBPointer{DB: "aa"}},
		{bson.JavaScript("")},
		{bson.JavaScript("x")},
		{bson.CodeWithScope{Code: "x", Scope: bson.D{}}},
		{bson.CodeWithScope{Code: "x", Scope: bson.D{{Key: "y", Value: int32(1)}}}},
		{bson.MaxKey{}},
	}
	for i, line := range lines {
		for j, other := range lines {
			for _, a := range line {
				for _, b := range other {
					want := cmp.Compare(i, j)
					if got := compareMongo(a, b); got != want {
						t.Errorf("%T %v and %T %v by the tests: %d", a, a, b, b, got)
					}
					if got := raw.Compare(a, b); got != want {
						t.Errorf("%T %v and %T %v: %d", a, a, b, b, got)
					}
				}
			}
		}
	}
}
