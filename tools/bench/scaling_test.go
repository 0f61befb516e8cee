package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// TestTally counts requests of before, of while and of after an instance went.
func TestTally(t *testing.T) {
	t.Parallel()
	base := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return base.Add(time.Duration(ms) * time.Millisecond) }
	down := errors.New("no answer")
	outcomes := []load.Outcome{
		{Begun: at(0), Ended: at(100)}, {Begun: at(100), Ended: at(400)}, // before
		{Begun: at(450), Ended: at(550)}, {Begun: at(600), Ended: at(610), Err: down}, // while
		{Begun: at(690), Ended: at(720), Err: down}, // sent before it was left out
		{Begun: at(710), Ended: at(730), Err: down}, // and after
		{Begun: at(705), Ended: at(760)},            // nobody's: its process had not ended
		{Begun: at(901), Ended: at(950)}, {Begun: at(951), Ended: at(990)}, {Begun: at(952), Ended: at(1000)},
	}
	got := times{start: at(0), gone: at(500), out: at(700), ended: at(900), end: at(1900)}.tally(outcomes)
	want := loss{asked: 10, failed: 3, late: 1, out: 200 * time.Millisecond, ended: 400 * time.Millisecond, before: 4, after: 3}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// One that is killed has ended before it is left out.
	got = times{start: at(0), gone: at(500), out: at(900), ended: at(501), end: at(1900)}.tally(outcomes)
	if got.late != 0 || got.after != 3 {
		t.Errorf("killed: %+v", got)
	}
	if got := (times{start: at(0), gone: at(0), out: at(0), ended: at(0), end: at(0)}).tally(nil); got != (loss{}) {
		t.Errorf("nothing: %+v", got)
	}
}

func TestLossRow(t *testing.T) {
	t.Parallel()
	one := loss{asked: 100, failed: 2, out: 100 * time.Millisecond, ended: time.Second, before: 1000, after: 900}
	two := loss{asked: 300, failed: 1, late: 1, out: 300 * time.Millisecond, ended: 3 * time.Second, before: 1000, after: 1100}
	for name, test := range map[string]struct {
		of   losses
		want report.Row
	}{
		"killed": {losses{departures[0], 2, []loss{one, one}}, report.Row{
			What: "2 instances, one killed (`kill -9`)", Ours: "4 of 200 requests failed, left out after 100 ms, 1000/s before and 900/s afterwards",
			Ratio: "0.9×", Spread: "0.9–0.9", Target: "0 failed of those sent once it was left out", Result: "met",
		}},
		"killed, and asked nonetheless": {losses{departures[0], 4, []loss{one, two}}, report.Row{
			What: "4 instances, one killed (`kill -9`)", Ours: "3 of 400 requests failed, left out after 200 ms, 1000/s before and 1000/s afterwards",
			Ratio: "1×", Spread: "0.9–1.1", Target: "0 failed of those sent once it was left out", Result: "**missed**",
		}},
		"repeated": {losses{departures[1], 2, []loss{one}}, report.Row{
			What: "2 instances, one killed, the proxy repeats `GET`s", Ours: "2 of 100 requests failed, left out after 100 ms, 1000/s before and 900/s afterwards",
			Ratio: "0.9×", Spread: "0.9–0.9", Target: "0 failed", Result: "**missed**",
		}},
		"stopped": {losses{departures[2], 2, []loss{{asked: 50, out: time.Second, ended: 2 * time.Second, before: 10, after: 10}}}, report.Row{
			What: "2 instances, one stopped (`SIGTERM`)", Ours: "0 of 50 requests failed, left out after 1 s, ended after 2 s, 10/s before and 10/s afterwards",
			Ratio: "1×", Spread: "1–1", Target: "0 failed", Result: "met",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.of.row(); got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestMetWithinTheTime(t *testing.T) {
	t.Parallel()
	all, some := found(100_000, false), found(100_000, false)
	some.met = 38_000
	for text, want := range map[string]string{
		some.memory().Ours: "40 MB, having met 38 000", some.walked().What: "100 000 tenants: the first request of each of 38 000, for which there was time",
		all.memory().Ours: "40 MB", all.walked().What: "100 000 tenants: the first request of each",
	} {
		if text != want {
			t.Errorf("got %q, want %q", text, want)
		}
	}
	const told = "of 100 000 tenants 38 000 were met"
	if strings.Contains(scalingChart([]scale{all}), told) || !strings.Contains(scalingChart([]scale{some}), told) {
		t.Error("the chart does not say how many were met, or says it of all")
	}
}

// found is what a run may find: ours takes 100 µs, and 200 µs where there are two.
func found(tenants int, express bool) scale {
	us := func(cpu, front float64) measure.Series {
		return measure.Series{{CPU: cpu * 1e3, Front: front * 1e3, Rate: 2000, P50: 3e6, P99: 9e6}}
	}
	s := scale{
		tenants: tenants, met: tenants, walk: measure.Sample{CPU: 500e3, Rate: 1000},
		one: us(100, 0), behind: map[int]measure.Series{1: us(110, 50), 2: us(220, 55)}, seldom: map[int]measure.Series{1: us(110, 0), 2: us(198, 0)}, connections: []int64{51, 52}, rss: 40e6,
	}
	if express {
		s.express = &scaledExpress{series: us(1000, 0), connections: int64(2 * tenants), rss: 100e6}
	}
	return s
}

func TestScaleRows(t *testing.T) {
	t.Parallel()
	var got []string
	for _, r := range scaleRows([]scale{found(300, true), found(100_000, false)}, []int{1, 2}) {
		got = append(got, strings.Join([]string{r.What, r.Ours, r.Peer, r.Ratio, r.Spread, r.Target, r.Result}, " | "))
	}
	want := []string{
		"requests a second that one core carries (`GET /api/users`, 10 documents) | 10000 | 1000 | 10× | 10–10 |  | ",
		"300 tenants, one instance | 10000/s a core, 0.100 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms | 1000/s a core, 1.000 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms | 10× | 10–10 |  | ",
		"100 000 tenants, one instance | 10000/s a core, 0.100 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms | not run |  |  |  | ",
		"300 tenants: connections of one instance | 51; 2 instances: 103 | 600 | 11.8× |  | ≤ 52 an instance | met",
		"300 tenants: RSS of one instance | 40 MB | 100 MB | 2.5× |  |  | ",
		"100 000 tenants: connections of one instance | 51; 2 instances: 103 | 200 000 at 2 a tenant |  |  | ≤ 52 an instance | met",
		"100 000 tenants: RSS of one instance | 40 MB |  |  |  |  | ",
		"100 000 tenants: the first request of each | 2000/s a core, 0.500 CPU-s per 1000; 1000/s here |  |  |  |  | ",
		"300 tenants, one instance behind a proxy | 9091/s a core, 0.110 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms; the proxy 0.050 CPU-s per 1000 | without it: 9091/s a core, 0.110 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms | 1× | 1–1 |  | ",
		"300 tenants, 2 instances behind a proxy | 4545/s a core, 0.220 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms; the proxy 0.055 CPU-s per 1000 | one, alone, as seldom: 5051/s a core, 0.198 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms | 0.9× | 0.9–0.9 |  | ",
		"100 000 tenants, one instance behind a proxy | 9091/s a core, 0.110 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms; the proxy 0.050 CPU-s per 1000 | without it: 9091/s a core, 0.110 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms | 1× | 1–1 |  | ",
		"100 000 tenants, 2 instances behind a proxy | 4545/s a core, 0.220 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms; the proxy 0.055 CPU-s per 1000 | one, alone, as seldom: 5051/s a core, 0.198 CPU-s per 1000; 2000/s here, p50 3 ms, p99 9 ms | 0.9× | 0.9–0.9 |  | ",
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("row %d:\ngot  %q\nwant %q", i, at(got, i), at(want, i))
		}
	}
	// A single instance too many connections misses the target, whoever has fewer.
	s := found(10, false)
	s.connections = []int64{3, poolSize + monitors + 1}
	if row := s.open(); row.Result != "**missed**" {
		t.Errorf("got %+v", row)
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// TestInterval asks as often as it is told, and as often as can be where it is not, or
// does not know yet.
func TestInterval(t *testing.T) {
	t.Parallel()
	rate, none := 2000.0, 0.0
	for want, a := range map[time.Duration]asked{
		0: {}, 2 * time.Millisecond: {share: 4, rate: &rate}, 500 * time.Microsecond: {share: 1, rate: &rate},
	} {
		if got := a.interval(); got != want {
			t.Errorf("%+v: %v, want %v", a, got, want)
		}
	}
	if got := (asked{share: 4, rate: &none}).interval(); got != 0 {
		t.Errorf("of no rate: %v", got)
	}
}

func TestBurden(t *testing.T) {
	t.Parallel()
	if burden(1.5) != "" || !strings.Contains(burden(1.51), "others") {
		t.Errorf("%q and %q", burden(1.5), burden(1.51))
	}
}

func TestScalingChart(t *testing.T) {
	t.Parallel()
	both := scalingChart([]scale{found(10, true), found(100_000, false)})
	for text, want := range map[string]int{"<circle": 6, "partywall": 1, "Express": 1, "NaN": 0, "Inf": 0, ">100 000<": 2} {
		if got := strings.Count(both, text); got != want {
			t.Errorf("%q is there %d times, want %d", text, got, want)
		}
	}
	if ours := scalingChart([]scale{found(10, false)}); strings.Contains(ours, "Express") || strings.Contains(ours, "NaN") || strings.Count(ours, "<circle") != 2 {
		t.Errorf("ours alone:\n%s", ours)
	}
}
