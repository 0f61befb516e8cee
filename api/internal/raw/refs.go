package raw

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// reference is an _id that is about to be written.
type reference struct {
	to      meta.Ref
	id      bson.RawValue
	pointer string
}

// checkNew refuses docs that the app's functions refuse, and those with references to missing
// documents; docs themselves count as stored. prefix returns how pointers into the document at a position begin.
//
// It is a check before the write, not a lock: a document that is removed in between is
// referred to all the same, as one that is removed later.
func (d Documents) checkNew(ctx context.Context, prefix func(i int) string, docs ...bson.Raw) error {
	if err := d.checkWhole(prefix, docs...); err != nil || len(d.c.Refs) == 0 {
		return err
	}
	var found []reference
	own := make(map[string]bool, len(docs))
	for i, doc := range docs {
		own[IDKey(doc.Lookup("_id"))] = true
		found = append(found, d.c.references(doc, prefix(i))...)
	}
	return d.checkThere(ctx, slices.DeleteFunc(found, func(r reference) bool { return r.to.Collection == d.c.Name && own[IDKey(r.id)] }))
}

// references returns the references in doc; their pointers begin with prefix.
func (c *Collection) references(doc bson.Raw, prefix string) []reference {
	var found []reference
	for _, ref := range c.Refs {
		wire.References(doc, ref.Path, ref.IDType(), func(at int, id bson.RawValue) {
			found = append(found, reference{ref, id, prefix + c.jsonPointer(wire.PointerAt(doc, at))})
		})
	}
	return found
}

// alone returns the prefix of the pointers into an only document.
func alone(int) string { return "" }

// AtPosition returns the prefix of the pointers into one of several documents.
func AtPosition(i int) string { return "/" + strconv.Itoa(i) }

// checkChanged refuses changes that set what the app's functions refuse, or references to missing
// documents.
func (d Documents) checkChanged(ctx context.Context, c *Changes) error {
	if err := d.checkSet(c); err != nil {
		return err
	}
	var found []reference
	for _, ref := range d.c.Refs {
		for _, e := range wire.Elements(slices.Concat(c.Set, c.pushed)) {
			found = append(found, d.c.within(ref, e.Key(), e.Value())...)
		}
		for _, e := range wire.Elements(c.Add) {
			found = append(found, d.c.within(ref, e.Key(), e.Value().Document().Lookup("$each"))...)
		}
	}
	return d.checkThere(ctx, found)
}

// within returns the references at ref in the value that path becomes.
func (c *Collection) within(ref meta.Ref, path string, value bson.RawValue) []reference {
	rest, ok := below(ref.Path, path)
	if !ok {
		return nil
	}
	// The walk goes through a document.
	doc, start := wire.BeginDocument(nil)
	doc = append(wire.AppendHeader(doc, value.Type, "v"), value.Value...)
	doc = wire.EndDocument(doc, start)
	var found []reference
	wire.References(doc, "v"+rest, ref.IDType(), func(at int, id bson.RawValue) {
		pointer := c.jsonPointer(check.Pointer(path) + strings.TrimPrefix(wire.PointerAt(doc, at), "/v"))
		found = append(found, reference{ref, id, pointer})
	})
	return found
}

// below returns what follows path, in which there may be positions in lists, in pattern, in
// which * stands for any name. ok is false if pattern does not lead through path.
func below(pattern, path string) (rest string, ok bool) {
	wanted := strings.Split(pattern, ".")
	for name := range strings.SplitSeq(path, ".") {
		if len(wanted) > 0 && (wanted[0] == "*" || wanted[0] == name) {
			wanted = wanted[1:]
		} else if strings.Trim(name, "0123456789") != "" {
			return "", false
		}
	}
	for _, name := range wanted {
		rest += "." + name
	}
	return rest, true
}

// checkThere refuses references to missing documents, with one query for each collection.
func (d Documents) checkThere(ctx context.Context, references []reference) error {
	ids, softDelete := map[string][]bson.RawValue{}, map[string]bool{}
	for _, r := range references {
		name := r.to.StoredCollection()
		ids[name] = append(ids[name], r.id)
		softDelete[name] = r.to.SoftDelete
	}
	there := map[string]bool{}
	for collection, wanted := range ids {
		other := Documents{db: d.db, c: &Collection{Collection: meta.Collection{Name: collection, SoftDelete: softDelete[collection]}}}
		opts := options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}})
		err := other.among(ctx, distinct(wanted), opts, func(doc bson.Raw) {
			there[collection+" "+IDKey(doc.Lookup("_id"))] = true
		})
		if err != nil {
			return err
		}
	}
	var problems check.FieldErrors
	for _, r := range references {
		if !there[r.to.StoredCollection()+" "+IDKey(r.id)] {
			problems.Add(r.pointer, "reference_missing", "must be the _id of one of the "+r.to.Collection)
		}
	}
	if len(problems) > 0 {
		return &store.InvalidError{Collection: d.c.Name, Fields: problems}
	}
	return nil
}

// distinct returns each of ids once.
func distinct(ids []bson.RawValue) []bson.RawValue {
	slices.SortFunc(ids, func(a, b bson.RawValue) int { return strings.Compare(IDKey(a), IDKey(b)) })
	return slices.CompactFunc(ids, func(a, b bson.RawValue) bool { return IDKey(a) == IDKey(b) })
}
