package turn

import (
	"cmp"
	"slices"
)

// Count is a number of a tenant's operations.
type Count struct {
	Name string
	N    int64
}

// Pressure is who waits, and who was turned away so far. The lists have the tenants with most, and those of all others
// without a name behind them.
type Pressure struct {
	Waiting, Crowded []Count
	// Full is how many operations were turned away because too many of all tenants waited.
	Full int64
}

// named is how many tenants a Pressure names, and maxCounted of how many it is counted what was turned away: the
// memory of the rest is one number.
const (
	named      = 10
	maxCounted = 1000
)

// Pressure returns how things are now.
func (l *Line) Pressure() Pressure {
	l.mu.Lock()
	defer l.mu.Unlock()
	var waiting, crowded []Count
	for _, t := range l.tenants {
		waiting = append(waiting, Count{t.of.Name, int64(t.waiting)})
	}
	for _, c := range l.crowded {
		crowded = append(crowded, *c)
	}
	return Pressure{folded(waiting, 0), folded(crowded, l.others), l.full}
}

// countCrowded counts an operation that was turned away.
func (l *Line) countCrowded(m *Member) {
	c := l.crowded[m.ID]
	switch {
	case c != nil:
		c.N++
	case len(l.crowded) < maxCounted:
		l.crowded[m.ID] = &Count{m.Name, 1}
	default:
		l.others++
	}
}

// folded returns the counts with most, and the sum of the rest and of others.
func folded(counts []Count, others int64) []Count {
	slices.SortFunc(counts, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	n := min(named, len(counts))
	for _, c := range counts[n:] {
		others += c.N
	}
	return append(counts[:n:n], Count{"", others})
}
