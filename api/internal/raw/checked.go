package raw

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// MapBounds are how many entries the map at Path may have.
type MapBounds struct {
	Path        string
	Least, Most int
	Required    bool
}

// RequiredMember is a required member that changes do not give. They must not create the
// nested document that it belongs to.
type RequiredMember struct{ Object, Name string }

// updateChecked does what Update does, for changes of maps whose number of entries has bounds,
// for those that might create nested documents without required members, for merges, and for those that
// rules decide about by the rest of the document. The result
// depends on the document, which is read, written if it is still as it was read, and else
// read again.
func (d Documents) updateChecked(ctx context.Context, id ID, changes Changes, opts []store.WriteOption) (bson.Raw, error) {
	sizes, required, merges, whole := changes.Sizes, changes.Required, changes.Merges, changes
	whole.Sizes, whole.Required, whole.Merges, whole.checked = nil, nil, nil, true
	whole.Set, whole.Unset = slices.Clip(whole.Set), slices.Clip(whole.Unset)
	current := demandsOf(opts).Known
	for range MaxAttempts {
		if current == nil {
			var err error
			if current, err = d.Read(ctx, id, opts); err != nil {
				return nil, err
			}
		}
		var problems check.FieldErrors
		changes := whole
		changes.merge(&problems, merges, current)
		changes.checkSizes(&problems, sizes, current)
		checkRequired(&problems, required, current)
		if err := d.checkAfter(&problems, &changes, current); err != nil {
			return nil, err
		}
		if len(problems) > 0 {
			return nil, d.c.invalidFields(problems)
		}
		doc, err := d.Update(ctx, id, changes, store.IfRev(d.c.RevOf(current)))
		if !errors.Is(err, store.ErrStale) {
			return doc, err
		}
		current = nil
	}
	return nil, store.ErrStale
}

// checkSizes checks how many entries maps of current have after the changes.
func (c *Changes) checkSizes(p *check.FieldErrors, sizes []MapBounds, current bson.Raw) {
	for _, s := range sizes {
		names := map[string]bool{}
		whole, replaced := c.Lookup(s.Path)
		if !replaced {
			whole = lookup(current, s.Path)
		}
		m, exists := whole.DocumentOK()
		if exists {
			for _, e := range wire.Elements(m[4 : len(m)-1]) {
				names[e.Key()] = true
			}
		}
		for _, e := range wire.Elements(c.Set) {
			if name, _, ok := entryOf(s.Path, e.Key()); ok {
				names[name], exists = true, true
			}
		}
		for _, path := range c.Unset {
			if name, whole, ok := entryOf(s.Path, path); ok && whole {
				delete(names, name)
			}
		}
		if exists || s.Required {
			p.Size(check.Pointer(s.Path), len(names), s.Least, s.Most)
		}
	}
}

// checkRequired checks that current has the nested documents that required members belong to.
func checkRequired(p *check.FieldErrors, required []RequiredMember, current bson.Raw) {
	for _, r := range required {
		if _, exists := lookup(current, r.Object).DocumentOK(); !exists {
			p.Given(check.Pointer(r.Object+"."+r.Name), false)
		}
	}
}

// entryOf returns the entry of the map at m that path leads to, or into if it is not
// the whole.
func entryOf(m, path string) (name string, whole, ok bool) {
	rest, ok := strings.CutPrefix(path, m+".")
	name, _, deeper := strings.Cut(rest, ".")
	return name, !deeper, ok
}
