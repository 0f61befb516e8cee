// Package steps are the changes of data that commands cannot say, by name.
package steps

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// Step changes the documents of one collection, each by itself.
type Step struct {
	// Name is what migration files call it: a-z, 0-9 and _.
	Name string
	// Doc says what it does.
	Doc        string
	Collection string
	// Check looks at the collection before any document is changed. Its error ends the
	// migration. Nil looks at nothing.
	Check func(ctx context.Context, coll *mongo.Collection) error
	// Change returns the edit of a document; the zero Edit leaves it as it is. It must
	// leave a document that it changed before alone: a step is resumed at its last batch.
	Change func(doc bson.Raw) (Edit, error)
}

// Edit is the change of one document.
type Edit struct {
	// When matches the document only if it is as it was read, so that no other write is
	// overwritten.
	When bson.D
	// Set are the members to change. _rev is incremented besides, which makes entity
	// tags stale; updatedAt stays.
	Set bson.D
}

// All returns the steps of this package, for users as the schema in use declares them.
func All(users *meta.Collection) []Step {
	return []Step{FoldEmails(), ObjectRoles(users), CompleteTimestamps()}
}

// Run changes the documents, batch of them at a time in the order of their _ids: those
// after the given {"_id": …}, or all if it is nil. save is called after each batch with
// the _id of its last document. Its error ends the step.
func (s *Step) Run(
	ctx context.Context, db *mongo.Database, batch int, after bson.Raw, save func(ctx context.Context, after bson.Raw) error,
) error {
	coll := db.Collection(s.Collection)
	if s.Check != nil {
		if err := s.Check(ctx, coll); err != nil {
			return err
		}
	}
	for {
		docs, err := next(ctx, coll, batch, after)
		if err != nil || len(docs) == 0 {
			return err
		}
		if err := s.change(ctx, coll, docs); err != nil {
			return err
		}
		after, err = bson.Marshal(bson.D{{Key: "_id", Value: docs[len(docs)-1].Lookup("_id")}})
		if err != nil {
			return err
		}
		if err := save(ctx, after); err != nil {
			return err
		}
	}
}

// next reads a batch, with a query of its own: a cursor over the whole collection
// would not outlive slow batches.
func next(ctx context.Context, coll *mongo.Collection, batch int, after bson.Raw) ([]bson.Raw, error) {
	filter := bson.D{}
	if after != nil {
		filter = raw.AfterID(after.Lookup("_id"))
	}
	return read(ctx, coll, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(batch)))
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

// change changes docs, and reads those again that others changed meanwhile. Change
// leaves those alone that are done.
func (s *Step) change(ctx context.Context, coll *mongo.Collection, docs []bson.Raw) error {
	for range tries {
		models, ids, err := s.edits(docs)
		if err != nil || len(models) == 0 {
			return err
		}
		result, err := coll.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		if err != nil {
			return s.refused(ctx, coll, models, ids, err)
		}
		if int(result.MatchedCount) == len(models) {
			return nil
		}
		if docs, err = read(ctx, coll, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, options.Find()); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: documents change faster than step %s can follow; run it again when there is less traffic", coll.Name(), s.Name)
}

// edits returns the writes that docs need, and the _ids of the documents.
func (s *Step) edits(docs []bson.Raw) (models []mongo.WriteModel, ids bson.A, err error) {
	for _, doc := range docs {
		id := doc.Lookup("_id")
		edit, err := s.Change(doc)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: document %s: %w", s.Collection, text(id), err)
		}
		if len(edit.Set) == 0 {
			continue
		}
		ids = append(ids, id)
		models = append(models, mongo.NewUpdateOneModel().
			SetFilter(append(bson.D{{Key: "_id", Value: id}}, edit.When...)).
			SetUpdate(bson.D{{Key: "$set", Value: edit.Set}, {Key: "$inc", Value: bson.D{{Key: "_rev", Value: int64(1)}}}}))
	}
	return models, ids, nil
}

// refused names the document that the database refused to change, and the one that
// already has its unique key.
func (s *Step) refused(ctx context.Context, coll *mongo.Collection, models []mongo.WriteModel, ids bson.A, err error) error {
	bulk, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || len(bulk.WriteErrors) == 0 || !mongo.IsDuplicateKeyError(err) {
		return raw.WrapError(coll.Name(), err)
	}
	at := bulk.WriteErrors[0].Index
	id := ids[at].(bson.RawValue)
	update, _ := models[at].(*mongo.UpdateOneModel).Update.(bson.D)
	set, _ := update[0].Value.(bson.D)
	for _, member := range set {
		others, err := read(ctx, coll, bson.D{member, {Key: "_id", Value: bson.D{{Key: "$ne", Value: id}}}}, options.Find().SetLimit(1))
		if err != nil {
			return err
		}
		if len(others) > 0 {
			return fmt.Errorf("%s: document %s cannot be changed: document %s has the %s that it is to have; change or remove one of them",
				coll.Name(), text(id), text(others[0].Lookup("_id")), member.Key)
		}
	}
	return fmt.Errorf("%s: document %s cannot be changed: a unique index refuses it", coll.Name(), text(id))
}

// text returns an _id for people.
func text(id bson.RawValue) string {
	if oid, ok := id.ObjectIDOK(); ok {
		return oid.Hex()
	}
	return id.String()
}
