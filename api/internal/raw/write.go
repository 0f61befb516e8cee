package raw

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// write does what modify does, and clears nulls out of its way.
func (d Documents) write(ctx context.Context, coll collection, target bson.D, changes *Changes, insert bool) (bson.Raw, error) {
	doc, err := d.modify(ctx, coll, target, changes, insert)
	if !isInTheWay(err) {
		return doc, err
	}
	if err := changes.clearNulls(ctx, coll, target); err != nil {
		return nil, err
	}
	return d.modify(ctx, coll, target, changes, insert)
}

// modify applies changes to the document that target matches, and returns it as this very
// write left it, whatever other writes follow; with insert, a missing one is stored. The
// error is the driver's: mongo.ErrNoDocuments if target matches none.
func (d Documents) modify(ctx context.Context, coll collection, target bson.D, changes *Changes, insert bool) (bson.Raw, error) {
	opts := options.FindOneAndUpdate().SetReturnDocument(options.After).SetCollation(collationOf(changes.by))
	if insert {
		opts.SetUpsert(true)
	}
	return coll.findOneAndUpdate(ctx, target, changes.command(d.c.UpdatedPath()), opts)
}

// refusal returns why a write was refused, if it found a document and nothing was in its way;
// taken looks which key is taken.
func (d Documents) refusal(ctx context.Context, err error, taken func(context.Context, *meta.Index) bool) error {
	if mongo.IsDuplicateKeyError(err) {
		return d.duplicate(ctx, complaintOf(err), taken)
	}
	if server, ok := errors.AsType[mongo.ServerError](err); ok && server.HasErrorCode(internalError) {
		// Some servers refuse a key that is taken with this code, in findAndModify.
		if x := d.firstTaken(ctx, taken); x != nil {
			return d.c.duplicateOf(x.Keys[0].Path)
		}
	}
	return WrapError(d.c.Name, err)
}

// internalError is the code of errors that a server did not expect.
const internalError = 1

// Codes with which servers refuse an operator because of what the document holds:
// BadValue, TypeMismatch and PathNotViable.
var inTheWayCodes = []int{2, 14, 28}

func isInTheWay(err error) bool {
	var server mongo.ServerError
	return errors.As(err, &server) && slices.ContainsFunc(inTheWayCodes, server.HasErrorCode)
}

// clearNulls makes documents of the objects that are stored as null, and removes the nulls
// where numbers and lists are to be changed, the revision among them. All of them read as
// before, and are no longer in the way.
func (c *Changes) clearNulls(ctx context.Context, coll collection, target bson.D) error {
	mend := func(path, operator string, value any) error {
		// An array with a null in it is of that type, too.
		null := bson.D{{Key: "$type", Value: "null"}, {Key: "$not", Value: bson.D{{Key: "$type", Value: "array"}}}}
		filter := bson.D{{Key: "$and", Value: bson.A{target, bson.D{{Key: path, Value: null}}}}}
		opts := options.UpdateOne().SetCollation(collationOf(c.by))
		_, err := coll.updateOne(ctx, filter, bson.D{{Key: operator, Value: bson.D{{Key: path, Value: value}}}}, opts)
		return err
	}
	var err error
	for _, path := range c.Objects {
		err = errors.Join(err, mend(path, "$set", bson.D{}))
	}
	for _, path := range append(slices.Clip(c.Relative), meta.RevPath) {
		err = errors.Join(err, mend(path, "$unset", ""))
	}
	return err
}

// inTheWay returns what in the document the changes cannot be applied to.
func (d Documents) inTheWay(ctx context.Context, id ID, changes *Changes, refused error) error {
	doc, err := d.Get(ctx, id)
	if err != nil {
		return err
	}
	if _, misfit := d.c.Render(doc); misfit != nil {
		return misfit
	}
	for _, e := range wire.Elements(changes.Inc) {
		current, _ := lookup(doc, e.Key()).AsInt64OK()
		if by, ok := e.Value().Int64OK(); ok && check.Overflows(current, by) {
			return d.c.invalid(d.c.pointer(e.Key()), OutOfRange, OutOfRangeMessage)
		}
	}
	return WrapError(d.c.Name, refused)
}
