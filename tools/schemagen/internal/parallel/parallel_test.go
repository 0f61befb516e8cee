package parallel

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
)

func TestEachCallsWithEach(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, cores := range []int{1, 2, 16} {
		runtime.GOMAXPROCS(cores)
		for _, n := range []int{0, 1, 2, 100} {
			calls := make([]int32, n)
			if err := Each(n, func(i int) error { atomic.AddInt32(&calls[i], 1); return nil }); err != nil {
				t.Fatal(err)
			}
			if want := slices.Repeat([]int32{1}, n); !slices.Equal(calls, want) {
				t.Errorf("on %d cores the calls are %v", cores, calls)
			}
		}
	}
}

// As many calls run at a time as there are cores: each waits for all others here.
func TestEachUsesAllCores(t *testing.T) {
	const cores = 4
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	var running atomic.Int32
	all := make(chan struct{})
	err := Each(cores, func(int) error {
		if running.Add(1) == cores {
			close(all)
		}
		<-all
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A later call that fails sooner does not hide the first that fails.
func TestEachFailsWithTheFirst(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	broken := errors.New("broken")
	laterFailed := make(chan struct{})
	err := Each(100, func(i int) error {
		switch i {
		case 3:
			<-laterFailed
			return fmt.Errorf("%d: %w", i, broken)
		case 5:
			defer close(laterFailed)
			return fmt.Errorf("%d: %w", i, broken)
		}
		return nil
	})
	if !errors.Is(err, broken) || err.Error() != "3: broken" {
		t.Errorf("%v", err)
	}
}

func TestEachEndsEarly(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	calls := 0
	err := Each(100, func(int) error { calls++; return errors.New("broken") })
	if err == nil || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
