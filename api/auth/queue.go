package auth

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrBusy says that so much waits already that a further request would only time
// out.
var ErrBusy = errors.New("too many passwords wait to be hashed; try again later")

// queue lets a few hash at once, and bounds how many wait. Where it is full, it
// sends the largest crowd's last one away: whoever comes alone finds room.
type queue struct {
	mu      sync.Mutex
	free    int
	room    int
	waiting crowd
}

func newQueue(slots, room int) *queue { return &queue{free: slots, room: room} }

// line is where somebody waits: what for, then for which tenant, then who and where.
// At each step those that differ take turns. No line is the beginning of another.
type line []string

// ticket is one who waits. turn gets nil, or ErrBusy.
type ticket struct {
	line line
	turn chan error
}

// enter waits for a slot, which leave gives back. The error is ErrBusy, or what
// ended ctx.
func (q *queue) enter(ctx context.Context, at line) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := q.take(at)
	if t == nil {
		return nil
	}
	select {
	case err := <-t.turn:
		return err
	case <-ctx.Done():
		q.giveUp(t)
		return ctx.Err()
	}
}

// take takes a slot, or a place among those who wait: then it is the ticket.
func (q *queue) take(at line) *ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free > 0 {
		q.free--
		return nil
	}
	t := &ticket{line: at, turn: make(chan error, 1)}
	q.waiting.add(t, at)
	if q.waiting.size > q.room {
		q.waiting.last(at).turn <- ErrBusy
	}
	return t
}

// giveUp takes t out, and passes the slot on that it may have been given.
func (q *queue) giveUp(t *ticket) {
	q.mu.Lock()
	waited := q.waiting.remove(t, t.line)
	q.mu.Unlock()
	if !waited && <-t.turn == nil {
		q.leave()
	}
}

// leave gives a slot to whose turn it is.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting.size == 0 {
		q.free++
		return
	}
	q.waiting.next().turn <- nil
}

// length returns how many wait.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting.size
}

// crowd is who waits: either crowds, which take turns, or tickets, the first to come
// first. Its zero value is empty.
type crowd struct {
	size    int
	tickets []*ticket
	parts   map[string]*crowd
	// turns are the names of parts, the next one first.
	turns []string
}

func (c *crowd) add(t *ticket, at line) {
	c.size++
	if len(at) == 0 {
		c.tickets = append(c.tickets, t)
		return
	}
	part := c.parts[at[0]]
	if part == nil {
		part = &crowd{}
		if c.parts == nil {
			c.parts = map[string]*crowd{}
		}
		c.parts[at[0]] = part
		c.turns = append(c.turns, at[0])
	}
	part.add(t, at[1:])
}

// next takes out whose turn it is.
func (c *crowd) next() *ticket {
	c.size--
	if len(c.turns) == 0 {
		first := c.tickets[0]
		c.tickets = c.tickets[1:]
		return first
	}
	name := c.turns[0]
	t := c.parts[name].next()
	c.turns = append(c.turns[1:], name)
	c.tidy(name)
	return t
}

// last takes out who came last to the largest crowd: of crowds of one size, to the
// one at the given place, else to the one whose turn is last.
func (c *crowd) last(at line) *ticket {
	c.size--
	if len(c.turns) == 0 {
		end := len(c.tickets) - 1
		t := c.tickets[end]
		c.tickets = c.tickets[:end]
		return t
	}
	var name string
	if len(at) > 0 {
		name, at = at[0], at[1:]
	}
	if c.parts[name] == nil {
		name, at = c.turns[len(c.turns)-1], nil
	}
	for _, other := range slices.Backward(c.turns) {
		if c.parts[other].size > c.parts[name].size {
			name, at = other, nil
		}
	}
	t := c.parts[name].last(at)
	c.tidy(name)
	return t
}

// remove takes t out, unless its turn has come.
func (c *crowd) remove(t *ticket, at line) bool {
	removed := false
	if len(at) == 0 {
		before := len(c.tickets)
		c.tickets = slices.DeleteFunc(c.tickets, func(other *ticket) bool { return other == t })
		removed = len(c.tickets) < before
	} else if part := c.parts[at[0]]; part != nil {
		removed = part.remove(t, at[1:])
		c.tidy(at[0])
	}
	if removed {
		c.size--
	}
	return removed
}

// tidy forgets a part that nobody waits in any more.
func (c *crowd) tidy(name string) {
	if c.parts[name].size == 0 {
		delete(c.parts, name)
		c.turns = slices.DeleteFunc(c.turns, func(other string) bool { return other == name })
	}
}
