package handle

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"unique"
)

// Name is a collection's name as stored, in a form that is compared at once.
type Name = unique.Handle[string]

// Births makes the collections of one tenant's database, each before its first document. It
// remembers those that are there: a write to one of them costs a look at a set.
type Births struct {
	// there is replaced, never changed.
	there atomic.Pointer[map[Name]struct{}]
	bear  func(ctx context.Context, collection string) error

	mu sync.Mutex
	// going are the births under way.
	going map[Name]*birth
}

// birth is one call of bear, whose result is for all who wait for it.
type birth struct {
	done chan struct{}
	err  error
	// unfinished says that the caller ended before bear did, which is no reason for others to fail.
	unfinished bool
}

// NewBirths returns the Births of a database that has the collections there. bear makes another one,
// with its indexes, unless it exists; it may be called by several processes at once.
func NewBirths(there []string, bear func(ctx context.Context, collection string) error) *Births {
	b := &Births{bear: bear}
	names := make(map[Name]struct{}, len(there))
	for _, name := range there {
		names[unique.Make(name)] = struct{}{}
	}
	b.there.Store(&names)
	return b
}

// Ensure makes the collection unless it is known to be there. At most one call in a process makes it,
// and the others wait for that one.
func (b *Births) Ensure(ctx context.Context, collection Name) error {
	if b == nil || b.has(collection) {
		return nil
	}
	return b.ensure(ctx, collection)
}

func (b *Births) has(collection Name) bool {
	_, there := (*b.there.Load())[collection]
	return there
}

func (b *Births) ensure(ctx context.Context, collection Name) error {
	for {
		own, first := b.join(collection)
		if own == nil {
			return nil
		}
		if first {
			defer b.leave(collection, own)
			own.err = b.bear(ctx, collection.Value())
			own.unfinished = own.err != nil && ctx.Err() != nil
			return own.err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-own.done:
		}
		if !own.unfinished {
			return own.err
		}
	}
}

// join returns the birth of the collection that is under way, or begins it. It is nil if the
// collection is there by now.
func (b *Births) join(collection Name) (_ *birth, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.has(collection) {
		return nil, false
	}
	if one := b.going[collection]; one != nil {
		return one, false
	}
	if b.going == nil {
		b.going = map[Name]*birth{}
	}
	one := &birth{done: make(chan struct{}), unfinished: true}
	b.going[collection] = one
	return one, true
}

// leave ends the birth, and remembers the collection if it was made.
func (b *Births) leave(collection Name, own *birth) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if own.err == nil && !own.unfinished {
		there := maps.Clone(*b.there.Load())
		there[collection] = struct{}{}
		b.there.Store(&there)
	}
	delete(b.going, collection)
	close(own.done)
}
