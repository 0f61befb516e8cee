package raw

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/store"
)

// InsertMany stores docs, each of which has an _id, in any order. If some are refused,
// the error is a *BulkError.
func (d Documents) InsertMany(ctx context.Context, docs []bson.Raw) error {
	coll, err := d.collection()
	if err != nil || len(docs) == 0 {
		return err
	}
	if err := d.checkNew(ctx, AtPosition, docs...); err != nil {
		return err
	}
	if err := d.ensureCollection(ctx); err != nil {
		return err
	}
	err = coll.insertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil || len(bulk.WriteErrors) == 0 {
		return WrapError(d.c.Name, err)
	}
	refused := &store.BulkError{Collection: d.c.Name}
	for _, e := range bulk.WriteErrors {
		refused.Refused = append(refused.Refused, store.Refusal{Position: e.Index, Err: d.notStored(ctx, e, docs[e.Index])})
	}
	slices.SortFunc(refused.Refused, func(a, b store.Refusal) int { return a.Position - b.Position })
	return refused
}

// notStored returns why doc was not stored.
func (d Documents) notStored(ctx context.Context, e mongo.BulkWriteError, doc bson.Raw) error {
	if e.HasErrorCode(duplicateKey) {
		return d.duplicate(ctx, complaint{message: e.Message, details: []bson.Raw{e.Raw}}, d.takenBy(doc))
	}
	return fmt.Errorf("%s: %s", d.c.Name, e.Message)
}
