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

// visibility says which documents operations find, in collections that keep deleted ones.
type visibility byte

const (
	living visibility = iota
	deleted
	livingAndDeleted
)

// Deleted returns the documents that were deleted and are kept.
func (d Documents) Deleted() Documents {
	d.shown = deleted
	return d
}

// WithDeleted returns the documents with those that were deleted and are kept.
func (d Documents) WithDeleted() Documents {
	d.shown = livingAndDeleted
	return d
}

// KeepsDeleted reports whether deleted documents are kept.
func (d Documents) KeepsDeleted() bool { return d.c.SoftDelete }

// visible returns filter for the documents that d shows.
func (d Documents) visible(filter bson.D) bson.D {
	state := meta.Living
	switch {
	case !d.c.SoftDelete || d.shown == livingAndDeleted:
		return filter
	case d.shown == deleted:
		state = meta.Deleted
	}
	if slices.ContainsFunc(filter, func(e bson.E) bool { return e.Key == meta.DeletedPath }) {
		return bson.D{{Key: "$and", Value: bson.A{filter, bson.D{state}}}}
	}
	return append(slices.Clip(filter), state)
}

// MarkDeleted does what Delete does, in a collection that keeps deleted documents. What is along in
// the changes is written with the mark.
func (d Documents) MarkDeleted(ctx context.Context, id ID, changes Changes, opts ...store.WriteOption) error {
	marked, err := d.mark(ctx, d.target(id, opts), changes, opts)
	if err != nil || marked {
		return err
	}
	return d.missed(ctx, id)
}

// MarkDeletedUnread does what MarkDeleted does, in one command. If done is false, there is no such
// document in the state that opts require.
func (d Documents) MarkDeletedUnread(ctx context.Context, id ID, changes Changes, opts ...store.WriteOption) (done bool, err error) {
	return d.mark(ctx, d.unread(id, opts, nil), changes, opts)
}

// mark marks the document that target matches. The document need not fit the schema: where its
// revision cannot be counted up, it begins anew.
func (d Documents) mark(ctx context.Context, target bson.D, changes Changes, opts []store.WriteOption) (marked bool, err error) {
	coll, err := d.collection()
	if err != nil {
		return false, err
	}
	changes.Set = wire.AppendTime(nil, meta.DeletedPath, wire.Now())
	changes.recount = isUncountable(opts)
	result, err := coll.updateOne(ctx, d.visible(target), changes.command(d.c.UpdatedPath()))
	if isInTheWay(err) && !changes.recount {
		changes.recount = true
		result, err = coll.updateOne(ctx, d.visible(target), changes.command(d.c.UpdatedPath()))
	}
	if err != nil {
		return false, WrapError(d.c.Name, err)
	}
	return result.MatchedCount > 0, nil
}

// Restore takes back the deletion of the document with the given _id, and returns it as this write
// left it. The error is ErrNotFound if no such document is deleted, and a *DuplicateError if a
// living one has taken a unique key meanwhile.
func (d Documents) Restore(ctx context.Context, id ID, changes Changes, opts ...store.WriteOption) (bson.Raw, error) {
	coll, err := d.collection()
	if err != nil {
		return nil, err
	}
	if !d.c.SoftDelete {
		return nil, store.ErrNotFound
	}
	d = d.Deleted()
	changes.Unset = []string{meta.DeletedPath}
	changes.recount = isUncountable(opts)
	doc, err := d.modify(ctx, coll, d.visible(d.target(id, opts)), &changes, false)
	if isInTheWay(err) && !changes.recount {
		changes.recount = true
		doc, err = d.modify(ctx, coll, d.visible(d.target(id, opts)), &changes, false)
	}
	switch {
	case err == nil:
		return doc, nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return nil, d.missed(ctx, id)
	}
	return nil, d.refusal(ctx, err, d.takenByRestored(id))
}

// takenByRestored returns a function that reports whether a living document has the key of the
// deleted one with the given _id.
func (d Documents) takenByRestored(id ID) func(context.Context, *meta.Index) bool {
	return func(ctx context.Context, x *meta.Index) bool {
		doc, err := d.Deleted().Get(ctx, id)
		if err != nil || x == &idIndex {
			return false
		}
		d.shown = living
		return d.taken(ctx, x, doc.Lookup("_id"), func(path string) bson.RawValue { return lookup(doc, path) })
	}
}

// Purge removes the deleted document with the given _id for good. The error is ErrNotFound if no
// such document is deleted.
func (d Documents) Purge(ctx context.Context, id ID, opts ...store.WriteOption) error {
	if !d.c.SoftDelete {
		return store.ErrNotFound
	}
	return d.Deleted().remove(ctx, id, opts)
}

// remove removes the document with the given _id.
func (d Documents) remove(ctx context.Context, id ID, opts []store.WriteOption) error {
	coll, err := d.collection()
	if err != nil {
		return err
	}
	result, err := coll.deleteOne(ctx, d.visible(d.target(id, opts)))
	if err != nil {
		return WrapError(d.c.Name, err)
	}
	if result.DeletedCount == 0 {
		return d.missed(ctx, id)
	}
	return nil
}

// asksForDeleted reports whether d shows deleted documents, which indexes limited to the living lack.
func (d Documents) asksForDeleted() bool { return d.c.SoftDelete && d.shown != living }
