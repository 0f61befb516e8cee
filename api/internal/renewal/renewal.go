// Package renewal keeps rights that run out unless their owner renews them.
package renewal

import (
	"context"
	"errors"
	"time"
)

// Renewal says how a right is renewed.
type Renewal struct {
	// Every is how often, and Timeout bounds how long one renewal may take.
	Every, Timeout time.Duration
	// Length is how long the right lasts. It is given up once it could not be renewed for
	// that long; 0 never gives it up, for rights that nobody is harmed by.
	Length time.Duration
	// Lost is the error of a renewal that says that the right is another's.
	Lost error
}

// Keep calls renew until ctx ends. The error is why the right was lost or given up, nil
// once ctx has ended.
func (r Renewal) Keep(ctx context.Context, renew func(context.Context) error) error {
	ticker := time.NewTicker(r.Every)
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
		case errors.Is(err, r.Lost) || r.Length > 0 && time.Since(renewed) > r.Length:
			return err
		}
	}
}

func (r Renewal) once(ctx context.Context, renew func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	return renew(ctx)
}
