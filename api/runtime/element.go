package runtime

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// Elements is what generated code knows of a list of E, which have an _id and are changed by a P.
type Elements[E store.Identified, P any] struct {
	// Least and Most bound their number.
	Least, Most int
	// Append stores an element, Check checks it.
	Append func([]byte, string, E) []byte
	Check  func(*check.FieldErrors, string, E)
	// Apply adds the changes of an element, CheckPatch checks them.
	Apply      func(P, *Changes, string)
	CheckPatch func(*check.FieldErrors, string, P)
}

// Bound returns of with bounds on the number of elements; 0 is no bound.
func (of Elements[E, P]) Bound(least, most int) Elements[E, P] {
	of.Least, of.Most = least, most
	return of
}

// ApplyElements adds change for the list at path.
func ApplyElements[E store.Identified, P any](c *Changes, path string, change store.Change[[]E], of Elements[E, P]) {
	e := raw.ElementChange{Path: path, Least: of.Least, Most: of.Most}
	ids, patch := change.Elements()
	switch change.Kind() {
	case store.ChangeNone:
		return
	case store.ChangePush, store.ChangeAdd:
		e.Push, e.Absent = of.values(change.Operand()), change.Kind() == store.ChangeAdd
	case store.ChangePull:
		e.Pull, e.Absent = idsOf(change.Operand()), true
	case store.ChangePullID:
		e.Pull = ids
	case store.ChangeElement:
		e.Element, e.Patch = ids[0], of.applying(patch.(P))
		var within Changes
		e.Patch(&within, "")
		c.Unresolved = c.Unresolved || within.Unresolved
	default:
		Apply(c, path, change, func(dst []byte, key string, v []E) []byte { return wire.AppendOptionalList(dst, key, v, of.Append) })
		return
	}
	c.Elements = append(c.Elements, e)
}

// values returns elements as they are stored.
func (of *Elements[E, P]) values(elements []E) []bson.RawValue {
	values := make([]bson.RawValue, len(elements))
	for i, v := range elements {
		values[i] = bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: of.Append(nil, "", v)[len(wire.AppendHeader(nil, 0, "")):]}
	}
	return values
}

func (of *Elements[E, P]) applying(patch P) func(*Changes, string) {
	return func(c *Changes, prefix string) { of.Apply(patch, c, prefix) }
}

func idsOf[E store.Identified](elements []E) []bson.ObjectID {
	ids := make([]bson.ObjectID, len(elements))
	for i, v := range elements {
		ids[i] = v.ElementID()
	}
	return ids
}

// CheckElements is CheckChange for a list of elements that have an _id. The pointer of an
// element that is changed has its _id in the place of its position, which is not known yet.
func CheckElements[E store.Identified, P any](
	errs *check.FieldErrors, pointer string, c store.Change[[]E], required bool, checks func(*check.FieldErrors, string, []E), of Elements[E, P],
) {
	ids, patch := c.Elements()
	switch c.Kind() {
	case store.ChangeElement:
		of.CheckPatch(errs, pointer+"/"+ids[0].Hex(), patch.(P))
	case store.ChangePush, store.ChangeAdd:
		check.Each(errs, pointer, c.Operand(), of.Check)
		check.DistinctIDs(errs, pointer, c.Operand(), E.ElementID)
	default:
		CheckChange(errs, pointer, c, required, checks)
	}
}

// CheckElementEntries is CheckEntries for entries that are such lists.
func CheckElementEntries[E store.Identified, P any](
	errs *check.FieldErrors, pointer string, entries store.Entries[[]E], checks func(*check.FieldErrors, string, []E), of Elements[E, P],
) {
	check.Entries(errs, pointer, entries, func(errs *check.FieldErrors, pointer string, c store.Change[[]E]) {
		CheckElements(errs, pointer, c, false, checks, of)
	})
}

// ResolveElement is c with what it makes of the members of the element that it changes, if that
// is among current.
func ResolveElement[E store.Identified, P any](c store.Change[[]E], current []E, resolve func(P, E) P) store.Change[[]E] {
	if c.Kind() != store.ChangeElement {
		return c
	}
	ids, patch := c.Elements()
	i := slices.IndexFunc(current, func(v E) bool { return v.ElementID() == ids[0] })
	if i < 0 {
		return c.WithPatch(*new(P))
	}
	return c.WithPatch(resolve(patch.(P), current[i]))
}

// ShowElements is ServeElements for a list that requests cannot set.
func ShowElements(name, title string) raw.ElementCodec {
	return raw.ElementCodec{Name: name, Title: title}
}

// ServeElements returns the part of a Codec that serves the elements of a list, which is called
// stored in the database, as resources of their own.
func ServeElements[E store.Identified, P any](
	collection, name, stored, title string, of Elements[E, P], read func(*wire.JSONReader) E, readPatch func(*wire.JSONReader) P,
) raw.ElementCodec {
	in := func(change raw.ElementChange) Changes {
		change.Path, change.Least, change.Most = stored, of.Least, of.Most
		return Changes{Elements: []raw.ElementChange{change}}
	}
	return raw.ElementCodec{
		Name: name, Title: title,
		New: func(ctx context.Context, req Input) (Changes, error) {
			var v E
			err := readRequest(ctx, req, collection, new(Secrets),
				func(r *wire.JSONReader, _ *Secrets) { v = read(r) },
				func(errs *check.FieldErrors) { of.Check(errs, "", v) })
			return in(raw.ElementChange{Push: of.values([]E{v})}), err
		},
		Patch: func(ctx context.Context, req Input, id bson.ObjectID) (Changes, error) {
			var p P
			err := readRequest(ctx, req, collection, new(Secrets),
				func(r *wire.JSONReader, _ *Secrets) { p = readPatch(r) },
				func(errs *check.FieldErrors) { of.CheckPatch(errs, "", p) })
			return in(raw.ElementChange{Element: id, Patch: of.applying(p)}), err
		},
		Pull: func(id bson.ObjectID) Changes { return in(raw.ElementChange{Pull: []bson.ObjectID{id}}) },
	}
}
