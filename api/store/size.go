package store

import (
	"context"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// size is how many entries the map at path may have.
type size struct {
	path        string
	least, most int
	required    bool
}

// BoundEntries demands that the map at path, which change changes entry by entry,
// has from least to most entries then; 0 is no bound. One that is not required may
// be empty all the same.
func BoundEntries[T any](c *Changes, path string, change Change[Entries[T]], least, most int, required bool) {
	if _, ok := change.Value(); ok {
		c.sizes = append(c.sizes, size{path, least, most, required})
	}
}

// updateSized is Update for changes of maps whose number of entries has bounds.
// What it comes to depends on the document, which is read, and written if it is
// still as it was read, else read again.
func (d Documents) updateSized(ctx context.Context, id bson.ObjectID, changes Changes, opts []WriteOption) (bson.Raw, error) {
	sizes := changes.sizes
	changes.sizes = nil
	for range attempts {
		current, err := d.read(ctx, id, opts)
		if err != nil {
			return nil, err
		}
		if err := Check(d.c.Name, func(p *wire.Problems) { changes.checkSizes(p, sizes, current) }); err != nil {
			return nil, err
		}
		doc, err := d.Update(ctx, id, changes, IfRev(RevOf(current)))
		if !errors.Is(err, ErrStale) {
			return doc, err
		}
	}
	return nil, ErrStale
}

// checkSizes judges how many entries maps of current have after the changes.
func (c *Changes) checkSizes(p *wire.Problems, sizes []size, current bson.Raw) {
	for _, s := range sizes {
		names := map[string]bool{}
		whole, replaced := c.Lookup(s.path)
		if !replaced {
			whole = lookup(current, s.path)
		}
		if m, ok := whole.DocumentOK(); ok {
			for _, e := range elements(m[4 : len(m)-1]) {
				names[e.Key()] = true
			}
		}
		for _, e := range elements(c.set) {
			if name, _, ok := entryOf(s.path, e.Key()); ok {
				names[name] = true
			}
		}
		for _, path := range c.unset {
			if name, whole, ok := entryOf(s.path, path); ok && whole {
				delete(names, name)
			}
		}
		if len(names) > 0 || s.required {
			p.Size("/"+strings.ReplaceAll(s.path, ".", "/"), len(names), s.least, s.most)
		}
	}
}

// entryOf is the entry of the map at m that path leads to, or into if it is not
// the whole.
func entryOf(m, path string) (name string, whole, ok bool) {
	rest, ok := strings.CutPrefix(path, m+".")
	name, _, deeper := strings.Cut(rest, ".")
	return name, !deeper, ok
}
