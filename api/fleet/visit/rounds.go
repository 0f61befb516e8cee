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

// Verdict is what came of trying something with a tenant.
type Verdict int

// The verdicts.
const (
	// Settled is what needs no other try, whether it went well or not.
	Settled Verdict = iota
	// Locked is a tenant whose lock another process holds.
	Locked
	// Unanswered is one whose database, or whose entry's, did not answer.
	Unanswered
)

// Candidate is a tenant that something is tried with.
type Candidate struct {
	Cluster string
	// Try does it. The last time, a lock that another process holds settles it.
	Try func(ctx context.Context, last bool) Verdict
}

// Rounds go through tenants, several at once, and again through those with which it did
// not come to an end.
type Rounds struct {
	Parallel int
	// LeaseTTL is how long a lock outlives its owner.
	LeaseTTL time.Duration
	// Timeout is for how long nothing may answer.
	Timeout time.Duration
	// Enough reports whether no other tenant is to be begun. Nil never does.
	Enough func() bool
}

// Intervals between rounds: before tenants are tried again that were locked, and before
// such as were not answered, longer each time.
const (
	LockedInterval   = 500 * time.Millisecond
	maxRetryInterval = 15 * time.Second
)

// OutageError says that a run ended because databases did not answer for long.
type OutageError struct {
	Clusters []string
	// Tenants is how many are left because of that.
	Tenants int
	After   time.Duration
}

func (e *OutageError) Error() string {
	return fmt.Sprintf("nothing has answered for %s, on cluster %s; %d tenants are left", e.After.Round(time.Second), strings.Join(e.Clusters, " and "), e.Tenants)
}

// Unwrap is store.ErrUnavailable.
func (e *OutageError) Unwrap() error { return store.ErrUnavailable }

// Go tries all candidates, and again those that were locked, until a lock without
// an owner has run out, or not answered, until nothing has answered for longer than
// the timeout: that is an *OutageError. The end of ctx is for the caller to tell.
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

// round is one that goes on.
type round struct {
	mu                 sync.Mutex
	locked, unanswered []Candidate
	// out are the clusters that did not answer: the others of their tenants wait for the
	// next round.
	out map[string]bool
	// answered says that something did.
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

// waits leaves c to the next round, if its cluster is out.
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
