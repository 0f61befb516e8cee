package check

import (
	"fmt"
	"math"
)

// Bounds checks that a number is between least and most; nil is no bound.
func Bounds[N int64 | float64](errs *FieldErrors, pointer string, v N, least, most *N) {
	if least != nil && v < *least {
		errs.Add(pointer, "too_small", fmt.Sprintf("must be at least %v", *least))
	}
	if most != nil && v > *most {
		errs.Add(pointer, "too_large", fmt.Sprintf("must be at most %v", *most))
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
