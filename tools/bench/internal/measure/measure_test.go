package measure

import (
	"testing"
	"time"
)

// TestSlices does work as often as fits into the budget, within bounds.
func TestSlices(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		plan Plan
		cost time.Duration
		want int
	}{
		"budget":        {Plan{Budget: time.Second, Most: 1000}, 10 * time.Millisecond, 100},
		"most":          {Plan{Budget: time.Second, Most: 50}, 10 * time.Millisecond, 50},
		"once at least": {Plan{Budget: time.Second, Most: 50}, time.Minute, 1},
		"least":         {Plan{Budget: time.Second, Least: 7, Most: 50}, time.Minute, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.plan.Repetitions = 2
			var times []int
			series, err := test.plan.Run(Side{Slice: func(n int) (Sample, error) {
				times = append(times, n)
				return Sample{CPU: float64(test.cost)}, nil
			}})
			if err != nil || len(series) != 1 || len(series[0]) != 2 {
				t.Fatalf("%v, %v", series, err)
			}
			if got := times[len(times)-2:]; got[0] != test.want || got[1] != test.want {
				t.Errorf("did it %v times, want %d", got, test.want)
			}
		})
	}
}
