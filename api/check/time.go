package check

import (
	"errors"
	"time"
)

// ErrYear and ErrZeroTime are what is wrong with times that would not be stored as
// they are. They are predicates.
var (
	ErrYear     = errors.New("must be in the years 0 to 9999 in UTC")
	ErrZeroTime = errors.New("must not be 0001-01-01T00:00:00Z, which stands for no date")
)

// AnyTime checks that a time can be stored and represented in JSON: the zero time
// stands for none.
func AnyTime(errs *FieldErrors, pointer string, v time.Time) {
	switch {
	case v.IsZero():
		errs.Given(pointer, false)
	case !HasYear(v):
		errs.Add(pointer, "out_of_range", ErrYear.Error())
	case v.Truncate(time.Millisecond).IsZero():
		errs.Add(pointer, "not_allowed", ErrZeroTime.Error())
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
	// Min and Max are the bounds; the zero time for none.
	Min, Max time.Time
}

// Check checks that v can be stored and is within the bounds.
func (t *Time) Check(errs *FieldErrors, pointer string, v time.Time) {
	AnyTime(errs, pointer, v)
	if !t.Min.IsZero() && v.Before(t.Min) {
		errs.Add(pointer, "too_small", "must not be before "+t.Min.Format(time.RFC3339))
	}
	if !t.Max.IsZero() && v.After(t.Max) {
		errs.Add(pointer, "too_large", "must not be after "+t.Max.Format(time.RFC3339))
	}
}
