package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ttl     = time.Minute
	timeout = 10 * time.Second
)

var (
	errAbsent = errors.New("there is nothing")
	errDown   = errors.New("the source does not answer")
)

// source is what the tests' Caches look up in: each look-up takes as long as
// takes says, and answers with its own number unless err is set.
type source struct {
	takes time.Duration
	err   error
	loads []string
}

func (s *source) load(ctx context.Context, key string, _ struct{}) (int, error) {
	s.loads = append(s.loads, key)
	n, err := len(s.loads), s.err
	select {
	case <-time.After(s.takes):
		return n, err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// open returns a Cache of s that the test's end closes.
func (s *source) open(t *testing.T) *Cache[string, struct{}, int] {
	t.Helper()
	c := New(Config[string, struct{}, int]{
		Load: s.load, TTL: ttl, Timeout: timeout, Size: 100,
		Keep: func(err error) bool { return errors.Is(err, errAbsent) },
	})
	t.Cleanup(c.Close)
	return c
}

// expect gets key, and expects the answer of the look-up number want, with err.
func expect(t *testing.T, c *Cache[string, struct{}, int], key string, want int, err error) {
	t.Helper()
	got, gotErr := c.Get(t.Context(), key, struct{}{})
	if got != want || !errors.Is(gotErr, err) {
		t.Errorf("Get(%q) is %d, %v; want %d, %v", key, got, gotErr, want, err)
	}
}

func (s *source) expectLoads(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(s.loads, want) {
		t.Errorf("looked up %q, want %q", s.loads, want)
	}
}

func TestCacheKeepsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Second}
		c := s.open(t)
		expect(t, c, "a", 1, nil)
		expect(t, c, "b", 2, nil)
		expect(t, c, "a", 1, nil)
		time.Sleep(ttl / 3)
		expect(t, c, "b", 2, nil)
		s.expectLoads(t, "a", "b")
	})
}

// TestCacheTTL is about an answer that nobody asks for past half its age: it
// ends at its age, counted from when its look-up began.
func TestCacheTTL(t *testing.T) {
	for _, test := range []struct {
		wait time.Duration
		want int
	}{
		{ttl/2 - time.Second, 1},   // exactly half the TTL old
		{ttl - time.Second - 1, 1}, // looked up anew, but for others
		{ttl - time.Second, 2},
		{10 * ttl, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &source{takes: time.Second}
			c := s.open(t)
			expect(t, c, "a", 1, nil)
			time.Sleep(test.wait)
			expect(t, c, "a", test.want, nil)
			synctest.Wait()
			loads := []string{"a", "a"}
			if test.wait < ttl/2 {
				loads = loads[:1]
			}
			s.expectLoads(t, loads...)
		})
	}
}

// TestCacheRefresh expects an answer past half its age to be served while it is
// looked up anew, once.
func TestCacheRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Second}
		c := s.open(t)
		expect(t, c, "a", 1, nil)
		time.Sleep(ttl / 2)
		before := time.Now()
		for range 3 {
			expect(t, c, "a", 1, nil)
		}
		if waited := time.Since(before); waited != 0 {
			t.Errorf("waited %v for an answer that is there", waited)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		expect(t, c, "a", 2, nil)
		time.Sleep(ttl/2 - time.Second) // the new answer is as old as that, and a second
		expect(t, c, "a", 2, nil)
		s.expectLoads(t, "a", "a")
	})
}

// TestCacheRefreshFails expects an answer to serve to its end when looking it up
// anew fails, and the failure to reach nobody before.
func TestCacheRefreshFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		c := s.open(t)
		expect(t, c, "a", 1, nil)
		s.err = errDown
		time.Sleep(ttl/2 + 1)
		expect(t, c, "a", 1, nil)
		synctest.Wait()
		expect(t, c, "a", 1, nil)
		synctest.Wait()
		s.expectLoads(t, "a", "a", "a")
		time.Sleep(ttl / 2)
		expect(t, c, "a", 4, errDown)
		s.err = nil
		expect(t, c, "a", 5, nil)
	})
}

// TestCacheKeep expects errors that are answers to be kept, and no others.
func TestCacheKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{err: fmt.Errorf("wrapped: %w", errAbsent)}
		c := s.open(t)
		expect(t, c, "a", 1, errAbsent)
		expect(t, c, "a", 1, errAbsent)
		s.err = errDown
		expect(t, c, "b", 2, errDown)
		expect(t, c, "b", 3, errDown)
		s.err = nil
		expect(t, c, "b", 4, nil)
		expect(t, c, "a", 1, errAbsent)
		time.Sleep(ttl)
		expect(t, c, "a", 5, nil)
	})
}

// TestCacheTimeout expects a look-up to end in time, and its failure not to be
// kept.
func TestCacheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: timeout + 1}
		c := s.open(t)
		before := time.Now()
		expect(t, c, "a", 0, context.DeadlineExceeded)
		if waited := time.Since(before); waited != timeout {
			t.Errorf("waited %v, want %v", waited, timeout)
		}
		s.takes = 0
		expect(t, c, "a", 2, nil)
	})
}

// results are what Gets that run at once answer.
type results struct {
	cache *Cache[string, struct{}, int]
	all   chan string
}

// get starts a Get and waits until it waits.
func (r *results) get(ctx context.Context, key string) {
	go func() {
		v, err := r.cache.Get(ctx, key, struct{}{})
		r.all <- fmt.Sprintf("%s: %d, %v", key, v, err)
	}()
	synctest.Wait()
}

// expect waits for as many answers as it is told, in any order.
func (r *results) expect(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for range want {
		got = append(got, <-r.all)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the answers are %q, want %q", got, want)
	}
}

func TestCacheSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Second}
		r := &results{s.open(t), make(chan string, 10)}
		r.get(t.Context(), "a")
		r.get(t.Context(), "a")
		r.get(t.Context(), "b")
		r.get(t.Context(), "a")
		r.expect(t, "a: 1, <nil>", "a: 1, <nil>", "a: 1, <nil>", "b: 2, <nil>")
		s.expectLoads(t, "a", "b")
	})
}

// TestCacheCallerCancels expects a caller that leaves neither to wait nor to end
// the look-up that others wait for.
func TestCacheCallerCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Second}
		r := &results{s.open(t), make(chan string, 10)}
		ctx, cancel := context.WithCancel(t.Context())
		r.get(ctx, "a")
		r.get(t.Context(), "a")
		before := time.Now()
		cancel()
		r.expect(t, "a: 0, context canceled")
		if waited := time.Since(before); waited != 0 {
			t.Errorf("a caller that left waited %v", waited)
		}
		r.expect(t, "a: 1, <nil>")
		r.get(ctx, "a") // what is there is answered without waiting
		r.expect(t, "a: 1, <nil>")
		s.expectLoads(t, "a")
	})
}

// TestCacheAllCallersCancel expects a look-up that nobody waits for any more to
// serve those who come later.
func TestCacheAllCallersCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Second}
		c := s.open(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := c.Get(ctx, "a", struct{}{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		expect(t, c, "a", 1, nil)
		s.expectLoads(t, "a")
	})
}

func TestCacheEvict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		c := s.open(t)
		c.Evict("a") // which is not there
		expect(t, c, "a", 1, nil)
		expect(t, c, "b", 2, nil)
		c.Evict("a")
		expect(t, c, "b", 2, nil)
		expect(t, c, "a", 3, nil)
		s.expectLoads(t, "a", "b", "a")
	})
}

// TestCacheEvictWhileLoading expects who asks after an eviction to get what was
// looked up after it, and what was looked up before never to be kept, whichever
// look-up ends first.
func TestCacheEvictWhileLoading(t *testing.T) {
	for _, second := range []time.Duration{time.Millisecond, 3 * time.Second} {
		t.Run(second.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &source{takes: time.Second}
				r := &results{s.open(t), make(chan string, 10)}
				r.get(t.Context(), "a")
				r.cache.Evict("a")
				s.takes = second
				r.get(t.Context(), "a")
				r.expect(t, "a: 1, <nil>", "a: 2, <nil>")
				synctest.Wait()
				expect(t, r.cache, "a", 2, nil)
				s.expectLoads(t, "a", "a")
			})
		})
	}
}

// TestCacheEvictWhileRefreshing expects neither the old answer nor what was
// being looked up to serve any more.
func TestCacheEvictWhileRefreshing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Second}
		c := s.open(t)
		expect(t, c, "a", 1, nil)
		time.Sleep(ttl / 2)
		expect(t, c, "a", 1, nil)
		synctest.Wait()
		c.Evict("a")
		time.Sleep(time.Second)
		synctest.Wait()
		expect(t, c, "a", 3, nil)
		s.expectLoads(t, "a", "a", "a")
	})
}

// TestCacheClose expects Close to end what runs and wait for it, and the Cache
// to go on with what it has.
func TestCacheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		r := &results{s.open(t), make(chan string, 10)}
		expect(t, r.cache, "a", 1, nil)
		s.takes = timeout - 1
		r.get(t.Context(), "b")
		before := time.Now()
		r.cache.Close()
		if waited := time.Since(before); waited != 0 {
			t.Errorf("closing waited %v", waited)
		}
		r.expect(t, "b: 0, context canceled")
		expect(t, r.cache, "a", 1, nil)
		expect(t, r.cache, "b", 0, context.Canceled)
		time.Sleep(ttl - 1) // past half its age, an answer serves still
		expect(t, r.cache, "a", 1, nil)
		time.Sleep(time.Nanosecond)
		expect(t, r.cache, "a", 0, context.Canceled)
		r.cache.Close()
		s.expectLoads(t, "a", "b")
	})
}

// TestCacheCloseWaits expects Close to return after a look-up that does not heed
// its context.
func TestCacheCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config[string, struct{}, int]{
			Load: func(context.Context, string, struct{}) (int, error) {
				time.Sleep(time.Second)
				return 1, nil
			},
			TTL: ttl, Timeout: timeout, Size: 100, Keep: func(error) bool { return false },
		})
		r := &results{c, make(chan string, 1)}
		r.get(t.Context(), "a")
		before := time.Now()
		c.Close()
		if waited := time.Since(before); waited != time.Second {
			t.Errorf("closing waited %v", waited)
		}
		r.expect(t, "a: 1, <nil>")
	})
}

// TestCacheLoadsWith expects a look-up to be given what its caller has.
func TestCacheLoadsWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config[int, string, string]{
			Load: func(_ context.Context, key int, with string) (string, error) { return fmt.Sprint(with, key), nil },
			TTL:  ttl, Timeout: timeout, Size: 2, Keep: func(error) bool { return false },
		})
		defer c.Close()
		for _, with := range []string{"first ", "second "} {
			if got, err := c.Get(t.Context(), 7, with); got != "first 7" || err != nil {
				t.Errorf("Get is %q, %v", got, err)
			}
		}
	})
}

// TestCacheSize expects a Cache to look up anew what it had no room for.
func TestCacheSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		c := s.open(t)
		for i := range 1000 {
			expect(t, c, fmt.Sprint(i), i+1, nil)
			if n := c.answers.Len(); n > 100 {
				t.Fatalf("%d answers are kept", n)
			}
		}
		expect(t, c, "999", 1000, nil)
		expect(t, c, "0", 1001, nil)
	})
}

func TestCacheDoesNotAllocate(t *testing.T) {
	s := &source{}
	c := s.open(t)
	expect(t, c, "a", 1, nil)
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		if v, err := c.Get(ctx, "a", struct{}{}); v != 1 || err != nil {
			t.Errorf("Get is %d, %v", v, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestCacheStale expects a value past its age to serve for as long as Stale says, and
// one look-up behind it; an error that is kept, to end at its age.
func TestCacheStale(t *testing.T) {
	for _, test := range []struct {
		age  time.Duration
		err  error
		want int
	}{
		{ttl, nil, 1}, {ttl + ttl/2 - 1, nil, 1}, {ttl + ttl/2, nil, 2}, {10 * ttl, nil, 2},
		{ttl - 1, errAbsent, 1}, {ttl, errAbsent, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &source{err: test.err}
			c := New(Config[string, struct{}, int]{
				Load: s.load, TTL: ttl, Stale: ttl / 2, Timeout: timeout, Size: 100, Keep: func(error) bool { return true },
			})
			t.Cleanup(c.Close)
			expect(t, c, "a", 1, test.err)
			time.Sleep(test.age)
			s.takes = time.Second
			before := time.Now()
			for range 3 {
				expect(t, c, "a", test.want, test.err)
			}
			if waited := time.Since(before); (waited == 0) != (test.want == 1) {
				t.Errorf("at the age of %v it waited %v", test.age, waited)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			expect(t, c, "a", 2, test.err)
			s.expectLoads(t, "a", "a")
		})
	}
}

// TestCacheStaleEvicted expects a value that was evicted to serve nobody, stale or not,
// though it was being looked up anew.
func TestCacheStaleEvicted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		c := New(Config[string, struct{}, int]{
			Load: s.load, TTL: ttl, Stale: ttl, Timeout: timeout, Size: 100, Keep: func(error) bool { return false },
		})
		t.Cleanup(c.Close)
		expect(t, c, "a", 1, nil)
		time.Sleep(ttl + 1)
		s.takes = time.Second
		expect(t, c, "a", 1, nil)
		synctest.Wait()
		c.Evict("a")
		expect(t, c, "a", 3, nil)
		s.expectLoads(t, "a", "a", "a")
	})
}
