package mutant

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// with makes the mutant n while do runs.
func with(t *testing.T, n int, do func()) {
	t.Helper()
	before := active
	defer func() { active = before }()
	active = n
	do()
}

func TestMistakesAreMadeOneAtATime(t *testing.T) {
	err := errors.New("refused")
	said := func() []any {
		return []any{
			Keep(1), True(2, false), False(3, true), NoError(4, err) == nil, Other(5, "v"), Plus(6, 7),
			Compare(7, "<", 1, 1), Compare(8, "<=", 1, 1), Compare(9, ">", 1, 1), Compare(10, ">=", 1, 1),
			Arithmetic(11, "+", 6, 3), Arithmetic(12, "-", 6, 3), Arithmetic(13, "*", 6, 3), Arithmetic(14, "/", 6, 3), Arithmetic(15, "%", 7, 3),
		}
	}
	right := []any{true, false, true, false, "v", 7, false, true, false, true, 9, 3, 18, 2, 1}
	wrong := []any{false, true, false, true, "", 8, true, false, true, false, 3, 9, 2, 18, 21}
	for n := range len(right) + 1 {
		with(t, n, func() {
			for i, got := range said() {
				want := right[i]
				if i+1 == n {
					want = wrong[i]
				}
				if got != want {
					t.Errorf("with mutant %d, call %d is %v, want %v", n, i+1, got, want)
				}
			}
		})
	}
}

// TestComparisonsElsewhere shows that a bound is all that differs.
func TestComparisonsElsewhere(t *testing.T) {
	for _, n := range []int{0, 1} {
		with(t, n, func() {
			if !Compare(1, "<", 1, 2) || Compare(1, "<", 2, 1) || !Compare(1, "<=", 1, 2) || Compare(1, "<=", 2, 1) ||
				!Compare(1, ">", 2, 1) || Compare(1, ">", 1, 2) || !Compare(1, ">=", 2, 1) || Compare(1, ">=", 1, 2) {
				t.Errorf("with mutant %d, unequal operands compare otherwise", n)
			}
		})
	}
}

func TestTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace")
	trace = openTrace(path)
	defer func() { _ = trace.file.Close(); trace = nil }()
	for _, n := range []int{3, 1, 3} {
		Keep(n)
	}
	if text, err := os.ReadFile(path); string(text) != "3\n1\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
