package cache

import (
	"context"
	"sync"
	"time"
)

// Config says how a Cache behaves. H is what Load needs besides the key.
type Config[K comparable, H, V any] struct {
	// Load looks a key up. It is called for one key at most once at a time, with a
	// context that no caller's end cancels.
	Load func(ctx context.Context, key K, with H) (V, error)
	// Keep says which of Load's errors are answers worth keeping, such as that
	// there is nothing; all others are tried again at once.
	Keep func(error) bool
	// TTL is how old an answer gets at most, unless Stale says more. One past half of
	// it is looked up anew in the background, while it still serves.
	TTL time.Duration
	// Stale is how much older than TTL a value may be that still serves while it is
	// looked up anew, so that nobody waits for one that is remembered. Errors that are
	// kept end at TTL.
	Stale time.Duration
	// Timeout bounds a look-up.
	Timeout time.Duration
	// Size is the number of answers kept at most.
	Size int
}

// Cache answers look-ups from memory while they are fresh.
type Cache[K comparable, H, V any] struct {
	cfg     Config[K, H, V]
	answers *Map[K, answer[V]]

	mu      sync.Mutex
	flights map[K]*flight[V]
	// evictions counts, so that a look-up that began before one is not kept.
	evictions uint64

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

type answer[V any] struct {
	value V
	err   error
	at    time.Time
}

type flight[V any] struct {
	done   chan struct{}
	answer answer[V]
}

// New returns an empty Cache. Close ends what it has running.
func New[K comparable, H, V any](cfg Config[K, H, V]) *Cache[K, H, V] {
	c := &Cache[K, H, V]{cfg: cfg, answers: NewMap[K, answer[V]](cfg.Size), flights: map[K]*flight[V]{}}
	c.ctx, c.cancel = context.WithCancel(context.Background()) //nolint:gosec // Close calls cancel
	return c
}

// Close ends background look-ups and waits for them. The Cache stays usable, but
// answers only what it has.
func (c *Cache[K, H, V]) Close() {
	c.mu.Lock() // so that no look-up starts once they are waited for
	c.cancel()
	c.mu.Unlock()
	c.running.Wait()
}

// Get answers for key, from memory where that is fresh.
func (c *Cache[K, H, V]) Get(ctx context.Context, key K, with H) (V, error) {
	a, ok := c.answers.Get(key)
	age, most := time.Since(a.at), c.cfg.TTL
	if a.err == nil {
		most += c.cfg.Stale
	}
	if ok && age < most {
		if age > c.cfg.TTL/2 {
			c.start(key, with)
		}
		return a.value, a.err
	}
	f := c.start(key, with)
	select {
	case <-f.done:
		return f.answer.value, f.answer.err
	case <-ctx.Done():
		var zero V
		return zero, ctx.Err()
	}
}

// start looks key up, unless that is under way or the Cache is closed.
func (c *Cache[K, H, V]) start(key K, with H) *flight[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.flights[key]; ok {
		return f
	}
	f := &flight[V]{done: make(chan struct{})}
	if f.answer.err = c.ctx.Err(); f.answer.err != nil {
		close(f.done)
		return f
	}
	c.flights[key] = f
	before := c.evictions
	c.running.Go(func() { c.load(key, with, f, before) })
	return f
}

func (c *Cache[K, H, V]) load(key K, with H, f *flight[V], before uint64) {
	ctx, cancel := context.WithTimeout(c.ctx, c.cfg.Timeout)
	defer cancel()
	at := time.Now()
	value, err := c.cfg.Load(ctx, key, with)
	f.answer = answer[V]{value: value, err: err, at: at}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[key] == f {
		delete(c.flights, key)
	}
	if c.evictions == before && (err == nil || c.cfg.Keep(err)) {
		c.answers.Put(key, f.answer)
	}
	close(f.done)
}

// Evict forgets the answer for key, one that is being looked up included.
func (c *Cache[K, H, V]) Evict(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.evictions++
	delete(c.flights, key)
	c.answers.Delete(key)
}
