package fleet

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

// verdict is what came of trying something with a tenant.
type verdict int

const (
	// settled is what needs no other try, whether it went well or not.
	settled verdict = iota
	// locked is a tenant whose lock another process holds.
	locked
	// unanswered is one whose database, or whose entry's, did not answer.
	unanswered
)

// candidate is a tenant that something is tried with.
type candidate struct {
	cluster string
	// try does it. The last time, a lock that another process holds settles it.
	try func(ctx context.Context, last bool) verdict
}

// rounds go through tenants, several at once, and again through those with which it did
// not come to an end.
type rounds struct {
	parallel int
	// lease is how long a lock outlives its owner.
	lease time.Duration
	// timeout is for how long nothing may answer.
	timeout time.Duration
	// enough says that no other tenant is to be begun. Nil never does.
	enough func() bool
}

// Pauses between rounds: before tenants are tried again that were locked, and before
// such as were not answered, longer each time.
const (
	lockedAgain  = 500 * time.Millisecond
	longestPause = 15 * time.Second
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

// through tries all candidates, and again those that were locked, until a lock without
// an owner has run out, or not answered, until nothing has answered for longer than
// the timeout: that is an *OutageError. The end of ctx is for the caller to tell.
func (r *rounds) through(ctx context.Context, candidates iter.Seq[candidate]) error {
	begun, heard, pause := time.Now(), time.Now(), lockedAgain
	last := false
	for ctx.Err() == nil {
		now := r.round(ctx, candidates, last)
		again := slices.Concat(now.locked, now.unanswered)
		switch {
		case len(again) == 0 || r.isEnough():
			return nil
		case now.answered:
			heard, pause = time.Now(), lockedAgain
		case time.Since(heard) > r.timeout:
			return &OutageError{slices.Sorted(maps.Keys(now.out)), len(again), time.Since(heard)}
		default:
			pause = min(2*pause, longestPause)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		candidates, last = slices.Values(again), time.Since(begun) > r.lease+lockedAgain
	}
	return nil
}

func (r *rounds) isEnough() bool { return r.enough != nil && r.enough() }

// round is one that goes on.
type round struct {
	mu                 sync.Mutex
	locked, unanswered []candidate
	// out are the clusters that did not answer: the others of their tenants wait for the
	// next round.
	out map[string]bool
	// answered says that something did.
	answered bool
}

func (r *rounds) round(ctx context.Context, candidates iter.Seq[candidate], last bool) *round {
	now := &round{out: map[string]bool{}}
	slots := make(chan struct{}, max(r.parallel, 1))
	var running sync.WaitGroup
	for c := range candidates {
		slots <- struct{}{}
		if ctx.Err() != nil || r.isEnough() {
			break
		}
		running.Go(func() {
			defer func() { <-slots }()
			if !now.waits(c) {
				now.note(c, c.try(ctx, last))
			}
		})
	}
	running.Wait()
	return now
}

// waits leaves c to the next round, if its cluster is out.
func (now *round) waits(c candidate) bool {
	now.mu.Lock()
	defer now.mu.Unlock()
	if now.out[c.cluster] {
		now.unanswered = append(now.unanswered, c)
	}
	return now.out[c.cluster]
}

func (now *round) note(c candidate, v verdict) {
	now.mu.Lock()
	defer now.mu.Unlock()
	switch v {
	case locked:
		now.locked = append(now.locked, c)
	case unanswered:
		now.unanswered = append(now.unanswered, c)
		now.out[c.cluster] = true
		return
	}
	now.answered = true
}
