package cache_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/partywall/partywall/api/internal/cache"
)

// TestConcurrentUse is for the race detector: everything at once, Close among
// it.
func TestConcurrentUse(t *testing.T) {
	for range 20 {
		c := cache.New(cache.Config[string, string, string]{
			Load: func(_ context.Context, key, with string) (string, error) { return key + with, nil },
			Keep: func(error) bool { return false },
			TTL:  time.Minute, Timeout: time.Minute, Size: 4,
		})
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := range 50 {
					key := string(rune('a' + (worker+i)%7))
					if i%5 == 0 {
						c.Evict(key)
						continue
					}
					v, err := c.Get(t.Context(), key, "!")
					if err != nil && !errors.Is(err, context.Canceled) || err == nil && v != key+"!" {
						t.Errorf("%s is %q, %v", key, v, err)
					}
				}
				c.Close()
			})
		}
		all.Wait()
	}
}

// TestMapCountsAnEntryOnce puts an entry again that is in the older generation.
func TestMapCountsAnEntryOnce(t *testing.T) {
	m := cache.NewMap[string, int](4)
	for i, key := range strings.Fields("a b c a") {
		m.Put(key, i)
	}
	if v, ok := m.Get("a"); m.Len() != 3 || v != 3 || !ok {
		t.Errorf("%d entries; a is %d, %t", m.Len(), v, ok)
	}
	m.Delete("a")
	if _, ok := m.Get("a"); ok {
		t.Error("an entry that was replaced is back")
	}
}
