package cache

import (
	"context"
	"sync"
	"time"
)

// Config configures a Cache. H is what Load needs besides the key.
type Config[K comparable, H, V any] struct {
	// Load looks up a key. At most one call per key is running at a time, with a
	// context that outlives the callers.
	Load func(ctx context.Context, key K, with H) (V, error)
	// Keep reports which of Load's errors are cached, such as that nothing was
	// found; after any other the next Get tries again.
	Keep func(error) bool
	// TTL is how old an answer may get, unless Stale extends it. Past half of it,
	// it is looked up anew in the background while it is still served.
	TTL time.Duration
	// Stale is how much older than TTL a value may be that is served while it is
	// looked up anew, so that nobody waits for a cached one. Cached errors expire
	// at TTL.
	Stale time.Duration
	// Timeout is how long a look-up may take.
	Timeout time.Duration
	// Size is the maximum number of cached answers.
	Size int
}

// Cache caches the answers of look-ups.
type Cache[K comparable, H, V any] struct {
	cfg     Config[K, H, V]
	answers *Map[K, answer[V]]

	mu      sync.Mutex
	flights map[K]*flight[V]
	// evictions counts evictions, so that a look-up that began before one is not
	// cached.
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

// New returns an empty Cache. Close stops its background look-ups.
func New[K comparable, H, V any](cfg Config[K, H, V]) *Cache[K, H, V] {
	c := &Cache[K, H, V]{cfg: cfg, answers: NewMap[K, answer[V]](cfg.Size), flights: map[K]*flight[V]{}}
	c.ctx, c.cancel = context.WithCancel(context.Background()) //nolint:gosec // Close calls cancel
	return c
}

// Close cancels background look-ups and waits for them. The Cache stays usable, but
// only returns what it has cached.
func (c *Cache[K, H, V]) Close() {
	c.mu.Lock() // so that no look-up starts after Close has begun to wait
	c.cancel()
	c.mu.Unlock()
	c.running.Wait()
}

// Get returns the answer for key, from the cache if it is fresh.
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

// start looks up key, unless that is already under way or the Cache is closed.
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

// Evict removes the answer for key, even one that is being looked up.
func (c *Cache[K, H, V]) Evict(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.evictions++
	delete(c.flights, key)
	c.answers.Delete(key)
}
