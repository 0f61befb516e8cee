package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/process"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// departure is a way in which one of several instances goes.
type departure struct {
	what string
	// killed ones go at once, others are asked to end. repeat has the proxy ask another
	// instance again.
	killed, repeat bool
}

var departures = []departure{
	{"one killed (`kill -9`)", true, false},
	{"one killed, the proxy repeats `GET`s", true, true},
	{"one stopped (`SIGTERM`)", false, false},
}

// loss is what one departure did to those who asked meanwhile.
type loss struct {
	// asked requests were sent while it happened, of which failed ones failed, late ones
	// though they were sent when the proxy had left the instance out.
	asked, failed, late int
	// out is how long it took until then, and ended until the process was gone.
	out, ended time.Duration
	// before and after are requests a second that were answered.
	before, after float64
}

// losses are those of one kind.
type losses struct {
	departure
	instances int
	all       []loss
}

// loseInstances loses one of several instances in each way, the ways taking turns.
func (b *bench) loseInstances(dir, api string) (list []losses, err error) {
	for _, n := range b.instances {
		for _, how := range departures {
			if n > 1 {
				list = append(list, losses{departure: how, instances: n})
			}
		}
	}
	for range b.losses {
		for i := range list {
			lost, err := b.lose(dir, api, list[i].instances, list[i].departure)
			if err != nil {
				return nil, fmt.Errorf("%d instances, %s: %w", list[i].instances, list[i].what, err)
			}
			list[i].all = append(list[i].all, lost)
		}
	}
	return list, nil
}

// lossTenants ask while an instance is lost.
const lossTenants = 10

// lose lets one of n new instances go while requests are sent.
func (b *bench) lose(dir, api string, n int, how departure) (l loss, err error) {
	d, err := b.deploy(lossTenants, dir, api)
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.startInstances(n); err != nil {
		return l, err
	}
	proxy, err := d.startProxy(roleProxy, how.repeat, d.running...)
	if err != nil {
		return l, err
	}
	for _, p := range d.running {
		if _, err := d.meet(p.Addr, lossTenants); err != nil {
			return l, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan []load.Outcome, 1)
	go func() {
		ended <- d.clients.Keep(ctx, func(i int) (string, load.Request) { return proxy.Addr, d.request(i % lossTenants) })
	}()
	start := time.Now()
	time.Sleep(b.steady)
	t, err := depart(proxy, d.running[0], how)
	if err == nil {
		time.Sleep(b.steady)
	}
	stop()
	outcomes := <-ended
	t.start, t.end = start, time.Now()
	return t.tally(outcomes), err
}

// times are when what happened.
type times struct{ start, gone, out, ended, end time.Time }

// depart lets an instance go, and waits until the proxy has left it out and its process
// has ended.
func depart(proxy *process.Process, p *process.Program, how departure) (t times, err error) {
	t.gone = time.Now()
	if how.killed {
		err = p.Kill()
	} else {
		err = p.Stop()
	}
	if err != nil {
		return t, err
	}
	s, err := awaitStatus(proxy, func(s process.Status) bool { return !s.Left[p.Addr].IsZero() })
	if err != nil {
		return t, err
	}
	t.out = s.Left[p.Addr]
	// One that was killed says so, and one that was asked to end is to have done it well.
	err = p.Wait()
	t.ended = time.Now()
	if how.killed {
		err = nil
	}
	return t, err
}

// tally counts what became of requests.
func (t times) tally(outcomes []load.Outcome) loss {
	l := loss{asked: len(outcomes), out: t.out.Sub(t.gone), ended: t.ended.Sub(t.gone)}
	settled := t.ended
	if t.out.After(settled) {
		settled = t.out
	}
	var before, after int
	for _, o := range outcomes {
		switch {
		case o.Err != nil:
			l.failed++
			if o.Begun.After(t.out) {
				l.late++
			}
		case o.Ended.Before(t.gone):
			before++
		case o.Begun.After(settled):
			after++
		}
	}
	l.before, l.after = rate(before, t.gone.Sub(t.start)), rate(after, t.end.Sub(settled))
	return l
}

func rate(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// row says what departures of one kind did.
func (l losses) row() report.Row {
	var asked, failed, late int
	var out, ended, before, after []float64
	var ratios []float64
	for _, one := range l.all {
		asked, failed, late = asked+one.asked, failed+one.failed, late+one.late
		out, ended = append(out, float64(one.out)), append(ended, float64(one.ended))
		before, after = append(before, one.before), append(after, one.after)
		ratios = append(ratios, one.after/one.before)
	}
	kept := measure.RatioOf(ratios)
	parts := []string{
		fmt.Sprintf("%d of %d requests failed", failed, asked),
		"left out after " + report.Duration(measure.Median(out)),
	}
	if !l.killed {
		parts = append(parts, "ended after "+report.Duration(measure.Median(ended)))
	}
	parts = append(parts, fmt.Sprintf("%.0f/s before and %.0f/s afterwards", measure.Median(before), measure.Median(after)))
	target, reached := "0 failed", failed == 0
	if l.killed && !l.repeat {
		target, reached = "0 failed of those sent once it was left out", late == 0
	}
	row := report.Bound(fmt.Sprintf("%d instances, %s", l.instances, l.what), strings.Join(parts, ", "), target, reached)
	row.Ratio, row.Spread = report.Times(kept.Median), report.Spread(kept)
	return row
}

func lossRows(list []losses) (rows []report.Row) {
	for _, l := range list {
		rows = append(rows, l.row())
	}
	return rows
}
