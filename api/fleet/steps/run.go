package steps

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/raw"
)

// Run changes the documents, batch of them at a time: those after the given {"_id": …}, or
// all if it is nil. save is called after each batch with the _id of its last document, up to
// the first batch with documents that fail the step: it is resumed there. The error of save
// ends the step. Left are the documents that the step may leave as they are, as far as save
// was called.
func (w *Work) Run(
	ctx context.Context, db *mongo.Database, batch int, after bson.Raw, save func(ctx context.Context, after bson.Raw) error,
) (left Left, err error) {
	coll := db.Collection(w.Collection)
	if w.Check != nil {
		if err := w.Check(ctx, coll); err != nil {
			return left, err
		}
	}
	for docs, err := range w.batches(ctx, coll, batch, after) {
		if err != nil {
			return left, err
		}
		unfit, err := w.change(ctx, coll, docs)
		if err != nil {
			return left, err
		}
		failing := !w.Leaves && left.Documents+len(unfit) > 0
		if w.Batches == nil && !failing {
			after, err := bson.Marshal(bson.D{{Key: "_id", Value: docs[len(docs)-1].Lookup("_id")}})
			if err != nil {
				return left, err
			}
			if err := save(ctx, after); err != nil {
				return left, err
			}
		}
		left.Add(Left{Documents: len(unfit), Named: unfit})
	}
	if !w.Leaves && left.Documents > 0 {
		return Left{}, fmt.Errorf("%s: %s; mend them, or write \"onUnfit\": \"leave\"", coll.Name(), left)
	}
	return left, nil
}

func (w *Work) batches(ctx context.Context, coll *mongo.Collection, batch int, after bson.Raw) iter.Seq2[[]bson.Raw, error] {
	if w.Batches != nil {
		return w.Batches(ctx, coll, batch)
	}
	// A query for each batch: a cursor over the whole collection would not outlive slow
	// batches.
	return func(yield func([]bson.Raw, error) bool) {
		filter := bson.D{}
		if after != nil {
			filter = raw.AfterID(after.Lookup("_id"))
		}
		for {
			docs, err := read(ctx, coll, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(batch)))
			if err == nil && len(docs) == 0 || !yield(docs, err) || err != nil {
				return
			}
			filter = raw.AfterID(docs[len(docs)-1].Lookup("_id"))
		}
	}
}

func read(ctx context.Context, coll *mongo.Collection, filter bson.D, opts *options.FindOptionsBuilder) ([]bson.Raw, error) {
	cursor, err := coll.Find(ctx, filter, opts)
	if err != nil {
		return nil, raw.WrapError(coll.Name(), err)
	}
	var docs []bson.Raw
	if err := cursor.All(ctx, &docs); err != nil {
		return nil, raw.WrapError(coll.Name(), err)
	}
	return docs, nil
}

// tries bounds how often documents are read again because others wrote them meanwhile.
const tries = 10

// pending is an edit that is not stored yet.
type pending struct {
	id   bson.RawValue
	edit Edit
}

// change changes docs, and reads those again that others changed meanwhile. Change
// leaves those alone that are done. It returns a value of each document that keeps one.
func (w *Work) change(ctx context.Context, coll *mongo.Collection, docs []bson.Raw) (unfit []Unfit, err error) {
	for range tries {
		list, settled, err := w.edits(docs)
		unfit = append(unfit, settled...)
		if err != nil || len(list) == 0 {
			return unfit, err
		}
		models, ids := make([]mongo.WriteModel, len(list)), make(bson.A, len(list))
		for i, p := range list {
			models[i], ids[i] = p.model(), p.id
		}
		result, err := coll.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		if err != nil {
			return unfit, refused(ctx, coll, list, err)
		}
		if w.Batches != nil || int(result.MatchedCount+result.DeletedCount) == len(list) {
			for _, p := range list {
				unfit = append(unfit, p.edit.unfit(p.id)...)
			}
			return unfit, nil
		}
		if docs, err = read(ctx, coll, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, options.Find()); err != nil {
			return unfit, err
		}
	}
	return unfit, fmt.Errorf("%s: documents change faster than the step can follow; run it again when there is less traffic", coll.Name())
}

// edits returns the edits that docs need, and a value of each that needs none and keeps one.
func (w *Work) edits(docs []bson.Raw) (list []pending, unfit []Unfit, err error) {
	for _, doc := range docs {
		id := doc.Lookup("_id")
		edit, err := w.Change(doc)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: document %s: %w", w.Collection, text(id), err)
		}
		if edit.isEmpty() {
			unfit = append(unfit, edit.unfit(id)...)
			continue
		}
		list = append(list, pending{id, edit})
	}
	return list, unfit, nil
}

func (e *Edit) isEmpty() bool { return len(e.Set) == 0 && len(e.Unset) == 0 && !e.Delete }

// unfit returns the first value that stays as it is, if any: one stands for a document.
func (e *Edit) unfit(id bson.RawValue) []Unfit {
	if len(e.Unfit) == 0 {
		return nil
	}
	first := e.Unfit[0]
	first.ID = text(id)
	return []Unfit{first}
}

// model returns the write of the edit.
func (p pending) model() mongo.WriteModel {
	filter := append(bson.D{{Key: "_id", Value: p.id}}, p.edit.When...)
	if p.edit.Delete {
		return mongo.NewDeleteOneModel().SetFilter(filter)
	}
	update := bson.D{{Key: "$inc", Value: bson.D{{Key: "_rev", Value: int64(1)}}}}
	if len(p.edit.Set) > 0 {
		update = append(update, bson.E{Key: "$set", Value: p.edit.Set})
	}
	if len(p.edit.Unset) > 0 {
		var unset bson.D
		for _, path := range p.edit.Unset {
			unset = append(unset, bson.E{Key: path, Value: ""})
		}
		update = append(update, bson.E{Key: "$unset", Value: unset})
	}
	return mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(update)
}

// refused names the document that the database refused to change, and the one that
// already has its unique key.
func refused(ctx context.Context, coll *mongo.Collection, list []pending, err error) error {
	bulk, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || len(bulk.WriteErrors) == 0 || !mongo.IsDuplicateKeyError(err) {
		return raw.WrapError(coll.Name(), err)
	}
	p := list[bulk.WriteErrors[0].Index]
	for _, member := range p.edit.Set {
		others, err := read(ctx, coll, bson.D{member, {Key: "_id", Value: bson.D{{Key: "$ne", Value: p.id}}}}, options.Find().SetLimit(1))
		if err != nil {
			return err
		}
		if len(others) > 0 {
			return fmt.Errorf("%s: document %s cannot be changed: document %s has the %s that it is to have; change or remove one of them",
				coll.Name(), text(p.id), text(others[0].Lookup("_id")), member.Key)
		}
	}
	return fmt.Errorf("%s: document %s cannot be changed: a unique index refuses it", coll.Name(), text(p.id))
}

// text returns an _id for people.
func text(id bson.RawValue) string {
	if oid, ok := id.ObjectIDOK(); ok {
		return oid.Hex()
	}
	return id.String()
}
