// Package measure compares what the same work costs several sides: in slices
// that alternate within one run, so that whatever else the machine does meets
// all of them alike.
package measure

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Sample is what an operation cost within one slice, on average.
type Sample struct {
	// CPU is user and system time of the process that does the work, in ns.
	CPU float64
	// Allocs is a number, Bytes are what they took.
	Allocs, Bytes float64
	// P50 and P99 are latencies in ns; zero where none were taken.
	P50, P99 float64
	// Rate is how many operations a second there were, and Front the CPU in ns that what
	// stands before the process took for each; zero where they were not taken.
	Rate, Front float64
}

// Side is one of those that are compared.
type Side struct {
	Name string
	// Slice does the work n times.
	Slice func(n int) (Sample, error)
}

// Plan says how much to measure.
type Plan struct {
	// Repetitions is how often the sides take turns.
	Repetitions int
	// Budget is how much CPU a slice is to take. A slice does the work once at
	// least, or Least times if that is more, and Most times at most.
	Budget      time.Duration
	Least, Most int
}

// Series are a side's slices, in the order of the repetitions.
type Series []Sample

// Run measures the sides in turn. The series are in the order of sides.
func (p Plan) Run(sides ...Side) ([]Series, error) {
	times := make([]int, len(sides))
	for i, s := range sides {
		n, err := p.calibrate(s)
		if err != nil {
			return nil, err
		}
		times[i] = n
	}
	all := make([]Series, len(sides))
	for range p.Repetitions {
		for i, s := range sides {
			sample, err := s.Slice(times[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.Name, err)
			}
			all[i] = append(all[i], sample)
		}
	}
	return all, nil
}

// calibrate finds out how often the side can do its work within the budget. It
// also warms the side up.
func (p Plan) calibrate(s Side) (int, error) {
	n := 1
	for {
		sample, err := s.Slice(n)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", s.Name, err)
		}
		fits := int(float64(p.Budget) / max(sample.CPU, 1))
		if n >= p.Most || fits <= 2*n {
			return min(max(fits, p.Least, 1), p.Most), nil
		}
		n = min(fits, 10*n, p.Most)
	}
}

// The metrics of a Sample.
var (
	CPU     = func(s Sample) float64 { return s.CPU }
	Allocs  = func(s Sample) float64 { return s.Allocs }
	Latency = func(s Sample) float64 { return s.P50 }
	Rate    = func(s Sample) float64 { return s.Rate }
)

// Median is the series' median, metric by metric.
func (s Series) Median() Sample {
	return Sample{
		CPU:    s.median(CPU),
		Allocs: s.median(Allocs),
		Bytes:  s.median(func(s Sample) float64 { return s.Bytes }),
		P50:    s.median(func(s Sample) float64 { return s.P50 }),
		P99:    s.median(func(s Sample) float64 { return s.P99 }),
		Rate:   s.median(func(s Sample) float64 { return s.Rate }),
		Front:  s.median(func(s Sample) float64 { return s.Front }),
	}
}

func (s Series) median(metric func(Sample) float64) float64 {
	values := make([]float64, len(s))
	for i, sample := range s {
		values[i] = metric(sample)
	}
	return Median(values)
}

// Median is the middle of values: NaN where there are none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	values = slices.Sorted(slices.Values(values))
	mid := len(values) / 2
	if len(values)%2 == 1 {
		return values[mid]
	}
	return (values[mid-1] + values[mid]) / 2
}

// Ratio is how many times as much as ours the peer costs: the median over the
// repetitions, and the least and the greatest of them.
type Ratio struct{ Median, Low, High float64 }

// Compare is the Ratio of a metric.
func Compare(ours, peer Series, metric func(Sample) float64) Ratio {
	var ratios []float64
	for i := range min(len(ours), len(peer)) {
		ratios = append(ratios, metric(peer[i])/metric(ours[i]))
	}
	return RatioOf(ratios)
}

// RatioOf is the Ratio of those of the repetitions.
func RatioOf(ratios []float64) Ratio {
	if len(ratios) == 0 {
		return Ratio{}
	}
	return Ratio{Median: Median(ratios), Low: slices.Min(ratios), High: slices.Max(ratios)}
}

// Latencies adds percentiles to s.
func (s *Sample) Latencies(taken []time.Duration) {
	if len(taken) == 0 {
		return
	}
	sorted := slices.Sorted(slices.Values(taken))
	at := func(part float64) float64 { return float64(sorted[int(part*float64(len(sorted)-1))]) }
	s.P50, s.P99 = at(0.50), at(0.99)
}
