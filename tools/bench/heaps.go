package main

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

const (
	// heapTarget is what the runner may keep of a tenant that it does nothing for: a
	// place in a table of hashes, of which Go keeps half free.
	heapTarget = 64
	// batchSize is how many entries one answer to the query holds.
	batchSize = 1000
)

// heaps compares what runs take in memory over catalogs of different sizes, and
// counts what one with nothing to do sends.
func (b *bench) heaps(s *report.Section) error {
	sizes := []int{b.entries / 10, b.entries, b.entries * 10}
	nothing, err := b.heapsOf(sizes, (*operator).nothing)
	if err != nil {
		return err
	}
	few := []int{b.checked, b.checked * 4, b.checked * 16}
	check, err := b.heapsOf(few, func(o *operator, tenants int) error { return o.check(atOnce, tenants) })
	if err != nil {
		return err
	}
	s.Rows = append(s.Rows, nothing.heap("nothing to do"), nothing.commands("nothing to do"), check.heap("`indexes check`"))
	return nil
}

// taken is what runs over catalogs of different sizes took.
type taken struct {
	tenants []int
	// peaks are of the heap, in bytes, and sent counts commands of all kinds.
	peaks, sent []int64
}

func (t taken) what(does string) string {
	return fmt.Sprintf("%s for %s tenants", does, list(t.tenants, func(n int) string { return fmt.Sprint(n) }))
}

// list is what a sentence says of values.
func list[T any](values []T, text func(T) string) string {
	var parts []string
	for _, v := range values {
		parts = append(parts, text(v))
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

func (t taken) heap(does string) report.Row {
	last := len(t.tenants) - 1
	each := float64(t.peaks[last]-t.peaks[0]) / float64(t.tenants[last]-t.tenants[0])
	ours := list(t.peaks, func(n int64) string { return report.Bytes(float64(n)) })
	return report.Bound(t.what(does)+": heap", fmt.Sprintf("%s: %.0f B a tenant", ours, each),
		fmt.Sprintf("flat: ≤ %d B a tenant", heapTarget), each <= heapTarget)
}

// commands are those that a run sends: as many as it takes to read the catalog are
// none to a tenant's database.
func (t taken) commands(does string) report.Row {
	reached := true
	for i, n := range t.tenants {
		reached = reached && t.sent[i] <= int64(n/batchSize)+1
	}
	ours := list(t.sent, func(n int64) string { return fmt.Sprint(n) })
	return report.Bound(t.what(does)+": commands", ours,
		fmt.Sprintf("one query, answered %d entries at a time", batchSize), reached)
}

func (b *bench) heapsOf(sizes []int, work func(*operator, int) error) (t taken, err error) {
	for _, tenants := range sizes {
		peak, sent, err := b.heapOf(tenants, work)
		if err != nil {
			return t, err
		}
		t.tenants, t.peaks, t.sent = append(t.tenants, tenants), append(t.peaks, peak), append(t.sent, sent)
	}
	return t, nil
}

func (b *bench) heapOf(tenants int, work func(*operator, int) error) (peak, sent int64, err error) {
	server, err := startReplay(network, tenants)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	o, err := newOperator("mongodb://"+server.Addr+"/", adminDB, fleet.Config{})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	// The first time connects.
	if err := work(o, tenants); err != nil {
		return 0, 0, err
	}
	before, err := server.Status()
	if err != nil {
		return 0, 0, err
	}
	peak, err = peakHeap(func() error { return work(o, tenants) })
	if err != nil {
		return 0, 0, err
	}
	after, err := server.Status()
	return peak, after.Commands - before.Commands, err
}

// garbage is how much there may be of it, in percent of what is in use, while
// heaps are compared.
const garbage = 5

// peakHeap is the most that this process has on its heap while work goes on.
func peakHeap(work func() error) (int64, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	runtime.GC()
	var peak atomic.Int64
	ended := make(chan struct{})
	var sampling sync.WaitGroup
	sampling.Go(func() {
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), int64(m.HeapAlloc)))
			select {
			case <-ended:
				return
			case <-ticker.C:
			}
		}
	})
	err := work()
	close(ended)
	sampling.Wait()
	return peak.Load(), err
}
