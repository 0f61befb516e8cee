// Package turn shares a number of slots among tenants: while there are enough, everybody gets one at
// once; where more wait, the tenants that wait take turns, so that one tenant's crowd waits behind itself.
package turn

import (
	"context"
	"errors"
	"sync"
)

// ErrCrowded is returned if too many operations of one tenant wait already, and ErrFull if too many of all
// tenants do.
var (
	ErrCrowded = errors.New("too many operations of the tenant are waiting")
	ErrFull    = errors.New("too many operations are waiting")
)

// Config configures a Line.
type Config struct {
	// Slots is how many operations there may be at once.
	Slots int
	// PerTenant is how many operations of a tenant of weight 1 may wait, and InAll how many of all tenants.
	PerTenant, InAll int
}

// ID identifies a tenant.
type ID [12]byte

// Member is whose operations wait. Where tenants wait for each other, one of twice the weight is served twice as
// often, and twice as many of its operations may wait; the least weight is 1, and the greatest maxWeight.
type Member struct {
	ID     ID
	Name   string
	Weight int
}

// maxWeight is the greatest weight that schema.Share allows, whatever is stored.
const maxWeight = 100

// Line is what operations wait in for a slot. It knows only those tenants that wait.
type Line struct {
	cfg Config

	mu sync.Mutex
	// free slots are left, and waiting operations have none.
	free, waiting int
	tenants       map[ID]*tenant
	// crowded counts the operations of a tenant that were turned away, of maxCounted tenants, and others those of the
	// rest. full counts those turned away because of all.
	crowded map[ID]*Count
	others  int64
	full    int64
	// next is the tenant whose turn it is, of those in the ring.
	next *tenant
}

// New returns a Line in which nobody waits.
func New(cfg Config) *Line {
	return &Line{cfg: cfg, free: cfg.Slots, tenants: map[ID]*tenant{}, crowded: map[ID]*Count{}}
}

// tenant is a tenant that waits.
type tenant struct {
	of     *Member
	weight int
	// first and last are its operations, in the order in which they came, and waiting is their number.
	first, last *waiter
	waiting     int
	// turns are how many of them are still served in this round.
	turns int
	// before and after are its neighbours in the ring.
	before, after *tenant
}

// waiter is an operation that waits.
type waiter struct {
	served chan struct{}
	// of is its tenant, nil once it has a slot or has given up.
	of           *tenant
	before, next *waiter
}

// Enter takes a slot, which Leave gives back, and waits for it if there is none. The error is ErrCrowded, ErrFull or
// that of ctx.
func (l *Line) Enter(ctx context.Context, m *Member) error {
	l.mu.Lock()
	if l.free > 0 && l.waiting == 0 {
		l.free--
		l.mu.Unlock()
		return nil
	}
	w, err := l.join(m)
	l.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case <-w.served:
		return nil
	case <-ctx.Done():
		l.giveUp(w)
		return ctx.Err()
	}
}

// Leave gives a slot back, to whoever's turn it is.
func (l *Line) Leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free++
	l.serve()
}

// giveUp takes an operation out of the line. If it was served meanwhile, the slot goes to the next.
func (l *Line) giveUp(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.of == nil {
		l.free++
		l.serve()
		return
	}
	l.remove(w)
}

// join puts an operation behind the others of its tenant.
func (l *Line) join(m *Member) (*waiter, error) {
	t, weight := l.tenants[m.ID], min(max(m.Weight, 1), maxWeight)
	if t == nil {
		t = &tenant{of: m}
	}
	if t.waiting >= l.cfg.PerTenant*weight {
		l.countCrowded(m)
		return nil, ErrCrowded
	}
	if l.waiting >= l.cfg.InAll {
		l.full++
		return nil, ErrFull
	}
	w := &waiter{served: make(chan struct{}), of: t, before: t.last}
	t.weight = weight
	if t.last == nil {
		t.first = w
		l.add(t)
	} else {
		t.last.next = w
	}
	t.last = w
	t.waiting++
	l.waiting++
	return w, nil
}

// serve hands free slots to those whose turn it is.
func (l *Line) serve() {
	for l.free > 0 && l.next != nil {
		t := l.next
		w := t.first
		l.free--
		t.turns--
		l.remove(w)
		close(w.served)
		if l.next == t && t.turns <= 0 {
			t.turns = t.weight
			l.next = t.after
		}
	}
}

// remove takes an operation out of its tenant's, and with the last one the tenant out of the ring.
func (l *Line) remove(w *waiter) {
	t := w.of
	w.of = nil
	if w.before == nil {
		t.first = w.next
	} else {
		w.before.next = w.next
	}
	if w.next == nil {
		t.last = w.before
	} else {
		w.next.before = w.before
	}
	t.waiting--
	l.waiting--
	if t.first == nil {
		l.drop(t)
	}
}

// add puts a tenant into the ring, behind all others.
func (l *Line) add(t *tenant) {
	l.tenants[t.of.ID] = t
	t.turns = t.weight
	if l.next == nil {
		t.before, t.after, l.next = t, t, t
		return
	}
	t.before, t.after = l.next.before, l.next
	t.before.after, t.after.before = t, t
}

// drop takes a tenant out of the ring.
func (l *Line) drop(t *tenant) {
	delete(l.tenants, t.of.ID)
	if l.next == t {
		l.next = t.after
	}
	if t.after == t {
		l.next = nil
	}
	t.before.after, t.after.before = t.after, t.before
}
