package indexes

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// change makes the existing index what is declared, without building it again.
func (f *Finding) change(ctx context.Context, coll *mongo.Collection) error {
	var options bson.D
	for _, o := range meta.Options {
		if o.Value != nil && remedyOf(o, f.Declared) == Change && f.there.text(o) != o.Declared(f.Declared) {
			value := o.Value(f.Declared)
			if value == nil { // a flag
				value = false
			}
			options = append(options, bson.E{Key: o.Name, Value: value})
		}
	}
	var errs []error
	if len(options) > 0 {
		errs = append(errs, f.modify(ctx, coll, options))
	}
	if f.there.has(meta.Prepared) && !f.Declared.Unique {
		errs = append(errs, f.unprepare(ctx, coll))
	}
	err := errors.Join(errs...)
	f.Done = err == nil
	if err != nil {
		err = errors.Join(f.failure(coll, err), advice(err))
	}
	return err
}

// convert makes an index unique without building it again: after the first step no
// document can repeat the keys of another, and the second checks whether any did before.
// On a server that cannot do that, the unique index is built beside the existing one.
func (f *Finding) convert(ctx context.Context, coll *mongo.Collection) error {
	// Between the steps the index is neither one nor the other: they are taken even if the
	// run is to end meanwhile.
	ctx = context.WithoutCancel(ctx)
	if !f.there.has(meta.Prepared) {
		err := f.modify(ctx, coll, bson.D{{Key: meta.Prepared.Name, Value: true}})
		if unknown(err) {
			return f.replace(ctx, coll)
		}
		if err != nil {
			return errors.Join(f.failure(coll, err), advice(err))
		}
	}
	err := f.modify(ctx, coll, bson.D{{Key: meta.Unique.Name, Value: true}})
	if err == nil {
		return f.change(ctx, coll)
	}
	if ends(raw.WrapError(coll.Name(), err)) {
		return raw.WrapError(coll.Name(), err)
	}
	return errors.Join(f.refused(ctx, coll, err), f.unprepare(ctx, coll))
}

// unprepare lets documents repeat keys again, as they could before.
func (f *Finding) unprepare(ctx context.Context, coll *mongo.Collection) error {
	err := f.modify(ctx, coll, bson.D{{Key: meta.Prepared.Name, Value: false}})
	if err != nil {
		return fmt.Errorf("its %s could not be set back to false: %w", meta.Prepared.Name, raw.WrapError(coll.Name(), err))
	}
	return nil
}

// modify sets options of the existing index.
func (f *Finding) modify(ctx context.Context, coll *mongo.Collection, options bson.D) error {
	return coll.Database().RunCommand(ctx, bson.D{
		{Key: "collMod", Value: coll.Name()},
		{Key: "index", Value: append(bson.D{{Key: "name", Value: f.there.Name}}, options...)},
		{Key: "writeConcern", Value: majority},
	}).Err()
}

// majority is the write concern of commands that the driver sends without its own.
var majority = bson.D{{Key: "w", Value: "majority"}}

// replace builds the declared index beside the existing one, which is dropped once the new
// one is built: what both refuse is never let in, and queries that both serve are always
// served. If the new one is refused, the existing one stays.
func (f *Finding) replace(ctx context.Context, coll *mongo.Collection) error {
	if err := buildIndexes(ctx, coll, f); err != nil {
		return f.refused(ctx, coll, err)
	}
	f.Note("its name is " + f.name + " now")
	err := drop(context.WithoutCancel(ctx), coll, f.there.Name)
	f.Done = err == nil
	return err
}

// rebuild drops the existing index, and builds the declared one, even if the run is to end
// meanwhile. If the declared one is refused, the former one is built again.
func (f *Finding) rebuild(ctx context.Context, coll *mongo.Collection) error {
	ctx = context.WithoutCancel(ctx)
	if err := drop(ctx, coll, f.there.Name); err != nil {
		return err
	}
	if f.there.Name == f.Declared.Name {
		f.name = f.Declared.Name
	}
	if err := buildIndexes(ctx, coll, f); err != nil {
		return errors.Join(f.refused(ctx, coll, err), f.restore(ctx, coll))
	}
	f.Done = true
	return nil
}

// restore rebuilds an index that was dropped for one that the server refused.
func (f *Finding) restore(ctx context.Context, coll *mongo.Collection) error {
	if err := createIndexes(ctx, coll, bson.A{f.there.raw}); err != nil {
		return fmt.Errorf("the index that was there is gone, and could not be built again: %w", raw.WrapError(coll.Name(), err))
	}
	f.Note("the index that was there is built again")
	return nil
}
