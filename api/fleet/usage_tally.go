package fleet

import (
	"cmp"
	"slices"
	"time"

	"github.com/partywall/partywall/api/fleet/indexes"
)

// usageTally counts in how many tenants each index is used.
type usageTally struct {
	// latest is the latest beginning of a counter that can call an index unused, zero for
	// any.
	latest time.Time
	found  map[usageKey]*IndexUsage
}

// usageKey tells indexes apart. Those that are not declared may have one name, and other
// keys in other tenants.
type usageKey struct {
	extra                   bool
	collection, index, keys string
}

func newUsageTally(observed time.Duration) *usageTally {
	t := &usageTally{found: map[usageKey]*IndexUsage{}}
	if observed > 0 {
		t.latest = time.Now().Add(-observed)
	}
	return t
}

// add adds what one tenant uses.
func (t *usageTally) add(uses []indexes.Use) {
	for i := range uses {
		u := &uses[i]
		key := usageKey{u.Extra, u.Collection, u.Index, u.Keys}
		if t.found[key] == nil {
			t.found[key] = &IndexUsage{Collection: u.Collection, Index: u.Index, Keys: u.Keys}
		}
		t.found[key].add(u, t.latest)
	}
}

func (x *IndexUsage) add(u *indexes.Use, latest time.Time) {
	x.Ops += u.Ops
	switch {
	case u.Problem == indexes.Absent:
		x.Absent++
	case u.Problem == indexes.Missing:
		x.Missing++
	case u.Problem == indexes.Building:
		x.Building++
	case u.Problem == indexes.Hidden:
		x.Hidden++
	case u.Enforcing:
		x.Enforcing++
	case u.Ops > 0:
		x.Used++
	case !latest.IsZero() && u.Since.After(latest):
		x.Brief++
	default:
		x.Unused++
		if x.Since == nil || u.Since.After(*x.Since) {
			x.Since = new(u.Since)
		}
	}
}

// usages returns the declared indexes, or the extra ones, the most wasteful first: those that
// most tenants have and do not use, and fewest use.
func (t *usageTally) usages(extra bool) []IndexUsage {
	list := []IndexUsage{}
	for key, x := range t.found {
		if key.extra == extra {
			list = append(list, *x)
		}
	}
	slices.SortFunc(list, func(a, b IndexUsage) int {
		return cmp.Or(
			cmp.Compare(b.Unused, a.Unused), cmp.Compare(a.Used, b.Used), cmp.Compare(a.Ops, b.Ops),
			cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Index, b.Index), cmp.Compare(a.Keys, b.Keys),
		)
	})
	return list
}
