package script

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
)

// Traces are what an attempt left that stopped half way.
type Traces struct {
	// Documents is how many it changed, or stored, that show it: another attempt would
	// change them again.
	Documents int64
	// Element is the first one that it was done with and that comes to something else if
	// it is done again, such as "element 2"; empty if there is none. What it changed shows
	// nothing any more.
	Element string
}

// Traces looks for what an attempt left that was done with so many elements.
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

// inserted is how many documents an attempt stored of those that an element inserts
// without an _id.
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

// addsUp says that another attempt at the command comes to more than one.
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

// Sweep takes away the marks of an attempt that is not taken up again.
func Sweep(ctx context.Context, db *mongo.Database, attempt bson.ObjectID) error {
	return inCollections(ctx, db, func(coll *mongo.Collection) error {
		_, err := coll.UpdateMany(ctx, marksOf(attempt), bson.D{{Key: "$unset", Value: bson.D{{Key: markField, Value: ""}}}})
		return raw.WrapError(coll.Name(), err)
	})
}

// marksOf matches the marks of all elements of an attempt.
func marksOf(attempt bson.ObjectID) bson.D {
	// Behind the point comes the element's number, and "/" is behind the point.
	return bson.D{{Key: markField, Value: bson.D{{Key: "$gte", Value: attempt.Hex() + "."}, {Key: "$lt", Value: attempt.Hex() + "/"}}}}
}

// inCollections calls do with each of the database's: a file that was corrected may no
// longer name those in which an attempt was at work.
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

// isServers says that a collection is the server's own, such as that of what views are,
// which a database's users may not write to.
func isServers(name string) bool { return strings.HasPrefix(name, "system.") }
