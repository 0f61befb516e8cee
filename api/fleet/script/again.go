package script

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
)

// markField is the member that marks documents that a statement has changed. It is
// removed once the statement is recorded as done.
const markField = "_migration"

// attempt carries out a command, perhaps not for the first time. The process that tried
// it before may have died after the database carried it out, and before that was recorded.
// An operator that changes more each time, such as $inc, must then not be applied twice to
// any document. So such an update marks the documents that it changes, in the same write,
// and passes by those with its mark.
type attempt struct {
	db *mongo.Database
	// mark is the mark of this command in this attempt at this migration.
	mark string
	// again reports whether it may have been carried out before.
	again bool
	// mayLack reports whether a collection need not be there.
	mayLack func(collection string) bool
}

// repeatable are the update operators that have the same result however often they are
// applied, except to what a query matched in an array.
var repeatable = []string{
	"$set", "$unset", "$setOnInsert", "$min", "$max", "$addToSet", "$pull", "$pullAll", "$currentDate", "$rename",
}

// marked reports whether the command is an update that would have another result if it
// was applied twice.
func (c *command) marked() bool {
	if c == nil || c.name != "update" {
		return false
	}
	statement := c.statement()
	query, _ := lookup(statement, "q").(bson.D)
	if isTrue(lookup(statement, "upsert")) || !isTrue(lookup(statement, "multi")) && !pinned(query) {
		return true
	}
	operators, ok := lookup(statement, "u").(bson.D)
	return !ok || slices.ContainsFunc(operators, accumulates)
}

// statement returns the only statement of an update.
func (c *command) statement() bson.D {
	list, _ := c.statements("updates")
	return list[0]
}

// accumulates reports whether applying the operator twice is not the same as once. An entity
// tag may be made stale twice.
func accumulates(operator bson.E) bool {
	fields, _ := operator.Value.(bson.D)
	isRev := operator.Key == "$inc" && len(fields) == 1 && fields[0].Key == "_rev"
	return strings.HasPrefix(operator.Key, "$") && !isRev && (!slices.Contains(repeatable, operator.Key) || positional(fields))
}

// positional reports whether an update operator changes what a query matched in an array, by a
// path with "$": applied again, it changes what matches next.
func positional(fields bson.D) bool {
	return slices.ContainsFunc(fields, func(field bson.E) bool {
		return slices.Contains(strings.Split(field.Key, "."), "$")
	})
}

func isTrue(v any) bool {
	n, number := steps.WholeNumber(v)
	return v == true || number && n != 0
}

// Codes for what was done before: the collection exists, or the index is gone; and for a collection that is
// not there.
const (
	namespaceExists   = 48
	indexNotFound     = 27
	namespaceNotFound = 26
)

// run carries the command out.
func (a *attempt) run(ctx context.Context, c *command) error {
	switch c.name {
	case "update":
		return a.update(ctx, c)
	case "insert":
		return a.insert(ctx, c)
	}
	err := a.command(ctx, c.doc)
	if errors.Is(err, errNoCollection) && a.mayLack(c.collection) {
		return nil
	}
	return err
}

// errNoCollection is returned for a command on a collection that is not there. There is nothing to change in it.
var errNoCollection = errors.New("there is no such collection")

// majority is the write concern of a command that names none, since the driver adds none.
// A write that only a deposed primary has is rolled back.
var majority = bson.E{Key: "writeConcern", Value: bson.D{{Key: "w", Value: "majority"}}}

// command sends a command.
func (a *attempt) command(ctx context.Context, doc bson.D) error {
	if !has(doc, majority.Key) {
		doc = append(slices.Clip(doc), majority)
	}
	err := a.db.RunCommand(ctx, doc).Err()
	server, ok := errors.AsType[mongo.ServerError](err)
	if ok && a.again && (server.HasErrorCode(namespaceExists) || server.HasErrorCode(indexNotFound)) {
		return nil
	}
	if ok && server.HasErrorCode(namespaceNotFound) {
		return fmt.Errorf("%s: %w: %s", doc[0].Key, errNoCollection, err.Error())
	}
	failure := raw.WrapError(doc[0].Key, err)
	if writes, ok := errors.AsType[mongo.WriteException](err); ok && !errors.Is(failure, store.ErrUnavailable) && len(writes.WriteErrors) > 0 {
		e := writes.WriteErrors[0]
		// The values follow, which may be people's addresses.
		message, _, _ := strings.Cut(e.Message, " dup key:")
		return fmt.Errorf("statement %d is refused with code %d: %s", e.Index, e.Code, message)
	}
	return failure
}

// update marks the documents that it changes if it must not be applied twice.
func (a *attempt) update(ctx context.Context, c *command) error {
	if !c.marked() {
		return a.command(ctx, c.doc)
	}
	statement, err := a.guard(ctx, c)
	if err != nil || statement == nil {
		return err
	}
	return a.command(ctx, with(c.doc, "updates", bson.A{statement}))
}

// guard returns the command's statement, extended to mark the documents that it changes
// and to pass by those with its mark. It is nil if nothing is left to do.
func (a *attempt) guard(ctx context.Context, c *command) (bson.D, error) {
	statement := c.statement()
	query, _ := lookup(statement, "q").(bson.D)
	guarded := with(statement, "u", withMark(lookup(statement, "u"), a.mark))
	guarded = with(guarded, "q", append(slices.Clip(query), bson.E{Key: markField, Value: bson.D{{Key: "$ne", Value: a.mark}}}))
	if !a.again {
		return guarded, nil
	}
	n, err := a.db.Collection(c.collection).CountDocuments(ctx, bson.D{{Key: markField, Value: a.mark}})
	switch {
	case err != nil:
		return nil, raw.WrapError(c.collection, err)
	case n == 0:
		return guarded, nil
	case !isTrue(lookup(statement, "multi")):
		return nil, nil
	}
	return with(guarded, "upsert", false), nil
}

// withMark returns an update that sets the mark, too.
func withMark(update any, mark string) any {
	set := bson.E{Key: markField, Value: mark}
	if pipeline, ok := update.(bson.A); ok {
		return append(slices.Clip(pipeline), bson.D{{Key: "$set", Value: bson.D{set}}})
	}
	doc, _ := update.(bson.D)
	if len(doc) == 0 || !strings.HasPrefix(doc[0].Key, "$") {
		return append(slices.Clip(doc), set)
	}
	fields, _ := lookup(doc, "$set").(bson.D)
	return with(doc, "$set", append(slices.Clip(fields), set))
}

// with returns doc with another value for key.
func with(doc bson.D, key string, value any) bson.D {
	changed := slices.DeleteFunc(slices.Clone(doc), func(e bson.E) bool { return e.Key == key })
	at := slices.IndexFunc(doc, func(e bson.E) bool { return e.Key == key })
	if at < 0 {
		at = len(changed)
	}
	return slices.Insert(changed, at, bson.E{Key: key, Value: value})
}

// sweep removes the command's marks.
func (a *attempt) sweep(ctx context.Context, c *command) error {
	_, err := a.db.Collection(c.collection).UpdateMany(ctx,
		bson.D{{Key: markField, Value: a.mark}},
		bson.D{{Key: "$unset", Value: bson.D{{Key: markField, Value: ""}}}})
	return raw.WrapError(c.collection, err)
}

// insert sends the documents that are not stored yet. One without an _id gets one that
// is the same each time.
func (a *attempt) insert(ctx context.Context, c *command) error {
	list, _ := c.statements("documents")
	var documents []bson.Raw
	ids := bson.A{}
	for i, doc := range list {
		id := lookup(doc, "_id")
		if id == nil {
			id = a.id(i)
		}
		// The _id comes first, where servers put it.
		rest := slices.DeleteFunc(slices.Clone(doc), func(e bson.E) bool { return e.Key == "_id" })
		raw, err := bson.Marshal(append(bson.D{{Key: "_id", Value: id}}, rest...))
		if err != nil {
			return fmt.Errorf("documents[%d]: %w", i, err)
		}
		documents, ids = append(documents, raw), append(ids, id)
	}
	if a.again {
		var err error
		if documents, err = a.lacking(ctx, c, documents, ids); err != nil || len(documents) == 0 {
			return err
		}
	}
	return a.command(ctx, with(c.doc, "documents", documents))
}

func (a *attempt) id(i int) (id bson.ObjectID) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s.%d", a.mark, i))
	copy(id[:], sum[:])
	return id
}

// lacking returns the documents that are not stored. It is an error if another document has
// the _id of one.
func (a *attempt) lacking(ctx context.Context, c *command, documents []bson.Raw, ids bson.A) ([]bson.Raw, error) {
	cursor, err := a.db.Collection(c.collection).Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	if err != nil {
		return nil, raw.WrapError(c.collection, err)
	}
	var found []bson.Raw
	if err := cursor.All(ctx, &found); err != nil {
		return nil, raw.WrapError(c.collection, err)
	}
	for _, doc := range found {
		id := doc.Lookup("_id")
		at := slices.IndexFunc(documents, func(d bson.Raw) bool { return d.Lookup("_id").Equal(id) })
		if at < 0 || !slices.Equal(documents[at], doc) {
			return nil, fmt.Errorf("a document with the _id %s is there already, and is another; remove it, or give this one another _id", id)
		}
		documents = slices.Delete(documents, at, at+1)
	}
	return documents, nil
}
