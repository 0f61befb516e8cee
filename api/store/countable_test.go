package store

import (
	"math"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestCountable has the numbers from which a revision can be counted up, and the first from
// which it cannot.
func TestCountable(t *testing.T) {
	for v, want := range map[any]bool{
		int32(0): true, int32(math.MaxInt32): true, int64(math.MaxInt64 - 1): true, int64(math.MaxInt64): false, 7.0: true, 7.5: false,
		float64(1<<53 - 1): true, float64(1 << 53): false, -float64(1<<53 - 1): true, -float64(1 << 53): false, "7": false, math.Inf(1): false, true: false,
	} {
		if got := isCountable(valueOf(v)); got != want {
			t.Errorf("%T %v: %v", v, v, got)
		}
	}
	if isCountable(valueOf(math.NaN())) || isCountable(bson.RawValue{}) {
		t.Error("nothing, or no number")
	}
}

func valueOf(v any) bson.RawValue {
	kind, value, _ := bson.MarshalValue(v)
	return bson.RawValue{Type: kind, Value: value}
}
