package check

import (
	"fmt"
	"math"
)

// Number has the constraints on an Int or a Float.
type Number[N int64 | float64] struct {
	// Min and Max are the bounds; nil for none.
	Min, Max *N
}

// Check checks that v is finite and within the bounds.
func (n *Number[N]) Check(errs *FieldErrors, pointer string, v N) {
	Finite(errs, pointer, float64(v))
	if n.Min != nil && v < *n.Min {
		errs.Add(pointer, "too_small", fmt.Sprintf("must be at least %v", *n.Min))
	}
	if n.Max != nil && v > *n.Max {
		errs.Add(pointer, "too_large", fmt.Sprintf("must be at most %v", *n.Max))
	}
}

// Finite checks that a number is finite: JSON has no infinity.
func Finite(errs *FieldErrors, pointer string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		errs.Add(pointer, "type", "must be a finite number")
	}
}

// Overflows reports whether the sum of a and b overflows an int64.
func Overflows(a, b int64) bool {
	return (b > 0 && a > math.MaxInt64-b) || (b < 0 && a < math.MinInt64-b)
}
