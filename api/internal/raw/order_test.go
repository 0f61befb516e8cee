package raw

import (
	"cmp"
	"math"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestNumbersAtTheEnds are ordered by value, whatever their types. A number that no float64
// holds is between the greatest of them and infinity.
func TestNumbersAtTheEnds(t *testing.T) {
	great, err := bson.ParseDecimal128("1E+6000")
	if err != nil {
		t.Fatal(err)
	}
	small, err := bson.ParseDecimal128("-1E+6000")
	if err != nil {
		t.Fatal(err)
	}
	order := []any{
		math.NaN(), math.Inf(-1), small, -math.MaxFloat64, int64(math.MinInt64), int32(-1), 0.0, int64(math.MaxInt64), math.MaxFloat64, great, math.Inf(1),
	}
	for i, a := range order {
		for j, b := range order {
			if got, want := compareValues(valueOf(a), valueOf(b)), cmp.Compare(i, j); got != want {
				t.Errorf("%v and %v: %d, want %d", a, b, got, want)
			}
		}
	}
}

// TestEqualValues has values that share an index key, and others that do not.
func TestEqualValues(t *testing.T) {
	t.Parallel()
	decimal := func(text string) bson.Decimal128 {
		d, err := bson.ParseDecimal128(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, same := range [][]any{
		{int32(5), int64(5), 5.0, decimal("5.00")},
		{int64(1) << 60, float64(1 << 60), decimal("1152921504606846976")},
		{2.5, decimal("25E-1")},
		{0.0, math.Copysign(0, -1), decimal("-0")},
		{math.NaN(), decimal("NaN")},
		{nil, bson.Null{}},
		{"a", bson.Symbol("a")},
		{bson.D{{Key: "a", Value: int32(1)}}, bson.D{{Key: "a", Value: 1.0}}},
		{bson.A{int32(1)}, bson.A{int64(1)}},
	} {
		for _, a := range same {
			for _, b := range same {
				if !EqualValues(valueOf(a), valueOf(b)) {
					t.Errorf("%T %v and %T %v are not the same", a, a, b, b)
				}
			}
		}
	}
	for _, other := range [][2]any{
		{0.1, decimal("0.1")}, {int64(1)<<60 + 1, float64(1 << 60)}, {5, "5"}, {nil, ""}, {nil, false}, {0, false}, {bson.A{}, nil},
		{bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "b", Value: 1}}}, {bson.D{}, bson.A{}}, {"a", "A"},
	} {
		if EqualValues(valueOf(other[0]), valueOf(other[1])) {
			t.Errorf("%T %v and %T %v are the same", other[0], other[0], other[1], other[1])
		}
	}
}
