package raw

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// Upsert stores doc, which has an _id, if no document has the same values at the
// paths key, which a unique index has. If one has, the given members become as they are
// in doc; what else it holds stays. The answer is the document as stored then.
func (d Documents) Upsert(ctx context.Context, doc bson.Raw, members, key []string) (stored bson.Raw, created bool, err error) {
	coll, err := d.collection()
	if err != nil {
		return nil, false, err
	}
	target, err := d.c.keyOf(doc, key)
	if err != nil {
		return nil, false, err
	}
	if err := d.checkWhole(alone, doc); err != nil {
		return nil, false, err
	}
	if err := d.checkThere(ctx, d.c.references(doc, "")); err != nil {
		return nil, false, err
	}
	if err := d.ensureCollection(ctx); err != nil {
		return nil, false, err
	}
	changes := replacement(doc, members, d.c.UpdatedPath())
	changes.by = d.c.uniqueOn(key)
	if d.c.dependsOn(&changes) || d.c.replacesElements(&changes) {
		return d.upsertChecked(ctx, target, doc, changes, key[0])
	}
	if d.c.SoftDelete { // of a condition of equality, an upsert makes a member
		changes.AlongUnset = []string{meta.DeletedPath}
	}
	upsert := d.upsert
	if beginsAtTime(doc) {
		upsert = d.updateOrInsert
	}
	for range 2 {
		stored, created, err = upsert(ctx, coll, target, doc, &changes)
		var taken *store.DuplicateError
		if !errors.As(err, &taken) || taken.Field != "" && taken.Field != d.c.JSONPath(key[0]) {
			break
		} // else one with the key came and went
	}
	return stored, created, err
}

// upsertChecked does what Upsert does, for changes that depend on the rest of the document: it is
// looked for, and changed or stored.
func (d Documents) upsertChecked(ctx context.Context, target bson.D, doc bson.Raw, changes Changes, key string) (stored bson.Raw, created bool, err error) {
	for range MaxAttempts {
		known, err := d.firstBy(ctx, changes.by, target)
		if err == nil {
			stored, err = d.Update(ctx, known.Lookup("_id"), changes)
			if !errors.Is(err, store.ErrNotFound) {
				return stored, false, err
			}
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, false, err
		}
		err = d.Insert(ctx, doc)
		if taken, ok := errors.AsType[*store.DuplicateError](err); !ok || taken.Field != "" && taken.Field != d.c.JSONPath(key) {
			return doc, err == nil, err
		}
	}
	return nil, false, store.ErrStale
}

// upsert stores doc, unless target matches another document, which is then changed.
func (d Documents) upsert(ctx context.Context, coll collection, target bson.D, doc bson.Raw, changes *Changes) (stored bson.Raw, created bool, err error) {
	id := doc.Lookup("_id")
	// One that has doc's own _id is not among the others, so that what comes back with
	// it was stored just now.
	others := append(slices.Clip(target), bson.E{Key: "_id", Value: bson.D{{Key: string(meta.Ne), Value: id}}})
	stored, err = d.write(ctx, coll, d.visible(others), changes, true)
	if err == nil {
		return stored, stored.Lookup("_id").Equal(id), nil
	}
	err = d.refusal(ctx, err, d.takenByUpsert(changes.by, target, doc))
	var taken *store.DuplicateError
	if !errors.As(err, &taken) || taken.Field != "" && taken.Field != d.c.JSONPath(target[0].Key) && taken.Field != "_id" {
		return nil, false, err
	}
	// It has doc's own _id, or somebody else was first to store one with the key.
	stored, second := d.write(ctx, coll, d.visible(target), changes, false)
	switch {
	case second == nil:
		return stored, false, nil
	case errors.Is(second, mongo.ErrNoDocuments):
		return nil, false, err
	}
	return nil, false, d.refusal(ctx, second, d.takenByUpsert(changes.by, target, doc))
}

// beginsAtTime reports whether the revisions of doc, which is new, begin at the time of its
// creation. No update stores that: its $inc begins at 1.
func beginsAtTime(doc bson.Raw) bool {
	rev, _ := doc.Lookup(meta.RevPath).AsInt64OK()
	return rev > 1
}

// updateOrInsert does what upsert does, in two commands.
func (d Documents) updateOrInsert(ctx context.Context, coll collection, target bson.D, doc bson.Raw, changes *Changes) (stored bson.Raw, created bool, err error) {
	stored, err = d.write(ctx, coll, d.visible(target), changes, false)
	switch {
	case err == nil:
		return stored, false, nil
	case !errors.Is(err, mongo.ErrNoDocuments):
		return nil, false, d.refusal(ctx, err, d.takenByUpsert(changes.by, target, doc))
	}
	err = coll.insertOne(ctx, doc)
	if mongo.IsDuplicateKeyError(err) {
		return nil, false, d.duplicate(ctx, complaintOf(err), d.takenBy(doc))
	}
	return doc, err == nil, WrapError(d.c.Name, err)
}

// uniqueOn returns the unique index that has the given keys, nil if there is none.
func (c *Collection) uniqueOn(paths []string) *meta.Index {
	where := make([]meta.Condition, len(paths))
	for i, path := range paths {
		where[i].Path = path
	}
	return c.lookup(where).index
}

// keyOf matches the document that has doc's values at paths. One that doc lacks is
// an *InvalidError: many documents may lack it.
func (c *Collection) keyOf(doc bson.Raw, paths []string) (bson.D, error) {
	target := bson.D{}
	for _, path := range paths {
		value := lookup(doc, path)
		if value.IsZero() || value.Type == bson.TypeNull {
			return nil, c.invalid(c.pointer(path), "required", "must be given")
		}
		target = append(target, bson.E{Key: path, Value: bson.D{{Key: string(meta.Eq), Value: value}}})
	}
	return target, nil
}

// replacement returns the changes that give the members of a stored document the values
// that they have in doc, and make a new document equal to doc.
func replacement(doc bson.Raw, members []string, updatedPath string) Changes {
	var c Changes
	for _, path := range members {
		for i, r := range path {
			if r == '.' && !slices.Contains(c.Objects, path[:i]) {
				c.Objects = append(c.Objects, path[:i])
			}
		}
		value := lookup(doc, path)
		if value.IsZero() {
			c.Unset = append(c.Unset, path)
			continue
		}
		c.Set = append(wire.AppendHeader(c.Set, value.Type, path), value.Value...)
	}
	kept := []string{meta.RevPath}
	if updatedPath != "" {
		kept = append(kept, updatedPath)
	}
	c.inserted = appendOthers(nil, doc, "", append(kept, members...), c.Objects)
	return c
}

// appendOthers appends, with their dotted paths as keys, the elements of doc that are
// not among members; of objects only what is in them.
func appendOthers(dst []byte, doc bson.Raw, prefix string, members, objects []string) []byte {
	elements, _ := doc.Elements()
	for _, e := range elements {
		path, value := prefix+e.Key(), e.Value()
		inner, isDocument := value.DocumentOK()
		switch {
		case slices.Contains(members, path):
		case isDocument && slices.Contains(objects, path):
			dst = appendOthers(dst, inner, path+".", members, objects)
		default:
			dst = append(wire.AppendHeader(dst, value.Type, path), value.Value...)
		}
	}
	return dst
}
