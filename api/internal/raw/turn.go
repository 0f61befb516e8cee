package raw

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/handle"
)

// collection is the driver's, each of whose commands waits for its turn at the handle's gate. Nothing is held
// while documents are visited, which may take commands of its own.
type collection struct {
	driver *mongo.Collection
	gate   handle.Gate
}

// refusedError is the gate's error, as opposed to the driver's.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }

// refusalOf returns the gate's error in err, nil if there is none.
func refusalOf(err error) error {
	if refused, ok := errors.AsType[refusedError](err); ok {
		return refused.error
	}
	return nil
}

// in calls do when it is the command's turn.
func in[T any](ctx context.Context, c collection, do func(*mongo.Collection) (T, error)) (result T, err error) {
	if c.gate == nil {
		return do(c.driver)
	}
	if err := c.gate.Enter(ctx); err != nil {
		return result, refusedError{err}
	}
	defer c.gate.Leave()
	return do(c.driver)
}

func (c collection) findOne(ctx context.Context, filter any, opts *options.FindOneOptionsBuilder) (bson.Raw, error) {
	return in(ctx, c, func(driver *mongo.Collection) (bson.Raw, error) { return driver.FindOne(ctx, filter, opts).Raw() })
}

func (c collection) findOneAndUpdate(ctx context.Context, filter, update any, opts *options.FindOneAndUpdateOptionsBuilder) (bson.Raw, error) {
	return in(ctx, c, func(driver *mongo.Collection) (bson.Raw, error) {
		return driver.FindOneAndUpdate(ctx, filter, update, opts).Raw()
	})
}

func (c collection) insertOne(ctx context.Context, doc bson.Raw) error {
	_, err := in(ctx, c, func(driver *mongo.Collection) (*mongo.InsertOneResult, error) { return driver.InsertOne(ctx, doc) })
	return err
}

func (c collection) insertMany(ctx context.Context, docs []bson.Raw, opts *options.InsertManyOptionsBuilder) error {
	_, err := in(ctx, c, func(driver *mongo.Collection) (*mongo.InsertManyResult, error) {
		return driver.InsertMany(ctx, docs, opts)
	})
	return err
}

func (c collection) updateOne(ctx context.Context, filter, update any, opts ...options.Lister[options.UpdateOneOptions]) (*mongo.UpdateResult, error) {
	return in(ctx, c, func(driver *mongo.Collection) (*mongo.UpdateResult, error) {
		return driver.UpdateOne(ctx, filter, update, opts...)
	})
}

func (c collection) deleteOne(ctx context.Context, filter any) (*mongo.DeleteResult, error) {
	return in(ctx, c, func(driver *mongo.Collection) (*mongo.DeleteResult, error) { return driver.DeleteOne(ctx, filter) })
}

func (c collection) count(ctx context.Context, filter any, opts *options.CountOptionsBuilder) (int64, error) {
	return in(ctx, c, func(driver *mongo.Collection) (int64, error) { return driver.CountDocuments(ctx, filter, opts) })
}

// each visits the documents that filter matches, until visit returns an error.
func (c collection) each(ctx context.Context, filter any, opts *options.FindOptionsBuilder, visit func(bson.Raw) error) error {
	cursor, err := in(ctx, c, func(driver *mongo.Collection) (*mongo.Cursor, error) { return driver.Find(ctx, filter, opts) })
	if err != nil {
		return err
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for {
		more, err := c.next(ctx, cursor)
		switch {
		case err != nil:
			return err
		case !more:
			return cursor.Err()
		}
		if err := visit(cursor.Current); err != nil {
			return visitError{err}
		}
	}
}

// next goes to the next document, for which the database is asked once a batch is through.
func (c collection) next(ctx context.Context, cursor *mongo.Cursor) (bool, error) {
	if cursor.RemainingBatchLength() > 0 || cursor.ID() == 0 {
		return cursor.Next(ctx), nil
	}
	return in(ctx, c, func(*mongo.Collection) (bool, error) { return cursor.Next(ctx), nil })
}

// visitError is the error of whoever visits documents, as opposed to the driver's.
type visitError struct{ error }

func (e visitError) Unwrap() error { return e.error }
