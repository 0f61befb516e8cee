package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

const (
	// others are the tenants that ask beside the loud one, by so many clients that think in between.
	others, asks = 100, 8
	thinking     = 20 * time.Millisecond
	// loudTenant is the place of the loud one in the catalog.
	loudTenant = others
	// slowest and least are what the others may come to beside the loud tenant, against what they have without it.
	slowest, least = 2, 0.8
	// impatient is after how long clients come back that do not heed Retry-After.
	impatient = 200 * time.Millisecond
)

// contention is one way to have too little: connections, and how long each command takes.
type contention struct {
	pool    int
	latency time.Duration
}

func (b *bench) fairnessSection() (s report.Section, err error) {
	s = report.Section{
		Title: "Fairness",
		Text: fmt.Sprintf("What other tenants notice of one that asks for as much as it can. %d clients ask `GET /api/users` of %d tenants in turn, and think for %v in between. Ours is what they come to beside %d clients of one more tenant, "+
			"the peer what they come to without it: both in turn, for %v each time. The loud tenant's clients ask again at once, but where they are refused: either they heed Retry-After, or they come back after %v. "+
			"The server, the replaying database and all clients share this machine's %d cores, so that the loud tenant takes from the others what its requests cost to refuse, too.",
			asks, others, thinking, b.crowd, b.beside, impatient, runtime.NumCPU()),
	}
	for _, c := range []contention{{10, 20 * time.Millisecond}, {poolSize, 0}} {
		rows, err := b.contend(c)
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, rows...)
	}
	return s, nil
}

// contend measures with one server.
func (b *bench) contend(c contention) (rows []report.Row, err error) {
	h, err := b.openSlow(c.latency, others+1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	server, err := h.start(roleProduct, "-pool", fmt.Sprint(c.pool))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	street, err := h.street(server.Addr)
	if err != nil {
		return nil, err
	}
	where := fmt.Sprintf("pool %d, %v a command", c.pool, c.latency)
	for _, heeds := range []bool{true, false} {
		made, err := street.compare(b, where, heeds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, made...)
	}
	return rows, nil
}

// street is a server, and the requests of the tenants that it serves.
type street struct {
	addr  string
	quiet []load.Request
	loud  load.Request
}

func (h *house) street(addr string) (*street, error) {
	s := &street{addr: addr}
	for tenant := range others + 1 {
		token, err := h.tokenOf(listed, tenant)
		if err != nil {
			return nil, err
		}
		s.quiet = append(s.quiet, load.Request{Method: http.MethodGet, Path: "/api/users", Header: map[string]string{"Authorization": "Bearer " + token}, Want: http.StatusOK})
	}
	s.loud, s.quiet = s.quiet[loudTenant], s.quiet[:loudTenant]
	return s, nil
}

// compare lets both take turns.
func (s *street) compare(b *bench, where string, heeds bool) ([]report.Row, error) {
	var beside, without measure.Series
	var counts [3]int64
	for range b.slow.Repetitions {
		alone, _, err := s.slice(b, 0, heeds)
		if err != nil {
			return nil, err
		}
		crowded, counted, err := s.slice(b, b.crowd, heeds)
		if err != nil {
			return nil, err
		}
		beside, without = append(beside, crowded), append(without, alone)
		for i := range counts {
			counts[i] += counted[i]
		}
	}
	how := "heed Retry-After"
	if !heeds {
		how = fmt.Sprintf("come back after %v", impatient)
	}
	what := fmt.Sprintf("beside %d clients that %s, %s", b.crowd, how, where)
	ours, peer := beside.Median(), without.Median()
	slower, rarer := measure.Compare(without, beside, measure.Latency), measure.Compare(without, beside, func(s measure.Sample) float64 { return s.Rate })
	latency := report.Row{
		What: "others' latency, " + what, Ours: fmt.Sprintf("p50 %s, p99 %s", report.Duration(ours.P50), report.Duration(ours.P99)),
		Peer: fmt.Sprintf("p50 %s, p99 %s", report.Duration(peer.P50), report.Duration(peer.P99)), Ratio: report.Times(slower.Median), Spread: report.Spread(slower),
	}.Against(fmt.Sprintf("p50 ≤ %d×", slowest), slower.Median <= slowest)
	rate := report.Row{
		What: "others' requests, " + what, Ours: fmt.Sprintf("%.0f/s; the loud tenant %d served, %d of 429, %d of 503", ours.Rate, counts[0], counts[1], counts[2]),
		Peer: fmt.Sprintf("%.0f/s", peer.Rate), Ratio: report.Times(rarer.Median), Spread: report.Spread(rarer),
	}.Against(fmt.Sprintf("≥ %g×", least), rarer.Median >= least)
	return []report.Row{latency, rate}, nil
}

// slice has the quiet tenants ask beside a crowd, and counts what the crowd got: lists, 429 and 503.
func (s *street) slice(b *bench, crowd int, heeds bool) (sample measure.Sample, counts [3]int64, err error) {
	ctx, stop := context.WithCancel(context.Background())
	var loud, arrived sync.WaitGroup // those who ask, and those who have not had an answer yet
	var mu sync.Mutex
	clients := load.New(max(crowd, 1))
	defer clients.Close()
	for range crowd {
		arrived.Add(1)
		loud.Go(func() {
			own := s.shout(ctx, clients, heeds, sync.OnceFunc(arrived.Done))
			mu.Lock()
			defer mu.Unlock()
			for i := range counts {
				counts[i] += own[i]
			}
		})
	}
	arrived.Wait()
	taken, err := s.ask(b.beside)
	stop()
	loud.Wait()
	sample.Latencies(taken)
	sample.Rate = float64(len(taken)) / b.beside.Seconds()
	return sample, counts, err
}

// shout asks for the loud tenant's list until ctx ends, and calls arrived after each answer.
func (s *street) shout(ctx context.Context, clients *load.Clients, heeds bool, arrived func()) (counts [3]int64) {
	for ctx.Err() == nil {
		status, after, err := clients.Try(s.addr, s.loud)
		arrived()
		switch {
		case err != nil:
			continue
		case status == http.StatusOK:
			counts[0]++
			continue
		case status == http.StatusTooManyRequests:
			counts[1]++
		default:
			counts[2]++
		}
		if !heeds {
			after = impatient
		}
		select {
		case <-ctx.Done():
		case <-time.After(after):
		}
	}
	return counts
}

// ask has the quiet tenants ask for their lists, and returns how long each answer took.
func (s *street) ask(during time.Duration) ([]time.Duration, error) {
	clients := load.New(asks)
	defer clients.Close()
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var asking sync.WaitGroup
	end := time.Now().Add(during)
	for i := range asks {
		asking.Go(func() {
			for n := i; time.Now().Before(end); n += asks {
				begun := time.Now()
				_, _, err := clients.Do(s.addr, s.quiet[n%len(s.quiet)])
				mu.Lock()
				all, failed = append(all, time.Since(begun)), errors.Join(failed, err)
				mu.Unlock()
				if err != nil {
					return
				}
				time.Sleep(thinking)
			}
		})
	}
	asking.Wait()
	return all, failed
}
