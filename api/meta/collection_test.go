package meta_test

import (
	"testing"

	"github.com/partywall/partywall/api/meta"
)

// TestMatchesName: a * stands for any characters, none among them, and nothing else does.
func TestMatchesName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"a_1", "a_1", true}, {"a_1", "a_1_", false}, {"a_1", "_a_1", false}, {"a.1", "a_1", false},
		{"legacy_*", "legacy_a_1", true}, {"legacy_*", "legacy_", true}, {"legacy_*", "a_legacy_", false},
		{"*_2dsphere", "a.b_2dsphere", true}, {"*_2dsphere", "a_2dsphere_b_1", false},
		{"*a*b", "xaxbxb", true}, {"*a*b", "xbxa", false}, {"*", "$**_1", true}, {"*", "", true}, {"[a]?", "a1", false},
	} {
		if got := meta.MatchesName(c.pattern, c.name); got != c.want {
			t.Errorf("%s matches %s: %t", c.pattern, c.name, got)
		}
	}
}
