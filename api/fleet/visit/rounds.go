package visit

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/partywall/partywall/api/store"
)

// Verdict is the outcome of trying something with a tenant.
type Verdict int

// The verdicts.
const (
	// Settled needs no other try, whether it succeeded or not.
	Settled Verdict = iota
	// Locked means that another process holds the tenant's lock.
	Locked
	// Unanswered means that the tenant's database or the catalog did not answer.
	Unanswered
)

// Candidate is a tenant that something is tried with.
type Candidate struct {
	Cluster string
	// Try does it. The last time, a lock that another process holds settles it.
	Try func(ctx context.Context, last bool) Verdict
}

// Rounds try something with tenants, several at once, and again with those that were
// not settled.
type Rounds struct {
	Parallel int
	// LeaseTTL is how long a lock outlives its owner.
	LeaseTTL time.Duration
	// Timeout is how long to go on while nothing answers.
	Timeout time.Duration
	// Enough reports whether to begin no other tenant; nil means never.
	Enough func() bool
}

// Delays between rounds: before locked tenants are tried again, and before unanswered
// ones, longer each time.
const (
	LockedInterval   = 500 * time.Millisecond
	maxRetryInterval = 15 * time.Second
)

// OutageError is returned if a run ended because databases did not answer for too long.
type OutageError struct {
	Clusters []string
	// Tenants is how many were left out because of it.
	Tenants int
	After   time.Duration
}

func (e *OutageError) Error() string {
	return fmt.Sprintf("nothing has answered for %s, on cluster %s; %d tenants are left", e.After.Round(time.Second), strings.Join(e.Clusters, " and "), e.Tenants)
}

// Unwrap returns store.ErrUnavailable.
func (e *OutageError) Unwrap() error { return store.ErrUnavailable }

// Go tries all candidates. It tries locked ones again until a lock without an owner
// has expired, and unanswered ones until nothing has answered for longer than the
// timeout, which is an *OutageError. The caller has to notice the end of ctx itself.
func (r *Rounds) Go(ctx context.Context, candidates iter.Seq[Candidate]) error {
	begun, heard, interval := time.Now(), time.Now(), LockedInterval
	last := false
	for ctx.Err() == nil {
		now := r.round(ctx, candidates, last)
		again := slices.Concat(now.locked, now.unanswered)
		switch {
		case len(again) == 0 || r.isEnough():
			return nil
		case now.answered:
			heard, interval = time.Now(), LockedInterval
		case time.Since(heard) > r.Timeout:
			return &OutageError{slices.Sorted(maps.Keys(now.out)), len(again), time.Since(heard)}
		default:
			interval = min(2*interval, maxRetryInterval)
		}
		select {
		case <-ctx.Done():
		case <-time.After(interval):
		}
		candidates, last = slices.Values(again), time.Since(begun) > r.LeaseTTL+LockedInterval
	}
	return nil
}

func (r *Rounds) isEnough() bool { return r.Enough != nil && r.Enough() }

// round is a round that is going on.
type round struct {
	mu                 sync.Mutex
	locked, unanswered []Candidate
	// out are the clusters that did not answer: their other tenants wait for the next
	// round.
	out map[string]bool
	// answered reports whether any database answered.
	answered bool
}

func (r *Rounds) round(ctx context.Context, candidates iter.Seq[Candidate], last bool) *round {
	now := &round{out: map[string]bool{}}
	slots := make(chan struct{}, max(r.Parallel, 1))
	var running sync.WaitGroup
	for c := range candidates {
		slots <- struct{}{}
		if ctx.Err() != nil || r.isEnough() {
			break
		}
		running.Go(func() {
			defer func() { <-slots }()
			if !now.waits(c) {
				now.note(c, c.Try(ctx, last))
			}
		})
	}
	running.Wait()
	return now
}

// waits reports whether c is left to the next round, because its cluster is out.
func (now *round) waits(c Candidate) bool {
	now.mu.Lock()
	defer now.mu.Unlock()
	if now.out[c.Cluster] {
		now.unanswered = append(now.unanswered, c)
	}
	return now.out[c.Cluster]
}

func (now *round) note(c Candidate, v Verdict) {
	now.mu.Lock()
	defer now.mu.Unlock()
	switch v {
	case Locked:
		now.locked = append(now.locked, c)
	case Unanswered:
		now.unanswered = append(now.unanswered, c)
		now.out[c.Cluster] = true
		return
	}
	now.answered = true
}
