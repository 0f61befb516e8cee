package measure

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	const rest = "S 1 2 3 4 5 6 7 8 9 10 120 34 0 0 20 0 9 0 99 123456 50 18446744073709551615"
	page := int64(os.Getpagesize())
	for _, line := range []string{"17 (api) " + rest, "17 (a) b (c) " + rest} {
		got, err := parseStat(line)
		if want := (Usage{CPU: 1540 * time.Millisecond, RSS: 50 * page}); err != nil || got != want {
			t.Errorf("%q: %+v %v, want %+v", line, got, err, want)
		}
	}
	for _, line := range []string{"", "17 (api) S 1 2", "17 api " + rest, "17 (api) S 1 2 3 4 5 6 7 8 9 10 many 34 0 0 20 0 9 0 99 123456 50"} {
		if got, err := parseStat(line); err == nil {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

// TestOf asks about this process, of which more is known.
func TestOf(t *testing.T) {
	t.Parallel()
	got, err := Of(os.Getpid())
	if os.IsNotExist(err) {
		t.Skip("there is no /proc as Linux has it")
	}
	if err != nil || got.RSS < 1<<20 {
		t.Fatalf("%+v %v", got, err)
	}
	after, err := Now()
	if err != nil || got.CPU > after.CPU+clockTick {
		t.Errorf("%v of CPU, and afterwards %v (%v)", got.CPU, after.CPU, err)
	}
	if _, err := Of(-1); err == nil {
		t.Error("a process that there cannot be has a usage")
	}
}
