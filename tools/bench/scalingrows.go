package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// perCore is how many requests a second a core carries that works on nothing else.
func perCore(s measure.Sample) float64 { return float64(time.Second) / s.CPU }

// cpuSeconds is the CPU of 1000 requests, in seconds.
func cpuSeconds(ns float64) float64 { return ns * 1000 / float64(time.Second) }

// carried is what a series came to, in words.
func carried(s measure.Series) string {
	m := s.Median()
	return fmt.Sprintf("%.0f/s a core, %.3f CPU-s per 1000; %.0f/s here, p50 %s, p99 %s", perCore(m), cpuSeconds(m.CPU), m.Rate, report.Duration(m.P50), report.Duration(m.P99))
}

// thousands is a number as prose has it.
func thousands(n int) string { return report.Grouped(float64(n)) }

// scaleRows are the rows of all numbers of tenants, and of instances.
func scaleRows(all []scale, instances []int) (rows []report.Row) {
	rows = append(rows, all[0].figure())
	for _, s := range all {
		rows = append(rows, s.alone())
	}
	for _, s := range all {
		rows = append(rows, s.open(), s.memory())
		if s.tenants > asking {
			rows = append(rows, s.walked())
		}
	}
	for _, s := range all {
		for _, n := range instances {
			rows = append(rows, s.several(n))
		}
	}
	return rows
}

// figure is what others reckon with.
func (s scale) figure() report.Row {
	row := report.Row{
		What: fmt.Sprintf("requests a second that one core carries (`GET /api/users`, %d documents)", listed),
		Ours: fmt.Sprintf("%.0f", perCore(s.one.Median())),
	}
	if s.express != nil {
		row.Peer = fmt.Sprintf("%.0f", perCore(s.express.series.Median()))
		s.compare(&row)
	}
	return row
}

func (s scale) compare(row *report.Row) {
	ratio := measure.Compare(s.one, s.express.series, measure.CPU)
	row.Ratio, row.Spread = report.Times(ratio.Median), report.Spread(ratio)
}

// alone is one instance without a proxy.
func (s scale) alone() report.Row {
	row := report.Row{What: thousands(s.tenants) + " tenants, one instance", Ours: carried(s.one)}
	switch {
	case s.express != nil:
		row.Peer = carried(s.express.series)
		s.compare(&row)
	case s.tenants > expressMost:
		row.Peer = "not run"
	}
	return row
}

// open says how many connections there were.
func (s scale) open() report.Row {
	const most = poolSize + monitors
	ours := fmt.Sprintf("%d", s.connections[0])
	if n := len(s.connections); n > 1 {
		var sum int64
		for _, c := range s.connections {
			sum += c
		}
		ours += fmt.Sprintf("; %d instances: %d", n, sum)
	}
	row := report.Bound(thousands(s.tenants)+" tenants: connections of one instance", ours,
		fmt.Sprintf("≤ %d an instance", most), slices.Max(s.connections) <= most)
	switch {
	case s.express != nil:
		row.Peer = fmt.Sprint(s.express.connections)
		row.Ratio = report.Times(float64(s.express.connections) / float64(s.connections[0]))
	case s.tenants > expressMost:
		row.Peer = fmt.Sprintf("%s at %d a tenant", thousands(expressEach*s.tenants), expressEach)
	}
	return row
}

// expressEach is how few connections a tenant takes of the design replaced: one that
// asks, and one that monitors the server. (From 4.4 on, MongoDB is monitored by two.)
const expressEach = 2

func (s scale) memory() report.Row {
	row := report.Row{What: thousands(s.tenants) + " tenants: RSS of one instance", Ours: report.Bytes(float64(s.rss))}
	if s.met < s.tenants {
		row.Ours += fmt.Sprintf(", having met %s", thousands(s.met))
	}
	if s.express != nil {
		row.Peer = report.Bytes(float64(s.express.rss))
		row.Ratio = report.Times(float64(s.express.rss) / float64(s.rss))
	}
	return row
}

// walked is what a tenant's first request costs.
func (s scale) walked() report.Row {
	what := thousands(s.tenants) + " tenants: the first request of each"
	if s.met < s.tenants {
		what += fmt.Sprintf(" of %s, for which there was time", thousands(s.met))
	}
	return report.Row{
		What: what,
		Ours: fmt.Sprintf("%.0f/s a core, %.3f CPU-s per 1000; %.0f/s here", perCore(s.walk), cpuSeconds(s.walk.CPU), s.walk.Rate),
	}
}

// several is n instances behind a proxy, compared with one alone that is asked as often
// as each of them.
func (s scale) several(n int) report.Row {
	series, seldom := s.behind[n], s.seldom[n]
	ratio := measure.Compare(series, seldom, measure.CPU)
	alone := "one, alone, as seldom: "
	if n == 1 {
		alone = "without it: "
	}
	return report.Row{
		What:  fmt.Sprintf("%s tenants, %s behind a proxy", thousands(s.tenants), counts(n)),
		Ours:  carried(series) + fmt.Sprintf("; the proxy %.3f CPU-s per 1000", cpuSeconds(series.Median().Front)),
		Peer:  alone + carried(seldom),
		Ratio: report.Times(ratio.Median), Spread: report.Spread(ratio),
	}
}

func counts(instances int) string {
	if instances == 1 {
		return "one instance"
	}
	return fmt.Sprintf("%d instances", instances)
}

// scalingChart draws what tenants cost that only are there.
func scalingChart(all []scale) string {
	names := []string{fmt.Sprintf("Express + Mongoose: a pool each, up to %s", thousands(expressMost)), "partywall: one pool for all"}
	panels := []report.Panel{{Y: "connections to the database", X: "tenants"}, {Y: "RSS of the process, MB", X: "tenants"}}
	for i := range panels {
		panels[i].Lines = []report.Line{{Name: names[0]}, {Name: names[1]}}
	}
	subtitle := fmt.Sprintf("GET /api/users under load; MAX_POOL_SIZE %d; all axes logarithmic", poolSize)
	add := func(line int, tenants int, connections, rss int64) {
		for i, value := range []float64{float64(connections), float64(rss) / 1e6} {
			l := &panels[i].Lines[line]
			l.Points = append(l.Points, report.Point{X: float64(tenants), Y: value})
		}
	}
	for _, s := range all {
		if s.express != nil {
			add(0, s.tenants, s.express.connections, s.express.rss)
		}
		add(1, s.tenants, s.connections[0], s.rss)
		if s.met < s.tenants {
			subtitle += fmt.Sprintf("; of %s tenants %s were met", thousands(s.tenants), thousands(s.met))
		}
	}
	if len(panels[0].Lines[0].Points) == 0 {
		for i := range panels {
			panels[i].Lines = panels[i].Lines[1:]
		}
	}
	return report.Chart{
		Title: "One instance: what more tenants take", Panels: panels,
		Subtitle: subtitle,
	}.SVG()
}
