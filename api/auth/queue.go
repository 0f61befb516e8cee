package auth

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrBusy is returned if so many are waiting that another request would only time
// out.
var ErrBusy = errors.New("too many passwords wait to be hashed; try again later")

// queue lets a few hash at once, and limits how many wait. If it is full, it drops
// the last waiter of the largest group: a single client finds room.
type queue struct {
	mu      sync.Mutex
	free    int
	room    int
	waiting group
}

func newQueue(slots, room int) *queue { return &queue{free: slots, room: room} }

// queuePath is a place in the queue: the purpose, then the tenant, then who and
// where. At each level those that differ take turns. No path is a prefix of
// another.
type queuePath []string

// waiter waits for a slot. turn receives nil, or ErrBusy.
type waiter struct {
	line queuePath
	turn chan error
}

// enter waits for a slot, which leave releases. The error is ErrBusy, or why ctx
// ended.
func (q *queue) enter(ctx context.Context, at queuePath) error {
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

// take takes a slot, or joins the queue and returns the waiter.
func (q *queue) take(at queuePath) *waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free > 0 {
		q.free--
		return nil
	}
	t := &waiter{line: at, turn: make(chan error, 1)}
	q.waiting.add(t, at)
	if q.waiting.size > q.room {
		q.waiting.last(at).turn <- ErrBusy
	}
	return t
}

// giveUp removes t, and passes on the slot that it may have been given.
func (q *queue) giveUp(t *waiter) {
	q.mu.Lock()
	waited := q.waiting.remove(t, t.line)
	q.mu.Unlock()
	if !waited && <-t.turn == nil {
		q.leave()
	}
}

// leave gives the slot to the next waiter.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting.size == 0 {
		q.free++
		return
	}
	q.waiting.next().turn <- nil
}

// length returns the number of waiters.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting.size
}

// group is a group of waiters: either of further groups, which take turns, or of
// waiters, first come, first served. Its zero value is empty.
type group struct {
	size    int
	tickets []*waiter
	parts   map[string]*group
	// turns are the names of the groups, the next one first.
	turns []string
}

func (c *group) add(t *waiter, at queuePath) {
	c.size++
	if len(at) == 0 {
		c.tickets = append(c.tickets, t)
		return
	}
	part := c.parts[at[0]]
	if part == nil {
		part = &group{}
		if c.parts == nil {
			c.parts = map[string]*group{}
		}
		c.parts[at[0]] = part
		c.turns = append(c.turns, at[0])
	}
	part.add(t, at[1:])
}

// next removes the waiter whose turn it is.
func (c *group) next() *waiter {
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

// last removes the last waiter of the largest group: among groups of equal size,
// the one at the given path, else the one whose turn is last.
func (c *group) last(at queuePath) *waiter {
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

// remove removes t, unless its turn has come.
func (c *group) remove(t *waiter, at queuePath) bool {
	removed := false
	if len(at) == 0 {
		before := len(c.tickets)
		c.tickets = slices.DeleteFunc(c.tickets, func(other *waiter) bool { return other == t })
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

// tidy removes a group that has become empty.
func (c *group) tidy(name string) {
	if c.parts[name].size == 0 {
		delete(c.parts, name)
		c.turns = slices.DeleteFunc(c.turns, func(other string) bool { return other == name })
	}
}
