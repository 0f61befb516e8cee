// Package renewal keeps rights that expire unless their owner renews them.
package renewal

import (
	"context"
	"errors"
	"time"
)

// Renewal configures how a right is renewed.
type Renewal struct {
	// Interval is how often the right is renewed, and Timeout how long one may take.
	Interval, Timeout time.Duration
	// TTL is how long the right lasts. It is given up if it could not be renewed
	// for that long; with 0 it never is, for rights whose loss harms nobody.
	TTL time.Duration
	// Lost is the error of a renewal that found the right to be another's.
	Lost error
}

// Keep calls renew until ctx ends. It returns why the right was lost or given up,
// nil if ctx ended.
func (r Renewal) Keep(ctx context.Context, renew func(context.Context) error) error {
	ticker := time.NewTicker(r.Interval)
	defer ticker.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		begun := time.Now()
		err := r.once(ctx, renew)
		switch {
		case err == nil:
			renewed = begun
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, r.Lost) || r.TTL > 0 && time.Since(renewed) > r.TTL:
			return err
		}
	}
}

func (r Renewal) once(ctx context.Context, renew func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	return renew(ctx)
}
