package turn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

func member(name string, weight int) *Member {
	m := &Member{Name: name, Weight: weight}
	copy(m.ID[:], name)
	return m
}

// arrive lets an operation wait, and tells to whom it came.
func arrive(t *testing.T, l *Line, name string, weight int, served chan<- string) {
	t.Helper()
	before := waiting(l)
	go func() {
		if err := l.Enter(t.Context(), member(name, weight)); err == nil {
			served <- name
		}
	}()
	for waiting(l) == before && t.Context().Err() == nil {
	}
}

func waiting(l *Line) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting
}

// TestTenantsTakeTurns whatever they came in, and as often as their weights say; a tenant's own come in order.
func TestTenantsTakeTurns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		come    string
		weights map[string]int
		want    string
	}{
		{"aaaaabc", nil, "abcaaaa"},
		{"abababcc", nil, "abcabcab"},
		{"aaaabbbb", map[string]int{"a": 2}, "aabaabbb"},
		{"aaaaaabbc", map[string]int{"a": 3, "b": 2}, "aaabbcaaa"},
		{"a", nil, "a"},
	} {
		l := New(Config{Slots: 1, PerTenant: 10, InAll: 100})
		if err := l.Enter(t.Context(), member("first", 1)); err != nil {
			t.Fatal(err)
		}
		served := make(chan string)
		for name := range strings.SplitSeq(c.come, "") {
			arrive(t, l, name, c.weights[name], served)
		}
		var got []string
		for range c.come {
			l.Leave()
			got = append(got, <-served)
		}
		if strings.Join(got, "") != c.want {
			t.Errorf("%s come, and %s are served, want %s", c.come, strings.Join(got, ""), c.want)
		}
		l.Leave()
		if l.free != 1 || l.waiting != 0 || l.next != nil || len(l.tenants) > 0 {
			t.Errorf("afterwards: %+v", l)
		}
	}
}

// TestCrowds are turned away, each at its bound.
func TestCrowds(t *testing.T) {
	t.Parallel()
	l := New(Config{Slots: 1, PerTenant: 2, InAll: 5})
	if err := l.Enter(t.Context(), member("a", 1)); err != nil {
		t.Fatal(err)
	}
	served := make(chan string, 10)
	for _, name := range []string{"a", "a"} {
		arrive(t, l, name, 1, served)
	}
	if err := l.Enter(t.Context(), member("a", 1)); !errors.Is(err, ErrCrowded) {
		t.Errorf("a third: %v", err)
	}
	arrive(t, l, "a", 2, served) // of twice the weight, twice as many wait
	arrive(t, l, "b", 1, served)
	arrive(t, l, "c", 1, served)
	if err := l.Enter(t.Context(), member("d", 1)); !errors.Is(err, ErrFull) {
		t.Errorf("a sixth: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 5 {
		l.Leave()
		<-served
	}
	if err := l.Enter(ctx, member("e", 1)); !errors.Is(err, context.Canceled) || waiting(l) != 0 {
		t.Errorf("one who ended: %v, %d wait", err, waiting(l))
	}
	l.Leave()
	if l.free != 1 {
		t.Errorf("%d slots are free", l.free)
	}
}

// TestSlotsAreNeverLost lets many tenants come and give up at random: there are never more operations than slots, and
// at the end all slots are free.
func TestSlotsAreNeverLost(t *testing.T) {
	t.Parallel()
	const slots = 3
	l := New(Config{Slots: slots, PerTenant: 5, InAll: 40})
	var now, most atomic.Int64
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for j := range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if (i+j)%3 == 0 {
					go cancel()
				}
				err := l.Enter(ctx, member(string(rune('a'+(i*j)%7)), i%3))
				if err == nil {
					if n := now.Add(1); n > most.Load() {
						most.Store(n)
					}
					now.Add(-1)
					l.Leave()
				}
				cancel()
			}
		})
	}
	all.Wait()
	if most.Load() > slots || l.free != slots || l.waiting != 0 || l.next != nil || len(l.tenants) > 0 {
		t.Errorf("at most %d at once; afterwards %+v", most.Load(), l)
	}
}

// TestTheRing compares who is served with a plain model: a list of tenants, each with its operations.
func TestTheRing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		l := New(Config{Slots: 0, PerTenant: 4, InAll: 12})
		type queued struct {
			name        string
			weight, due int
			ops         []*waiter
		}
		var ring []*queued
		total := 0
		find := func(name string) int { return slices.IndexFunc(ring, func(q *queued) bool { return q.name == name }) }
		r.Repeat(map[string]func(*rapid.T){
			"come": func(r *rapid.T) {
				name := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "name")
				weight := int(name[0]-'a')%2 + 1
				at := find(name)
				l.mu.Lock()
				w, err := l.join(member(name, weight))
				l.mu.Unlock()
				switch {
				case total == 12:
					if !errors.Is(err, ErrFull) {
						r.Fatalf("full: %v", err)
					}
					return
				case at >= 0 && len(ring[at].ops) == 4*weight:
					if !errors.Is(err, ErrCrowded) {
						r.Fatalf("crowded: %v", err)
					}
					return
				case err != nil:
					r.Fatal(err)
				case at < 0:
					ring, at = append(ring, &queued{name: name, weight: weight, due: weight}), len(ring)
				}
				ring[at].ops = append(ring[at].ops, w)
				total++
			},
			"leave": func(r *rapid.T) {
				if total == 0 {
					r.Skip("nobody waits")
				}
				l.Leave()
				q := ring[0]
				select {
				case <-q.ops[0].served:
				default:
					r.Fatalf("it is the turn of %s", q.name)
				}
				q.ops = q.ops[1:]
				q.due--
				total--
				switch {
				case len(q.ops) == 0:
					ring = ring[1:]
				case q.due == 0:
					q.due = q.weight
					ring = append(ring[1:], q)
				}
			},
			"give up": func(r *rapid.T) {
				if total == 0 {
					r.Skip("nobody waits")
				}
				at := rapid.IntRange(0, len(ring)-1).Draw(r, "tenant")
				i := rapid.IntRange(0, len(ring[at].ops)-1).Draw(r, "operation")
				l.giveUp(ring[at].ops[i])
				if ring[at].ops = slices.Delete(ring[at].ops, i, i+1); len(ring[at].ops) == 0 {
					ring = slices.Delete(ring, at, at+1)
				}
				total--
			},
			"": func(r *rapid.T) {
				if l.waiting != total || len(l.tenants) != len(ring) || (l.next == nil) != (len(ring) == 0) || l.free != 0 {
					r.Fatalf("%+v, want %d of %d tenants", l, total, len(ring))
				}
			},
		})
	})
}

// TestWeightsAreBounded: an entry that somebody wrote by hand may have any weight.
func TestWeightsAreBounded(t *testing.T) {
	t.Parallel()
	l := New(Config{Slots: 0, PerTenant: 1, InAll: 1 << 20})
	for weight, most := range map[int]int{math.MinInt: 1, 0: 1, 100: 100, 101: 100, math.MaxInt: 100} {
		m := member(fmt.Sprint(weight)[:min(12, len(fmt.Sprint(weight)))], weight)
		n := 0
		for ; n <= maxWeight; n++ {
			l.mu.Lock()
			_, err := l.join(m)
			l.mu.Unlock()
			if err != nil {
				break
			}
		}
		if n != most {
			t.Errorf("of weight %d, %d may wait", weight, n)
		}
	}
}

// TestUncontended allocates nothing.
func TestUncontended(t *testing.T) {
	l, a := New(Config{Slots: 2, PerTenant: 1, InAll: 1}), member("a", 1)
	n := testing.AllocsPerRun(100, func() {
		if err := l.Enter(t.Context(), a); err != nil {
			t.Error(err)
		}
		l.Leave()
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkUncontended(b *testing.B) {
	l, a := New(Config{Slots: 100, PerTenant: 1, InAll: 1}), member("a", 1)
	for b.Loop() {
		_ = l.Enter(context.Background(), a)
		l.Leave()
	}
}

// TestPressure names those with most, and folds the rest.
func TestPressure(t *testing.T) {
	t.Parallel()
	l := New(Config{Slots: 0, PerTenant: 3, InAll: 40})
	for i := range 15 {
		for range i%3 + 1 {
			l.mu.Lock()
			_, err := l.join(member(string(rune('a'+i)), 1))
			l.mu.Unlock()
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 20 {
		if err := l.Enter(t.Context(), member("c", 1)); !errors.Is(err, ErrCrowded) {
			t.Fatal(err)
		}
	}
	p := l.Pressure()
	if len(p.Waiting) != named+1 || p.Waiting[0] != (Count{"c", 3}) || p.Waiting[named] != (Count{"", 5}) {
		t.Errorf("waiting are %v", p.Waiting)
	}
	if len(p.Crowded) != 2 || p.Crowded[0] != (Count{"c", 20}) || p.Crowded[1] != (Count{}) || p.Full != 0 {
		t.Errorf("crowded are %v, full %d", p.Crowded, p.Full)
	}
	for i := range maxCounted + 5 {
		l.mu.Lock()
		l.countCrowded(&Member{ID: ID{1, byte(i >> 8), byte(i)}, Name: "x"})
		l.mu.Unlock()
	}
	if len(l.crowded) != maxCounted || l.others != 6 {
		t.Errorf("%d tenants are counted, and %d operations of others", len(l.crowded), l.others)
	}
}
