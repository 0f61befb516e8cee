package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Outcome is what became of one request.
type Outcome struct {
	Begun, Ended time.Time
	// Err is why it failed, be it that another status answered than was wanted.
	Err error
}

// Keep sends requests, which next gives with their server's address, until ctx ends,
// whatever becomes of them. Requests that are under way then are waited for.
func (c *Clients) Keep(ctx context.Context, next func(i int) (addr string, r Request)) []Outcome {
	var (
		asked   atomic.Int64
		running sync.WaitGroup
		mu      sync.Mutex
		all     []Outcome
	)
	for range c.number {
		running.Go(func() {
			var own []Outcome
			for ctx.Err() == nil {
				addr, r := next(int(asked.Add(1)) - 1)
				o := Outcome{Begun: time.Now()}
				o.Err = c.drain(addr, r)
				o.Ended = time.Now()
				own = append(own, o)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
		})
	}
	running.Wait()
	return all
}
