// Package renewal keeps rights that run out unless their owner renews them.
package renewal

import (
	"context"
	"errors"
	"time"
)

// Keep renews a right that lasts for length, every so often, until ctx ends. While that
// cannot be done it goes on trying, as long as the right lasts. The error is why it was
// lost: the last one of renew, which is the loss itself if it is lost. It is nil once
// ctx has ended.
func Keep(ctx context.Context, every, length time.Duration, renew func(context.Context) error, lost error) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		begun := time.Now()
		err := once(ctx, length/3, renew)
		switch {
		case err == nil:
			renewed = begun
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, lost) || time.Since(renewed) > length:
			return err
		}
	}
}

func once(ctx context.Context, timeout time.Duration, renew func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return renew(ctx)
}
