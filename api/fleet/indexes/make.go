package indexes

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// Make makes a collection with all its indexes, before its first document. Whatever of it is there is no
// obstacle, so that several processes may call it at once, and after one of them died in between. Where indexes are
// refused in one command, each is tried by itself, as Ensure does; the error then is a *DriftError, and
// the collection stays as it is. On a server that is not known to keep all their options, indexes that have rare ones are looked
// at afterwards.
func Make(ctx context.Context, db *mongo.Database, c *meta.Collection, known bool) error {
	if len(c.Indexes) == 0 || c.Collation.Locale != "" {
		if err := CreateCollection(ctx, db, c); err != nil || len(c.Indexes) == 0 {
			return err
		}
	}
	err := raw.WrapError(c.Name, buildDeclared(ctx, db, c, known))
	if err == nil || ends(err) {
		return err
	}
	_, err = EnsureDeclared(ctx, db, []meta.Collection{*c}, All)
	return err
}

// MakeAbsent makes a collection unless it is there, with whatever indexes.
func MakeAbsent(ctx context.Context, db *mongo.Database, c *meta.Collection) error {
	_, there, err := Inspect(ctx, db, c)
	if err != nil || there {
		return err
	}
	return Make(ctx, db, c, false)
}

// buildDeclared builds the collection's indexes in one command.
func buildDeclared(ctx context.Context, db *mongo.Database, c *meta.Collection, known bool) error {
	coll := db.Collection(c.Name)
	specs, findings := bson.A{}, make([]*Finding, len(c.Indexes))
	for i := range c.Indexes {
		f := missing(c, &c.Indexes[i], nil)
		findings[i] = &f
		specs = append(specs, specOf(f.Declared, f.name))
	}
	if known {
		return createIndexes(ctx, coll, specs)
	}
	return buildIndexes(ctx, coll, findings...)
}

// IsEmpty reports whether the collection has no document.
func IsEmpty(ctx context.Context, coll *mongo.Collection) (bool, error) {
	err := coll.FindOne(ctx, bson.D{}).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return true, nil
	}
	return false, raw.WrapError(coll.Name(), err)
}
