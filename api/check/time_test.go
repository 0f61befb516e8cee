package check_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/check"
)

var (
	firstMillis = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastMillis  = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()
)

func TestAnyTime(t *testing.T) {
	const years = "must be in the years 0 to 9999 in UTC"
	for _, test := range []struct {
		time time.Time
		want check.FieldErrors
	}{
		{time.Time{}, nil},
		{time.Time{}.Add(1), nil},
		{time.Time{}.Add(-1), nil},
		{time.Date(2026, 1, 31, 8, 30, 0, 123e6, time.UTC), nil},
		{time.UnixMilli(firstMillis), nil},
		{time.UnixMilli(firstMillis).Add(-1), check.FieldErrors{{"/t", "out_of_range", years}}},
		{time.UnixMilli(lastMillis).Add(time.Millisecond - 1), nil},
		{time.UnixMilli(lastMillis + 1), check.FieldErrors{{"/t", "out_of_range", years}}},
		{time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -60)), check.FieldErrors{{"/t", "out_of_range", years}}},
		{time.UnixMilli(math.MaxInt64), check.FieldErrors{{"/t", "out_of_range", years}}},
		// The milliseconds of these overflow, and would be those of a date in range.
		{time.Unix(math.MaxInt64/1000+1, 0), check.FieldErrors{{"/t", "out_of_range", years}}},
		{time.Unix(1<<61, 0), check.FieldErrors{{"/t", "out_of_range", years}}},
		{time.Unix(-1<<61, 0), check.FieldErrors{{"/t", "out_of_range", years}}},
	} {
		var p check.FieldErrors
		check.AnyTime(&p, "/t", test.time)
		if diff := cmp.Diff(test.want, p); diff != "" {
			t.Errorf("%v: -want +got:\n%s", test.time, diff)
		}
	}
}
