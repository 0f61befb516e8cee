// Package report shows what was measured: as a table for a terminal, as Markdown
// and as a plot.
package report

import (
	"fmt"
	"strings"

	"github.com/partywall/partywall/tools/bench/internal/measure"
)

// Section is what was measured about one question.
type Section struct {
	Title string
	// Text says what is compared, in Markdown.
	Text string
	Rows []Row
	// Files are written beside the report, under these names.
	Files map[string]string
}

// Row is one comparison.
type Row struct {
	What, Ours, Peer, Ratio, Spread, Target, Result string
}

// cells are in the order of headings.
func (r Row) cells() []string {
	return []string{r.What, r.Ours, r.Peer, r.Ratio, r.Spread, r.Target, r.Result}
}

var headings = []string{"what", "ours", "peer", "ratio", "spread", "target", "result"}

const (
	met    = "met"
	missed = "**missed**"
)

// judge says whether a target is reached.
func judge(reached bool) string {
	if reached {
		return met
	}
	return missed
}

// Missed are the rows of a section that miss their target.
func (s Section) Missed() []Row {
	var rows []Row
	for _, r := range s.Rows {
		if r.Result == missed {
			rows = append(rows, r)
		}
	}
	return rows
}

// Compare is a row about the CPU that an operation takes. The target is how many
// times as much as ours the peer is to take at least, 0 for none.
func Compare(what string, ours, peer measure.Series, target float64) Row {
	ratio := measure.Compare(ours, peer, measure.CPU)
	row := Row{
		What: what, Ours: Cost(ours.Median()), Peer: Cost(peer.Median()),
		Ratio: Times(ratio.Median), Spread: Spread(ratio),
	}
	if target > 0 {
		row.Target, row.Result = fmt.Sprintf("≥ %g×", target), judge(ratio.Median >= target)
	}
	return row
}

// CompareAllocs is a row about allocations, of which ours is to make at most
// target.
func CompareAllocs(what string, ours, peer measure.Series, target float64) Row {
	ratio := measure.Compare(ours, peer, measure.Allocs)
	own := ours.Median().Allocs
	return Row{
		What: what, Ours: Allocs(own), Peer: Allocs(peer.Median().Allocs),
		Ratio: Times(ratio.Median), Spread: Spread(ratio),
		Target: "≤ " + Allocs(target), Result: judge(own <= target+0.5),
	}
}

// Bound is a row about something that has a target of its own, whatever a peer
// does: reached says whether it is met.
func Bound(what, ours, target string, reached bool) Row {
	return Row{What: what, Ours: ours, Target: target, Result: judge(reached)}
}

// Spread is the least and the greatest ratio of the repetitions.
func Spread(r measure.Ratio) string { return fmt.Sprintf("%s–%s", number(r.Low), number(r.High)) }

// Times is a ratio in words.
func Times(ratio float64) string { return number(ratio) + "×" }

// Cost is a sample in words. A server that counts no allocations has none shown:
// none answers without.
func Cost(s measure.Sample) string {
	parts := []string{Duration(s.CPU)}
	if s.Allocs > 0 || s.P99 == 0 {
		parts = append(parts, Allocs(s.Allocs), Bytes(s.Bytes))
	}
	if s.P99 > 0 {
		parts = append(parts, "p50 "+Duration(s.P50), "p99 "+Duration(s.P99))
	}
	return strings.Join(parts, ", ")
}

// Allocs is a number of allocations in words.
func Allocs(n float64) string {
	if number(n) == "1" {
		return "1 alloc"
	}
	return number(n) + " allocs"
}

// Duration is a time in ns, in words.
func Duration(ns float64) string {
	switch {
	case ns >= 1e9:
		return number(ns/1e9) + " s"
	case ns >= 1e6:
		return number(ns/1e6) + " ms"
	case ns >= 1e3:
		return number(ns/1e3) + " µs"
	}
	return number(ns) + " ns"
}

// Bytes is a size in words.
func Bytes(n float64) string {
	switch {
	case n >= 1e6:
		return number(n/1e6) + " MB"
	case n >= 1e3:
		return number(n/1e3) + " kB"
	}
	return fmt.Sprintf("%.0f B", n)
}

// number has as many digits as are worth reading.
func number(n float64) string {
	switch {
	case n >= 100:
		return fmt.Sprintf("%.0f", n)
	case n >= 10:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
	case n < 0.005:
		return "0"
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", n), "0"), ".")
}

// Against gives a row a target of its own, whatever its ratio is.
func (r Row) Against(target string, reached bool) Row {
	r.Target, r.Result = target, judge(reached)
	return r
}
