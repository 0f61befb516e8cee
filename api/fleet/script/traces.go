package script

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
)

// Traces are what an attempt that stopped half way left behind.
type Traces struct {
	// Documents is the number of documents with a trace of it, which another attempt would
	// change again.
	Documents int64
	// Element is the first element that is done and would have another result if it was
	// done again, such as "element 2"; empty if there is none. The documents that it changed
	// have no trace any more.
	Element string
}

// Traces looks for the traces of an attempt in which so many elements are done.
func (s *Script) Traces(ctx context.Context, db *mongo.Database, attempt bson.ObjectID, done int) (Traces, error) {
	var t Traces
	for i := range s.elements[:min(done, len(s.elements))] {
		if e := &s.elements[i]; e.command.addsUp() {
			t.Element = e.at
			break
		}
	}
	err := inCollections(ctx, db, func(coll *mongo.Collection) error {
		n, err := coll.CountDocuments(ctx, marksOf(attempt))
		t.Documents += n
		return raw.WrapError(coll.Name(), err)
	})
	if err != nil || done >= len(s.elements) {
		return t, err
	}
	n, err := s.inserted(ctx, db, attempt, done)
	t.Documents += n
	return t, err
}

// inserted returns how many of the documents that an element inserts without an _id an
// attempt has stored.
func (s *Script) inserted(ctx context.Context, db *mongo.Database, of bson.ObjectID, i int) (int64, error) {
	c := s.elements[i].command
	if c == nil || c.name != "insert" {
		return 0, nil
	}
	a := attempt{db: db, mark: mark(of, i)}
	list, _ := c.statements("documents")
	ids := bson.A{}
	for at, doc := range list {
		if lookup(doc, "_id") == nil {
			ids = append(ids, a.id(at))
		}
	}
	n, err := db.Collection(c.collection).CountDocuments(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	return n, raw.WrapError(c.collection, err)
}

// addsUp reports whether another attempt at the command would do more than one.
func (c *command) addsUp() bool {
	if c == nil {
		return false
	}
	if c.name == "insert" {
		list, _ := c.statements("documents")
		for _, doc := range list {
			if lookup(doc, "_id") == nil {
				return true
			}
		}
	}
	return c.marked()
}

// Sweep removes the marks of an attempt that will not be resumed.
func Sweep(ctx context.Context, db *mongo.Database, attempt bson.ObjectID) error {
	return inCollections(ctx, db, func(coll *mongo.Collection) error {
		_, err := coll.UpdateMany(ctx, marksOf(attempt), bson.D{{Key: "$unset", Value: bson.D{{Key: markField, Value: ""}}}})
		return raw.WrapError(coll.Name(), err)
	})
}

// marksOf matches the marks of all elements of an attempt.
func marksOf(attempt bson.ObjectID) bson.D {
	// The element's number follows the point, and "/" is the character after the point.
	return bson.D{{Key: markField, Value: bson.D{{Key: "$gte", Value: attempt.Hex() + "."}, {Key: "$lt", Value: attempt.Hex() + "/"}}}}
}

// inCollections calls do with each collection of the database: a corrected file may no
// longer name those that an attempt changed.
func inCollections(ctx context.Context, db *mongo.Database, do func(*mongo.Collection) error) error {
	names, err := db.ListCollectionNames(ctx, bson.D{{Key: "type", Value: "collection"}})
	if err != nil {
		return raw.WrapError(db.Name(), err)
	}
	for _, name := range names {
		if isServers(name) {
			continue
		}
		if err := do(db.Collection(name)); err != nil {
			return err
		}
	}
	return nil
}

// isServers reports whether a collection is the server's own, such as the one of views, which
// a database's users may not write to.
func isServers(name string) bool { return strings.HasPrefix(name, "system.") }
