package raw

import (
	"context"
	"math/rand/v2"
	"time"
)

// The problem of a sum that its type does not hold.
const (
	OutOfRange        = "out_of_range"
	OutOfRangeMessage = "must be a number that its type holds"
)

// MaxAttempts is how often a write that depends on the document as read is tried. Each
// failure means that another write succeeded.
const MaxAttempts = 256

// Backoff waits before a further attempt: the more attempts have failed the longer,
// and for a random time, so that not all come back at once.
func Backoff(ctx context.Context, round int) error {
	longest := time.Millisecond << min(round, 9)
	timer := time.NewTimer(rand.N(longest)) //nolint:gosec // how long is no secret
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
