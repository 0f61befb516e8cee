package emit

import (
	"testing"
)

func TestListing(t *testing.T) {
	for _, test := range []struct {
		values []string
		want   string
	}{
		{[]string{"a"}, "a"},
		{[]string{"a", "b"}, "a or b"},
		{[]string{"a", "b", "c"}, "a, b or c"},
	} {
		if have := joinOr(test.values); have != test.want {
			t.Errorf("%q: %q, want %q", test.values, have, test.want)
		}
	}
}

func TestSentence(t *testing.T) {
	for doc, want := range map[string]string{
		"X is one": "X is one.", "X is one. ": "X is one.", "X is one!": "X is one!", "Is X one?": "Is X one?",
	} {
		if have := sentence(doc); have != want {
			t.Errorf("%q: %q, want %q", doc, have, want)
		}
	}
}
