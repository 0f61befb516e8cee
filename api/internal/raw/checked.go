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

// dependOnDocument reports whether what comes of the changes depends on what is stored: those of
// maps whose number of entries has bounds, those that might create nested documents without
// required members, merges, changes of elements, those of lists whose elements may hold more than
// is known, and those that rules decide about by the rest of the document.
func (c *Collection) dependOnDocument(changes *Changes) bool {
	return len(changes.Sizes)+len(changes.Required)+len(changes.Merges)+len(changes.Elements) > 0 ||
		!changes.kept && c.replacesElements(changes) || c.dependsOn(changes)
}

// updateChecked does what Update does for changes that depend on the document, which is read,
// written if it is still as it was read, and else read again.
func (d Documents) updateChecked(ctx context.Context, id ID, changes Changes, opts []store.WriteOption) (bson.Raw, error) {
	demands := demandsOf(opts)
	current := demands.Known
	for round := range MaxAttempts {
		if current == nil {
			var err error
			if current, err = d.Read(ctx, id, opts); err != nil {
				return nil, err
			}
		}
		settled, err := d.settle(changes, current)
		if err != nil {
			return nil, err
		}
		doc, err := d.Update(ctx, id, settled, store.IfRev(d.c.RevOf(current)))
		if !errors.Is(err, store.ErrStale) || demands.Rev != nil {
			return doc, err
		}
		if err := Backoff(ctx, round); err != nil {
			return nil, err
		}
		current = nil
	}
	return nil, store.ErrStale
}

// settle returns what the changes make of current, as changes that do not depend on it.
func (d Documents) settle(changes Changes, current bson.Raw) (Changes, error) {
	var problems check.FieldErrors
	c := changes
	c.Set, c.Unset, c.Elements = slices.Clip(c.Set), slices.Clip(c.Unset), slices.Clone(c.Elements)
	if err := d.changeElements(&c, &problems, current); err != nil {
		return Changes{}, err
	}
	c.merge(&problems, c.Merges, current)
	c.checkSizes(&problems, c.Sizes, current)
	checkRequired(&problems, c.Required, current)
	c.kept, c.checked = true, true
	if err := d.checkAfter(&problems, &c, current); err != nil {
		return Changes{}, err
	}
	loss := d.c.keep(&problems, &c, current)
	if err := d.c.refused(problems); err != nil {
		return Changes{}, err
	}
	if loss != nil {
		return Changes{}, loss
	}
	c.Sizes, c.Required, c.Merges = nil, nil, nil
	return c, nil
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
