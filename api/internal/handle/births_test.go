package handle

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"unique"
)

// TestBirthsAreMadeOnce however many wait for one; each collection has its own.
func TestBirthsAreMadeOnce(t *testing.T) {
	t.Parallel()
	var made sync.Map
	b := NewBirths([]string{"there"}, func(_ context.Context, name string) error {
		n, _ := made.LoadOrStore(name, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
		return nil
	})
	var all sync.WaitGroup
	for range 100 {
		for _, name := range []string{"there", "one", "two"} {
			all.Go(func() {
				if err := b.Ensure(t.Context(), unique.Make(name)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	for name, want := range map[string]int64{"one": 1, "two": 1} {
		if n, ok := made.Load(name); !ok || n.(*atomic.Int64).Load() != want {
			t.Errorf("%s was not made once", name)
		}
	}
	if _, ok := made.Load("there"); ok {
		t.Error("what was there is made again")
	}
	if err := (*Births)(nil).Ensure(t.Context(), unique.Make("any")); err != nil {
		t.Error(err)
	}
}

// TestFailedBirths fail all who wait, and are tried again by the next. One that ended with its request, or in a panic,
// fails no other.
func TestFailedBirths(t *testing.T) {
	t.Parallel()
	oops := errors.New("oops")
	for name, c := range map[string]struct {
		first func(context.Context) error
		// ends is that the first one's request ends.
		ends bool
		want error
	}{
		"refused":  {func(context.Context) error { return oops }, false, oops},
		"canceled": {func(ctx context.Context) error { return errors.Join(oops, ctx.Err()) }, true, nil},
		"panicked": {func(context.Context) error { panic(oops) }, false, nil},
	} {
		begun, goOn := make(chan struct{}), make(chan struct{})
		var calls atomic.Int64
		b := NewBirths(nil, func(ctx context.Context, _ string) error {
			if calls.Add(1) > 1 {
				return nil
			}
			close(begun)
			<-goOn
			return c.first(ctx)
		})
		ctx, end := context.WithCancel(t.Context())
		firstDone, waited := make(chan error, 1), make(chan error, 1)
		go func() {
			defer func() {
				if recover() != nil {
					firstDone <- oops
				}
			}()
			firstDone <- b.Ensure(ctx, unique.Make("one"))
		}()
		<-begun
		impatient, giveUp := context.WithCancel(t.Context())
		giveUp()
		if err := b.Ensure(impatient, unique.Make("one")); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: one who does not wait: %v", name, err)
		}
		go func() { waited <- b.Ensure(t.Context(), unique.Make("one")) }()
		if c.ends {
			end()
		}
		close(goOn)
		if err := <-firstDone; !errors.Is(err, oops) {
			t.Errorf("%s: the first: %v", name, err)
		}
		if err := <-waited; err != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: one who waited: %v", name, err)
		}
		end()
		if err := b.Ensure(t.Context(), unique.Make("one")); err != nil {
			t.Errorf("%s: the next: %v", name, err)
		}
	}
}

// TestEnsureOfWhatIsThere allocates nothing.
func TestEnsureOfWhatIsThere(t *testing.T) {
	b := NewBirths([]string{"one", "two", "three"}, nil)
	three := unique.Make("three")
	n := testing.AllocsPerRun(100, func() {
		if err := b.Ensure(t.Context(), three); err != nil {
			t.Error(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkEnsure looks for the last of five collections, and of 34.
func BenchmarkEnsure(b *testing.B) {
	names := make([]string, 34)
	for i := range names {
		names[i] = "collection_" + string(rune('A'+i))
	}
	for name, there := range map[string][]string{"5": names[:5], "34": names} {
		b.Run(name, func(b *testing.B) {
			births, last := NewBirths(there, nil), unique.Make(there[len(there)-1])
			for b.Loop() {
				_ = births.Ensure(context.Background(), last)
			}
		})
	}
}
