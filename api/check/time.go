package check

import (
	"errors"
	"time"
)

// ErrYear is what is wrong with times that JSON cannot represent. It is a predicate.
var ErrYear = errors.New("must be in the years 0 to 9999 in UTC")

// AnyTime checks that a time can be represented in JSON.
func AnyTime(errs *FieldErrors, pointer string, v time.Time) {
	if !HasYear(v) {
		errs.Add(pointer, "out_of_range", ErrYear.Error())
	}
}

// RFC 3339 can represent the times from firstYear up to endOfYears.
var (
	firstYear  = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	endOfYears = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// HasYear reports whether t is in the years 0 to 9999, which JSON can represent. It
// compares times, not milliseconds, which overflow for distant ones.
func HasYear(t time.Time) bool { return !t.Before(firstYear) && t.Before(endOfYears) }

// Time has the constraints on a date.
type Time struct {
	// Required refuses the zero time, which counts as not given.
	Required bool
	// Min and Max are the bounds; the zero time for none.
	Min, Max time.Time
}

// Check checks that v can be stored and is within the bounds.
func (t *Time) Check(errs *FieldErrors, pointer string, v time.Time) {
	if t.Required && v.IsZero() {
		errs.Given(pointer, false)
		return
	}
	AnyTime(errs, pointer, v)
	if !t.Min.IsZero() && v.Before(t.Min) {
		errs.Add(pointer, "too_small", "must not be before "+t.Min.Format(time.RFC3339))
	}
	if !t.Max.IsZero() && v.After(t.Max) {
		errs.Add(pointer, "too_large", "must not be after "+t.Max.Format(time.RFC3339))
	}
}
