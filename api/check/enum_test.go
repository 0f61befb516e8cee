package check_test

import (
	"fmt"
	"testing"

	"github.com/partywall/partywall/api/check"
)

// TestEnumParse: an enum of any size knows its own values, and no others.
func TestEnumParse(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 16, 17, 100} {
		var values []colour
		for i := range n {
			values = append(values, colour(fmt.Sprintf("value%d", i)))
		}
		e := check.NewEnum(values...)
		for _, v := range values {
			if got, ok := e.Parse([]byte(v)); got != v || !ok {
				t.Errorf("of %d values, %q is read as %q, %v", n, v, got, ok)
			}
		}
		for _, other := range []string{"", "value", "Value0", "value0 ", fmt.Sprintf("value%d", n)} {
			if got, ok := e.Parse([]byte(other)); got != "" || ok {
				t.Errorf("of %d values, %q is read as %q, %v", n, other, got, ok)
			}
		}
	}
}

// TestEnumAnswers with constants: reading allocates nothing.
func TestEnumAnswers(t *testing.T) {
	text := []byte("blue")
	if n := testing.AllocsPerRun(100, func() { colourEnum.Parse(text) }); n > 0 {
		t.Errorf("a value takes %v allocations", n)
	}
}

func TestEnumRefusal(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*check.Enum[string]{
		"must be one of a":         check.NewEnum("a"),
		"must be one of a or b":    check.NewEnum("a", "b"),
		"must be one of a, b or c": check.NewEnum("a", "b", "c"),
	} {
		if got := e.Refusal(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	values := colourEnum.Values()
	values[0] = "green"
	if _, ok := colourEnum.Parse([]byte("red")); !ok || colourEnum.Values()[0] != "red" {
		t.Error("what Values answered changes the enum")
	}
}
