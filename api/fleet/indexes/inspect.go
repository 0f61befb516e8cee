package indexes

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// InspectAll compares a database's collections with the declared ones. A collection that
// cannot be read is Unreadable; if none can be, that is an error.
func InspectAll(ctx context.Context, db *mongo.Database, collections []meta.Collection) ([]Finding, error) {
	var findings []Finding
	var absent []meta.Collection
	for i := range collections {
		c := &collections[i]
		found, err := Inspect(ctx, db, c)
		switch {
		case ends(err):
			return nil, err
		case err != nil:
			found = []Finding{{Collection: c.Name, Problem: Unreadable, Detail: err.Error()}}
		case len(found) == 1 && found[0].Problem == Absent:
			absent = append(absent, *c)
		}
		findings = append(findings, found...)
	}
	if len(absent) == 0 || len(absent) < len(collections) {
		return findings, nil
	}
	// None of them exists: only now is it worth asking whether the database does. MongoDB
	// has no database without a collection.
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil || len(names) > 0 {
		return findings, raw.WrapError(db.Name(), err)
	}
	return []Finding{{
		Problem: Absent, Detail: fmt.Sprintf("there is no database %q", db.Name()), Remedy: Create, absent: absent,
	}}, nil
}

// ends reports whether other commands would fail with the same error.
func ends(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.Canceled)
}

// Inspect compares a collection's indexes with the declared ones.
func Inspect(ctx context.Context, db *mongo.Database, c *meta.Collection) ([]Finding, error) {
	have, absent, err := list(ctx, db.Collection(c.Name))
	if err != nil {
		return nil, err
	}
	if absent {
		return []Finding{{
			Collection: c.Name, Problem: Absent, Detail: "it is not in database " + db.Name(), Remedy: Create, absent: []meta.Collection{*c},
		}}, nil
	}
	return compare(c, have), nil
}
