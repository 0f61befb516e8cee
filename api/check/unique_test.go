package check_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/check"
)

func TestUnique(t *testing.T) {
	many := make([]int, 0, 3*check.SmallSet)
	for i := range 3 * check.SmallSet {
		many = append(many, i%(2*check.SmallSet))
	}
	for _, test := range []struct{ list, want []int }{
		{nil, nil},
		{[]int{}, []int{}},
		{[]int{3, 1, 2}, []int{3, 1, 2}},
		{many[:check.SmallSet], many[:check.SmallSet]},
		{[]int{3, 1, 3, 2, 1}, []int{3, 1, 2}},
		{slices.Repeat([]int{7}, check.SmallSet), []int{7}},
		{slices.Repeat([]int{7}, check.SmallSet+1), []int{7}},
		{many, many[:2*check.SmallSet]},
	} {
		before := slices.Clone(test.list)
		if got := check.Unique(test.list); !cmp.Equal(got, test.want) {
			t.Errorf("Unique(%v) is %v, want %v", test.list, got, test.want)
		}
		if !slices.Equal(before, test.list) {
			t.Errorf("Unique changed %v", before)
		}
		if got := check.Unique(test.list); len(got) == len(before) && 0 < len(got) && len(got) <= check.SmallSet && &got[0] != &test.list[0] {
			t.Errorf("Unique copied %v", before)
		}
	}
}
