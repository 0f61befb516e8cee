package store

import (
	"cmp"
	"math"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestNumbersAtTheEnds are in the order of what they are, whatever their types; what no
// float64 holds is beyond the greatest of them, and before infinity.
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
			if got, want := compareValues(raw(a), raw(b)), cmp.Compare(i, j); got != want {
				t.Errorf("%v and %v: %d, want %d", a, b, got, want)
			}
		}
	}
}
