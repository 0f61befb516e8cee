package indexes

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// Inspection is what a database has of the collections that are declared for it.
type Inspection struct {
	Findings []Finding
	// There are the names of the declared collections that are there.
	There []string
	// NotThereYet is how many are neither there nor expected to be: they come with their first document.
	NotThereYet int
}

// Expected reports whether a collection should be in a database, by its name as stored.
type Expected func(collection string) bool

// All expects every collection.
func All(string) bool { return true }

// InspectAll compares a database's collections with the declared ones. It asks for their names, and then for the
// indexes of those that are there. A collection that cannot be read is Unreadable; if none can be, that is an error.
func InspectAll(ctx context.Context, db *mongo.Database, collections []meta.Collection, expected Expected) (*Inspection, error) {
	types, err := listCollections(ctx, db)
	if err != nil {
		return nil, raw.WrapError(db.Name(), err)
	}
	in := &Inspection{}
	var absent []meta.Collection
	for i := range collections {
		c := &collections[i]
		var err error
		kind, there := types[c.Name]
		var found []Finding
		switch {
		case !there:
		case kind != ordinary:
			in.Findings = append(in.Findings, ofKind(c, kind))
			continue
		default:
			found, there, err = Inspect(ctx, db, c)
		}
		switch {
		case ends(err):
			return nil, err
		case err != nil:
			in.Findings = append(in.Findings, Finding{Collection: c.Name, Problem: Unreadable, Detail: err.Error()})
		case there:
			in.There = append(in.There, c.Name)
			in.Findings = append(in.Findings, found...)
		case expected(c.Name):
			absent = append(absent, *c)
		default:
			in.NotThereYet++
		}
	}
	in.Findings = append(in.Findings, findAbsent(db, absent, len(types) == 0)...)
	return in, nil
}

// ends reports whether other commands would fail with the same error.
func ends(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.Canceled)
}

// findAbsent returns the findings about collections that are not there. One stands for all of them if
// there is no database: MongoDB has none without a collection.
func findAbsent(db *mongo.Database, absent []meta.Collection, noDatabase bool) []Finding {
	if noDatabase && len(absent) > 0 {
		return []Finding{{Problem: Absent, Detail: fmt.Sprintf("there is no database %q", db.Name()), Remedy: Create, absent: absent}}
	}
	var findings []Finding
	for _, c := range absent {
		findings = append(findings, Finding{
			Collection: c.Name, Problem: Absent, Detail: "it is not in database " + db.Name(), Remedy: Create, absent: []meta.Collection{c},
		})
	}
	return findings
}

// Types of what listCollections lists. Only ordinary collections can have any index.
const (
	ordinary = "collection"
	view     = "view"
)

// listCollections returns the types of the database's collections by their names, or the driver's error. It takes the
// right to list all of them: one that this user may not see would pass for one that is not there.
func listCollections(ctx context.Context, db *mongo.Database) (map[string]string, error) {
	listed, err := db.ListCollectionSpecifications(ctx, bson.D{}, options.ListCollections().SetNameOnly(true))
	if err != nil {
		return nil, err
	}
	types := make(map[string]string, len(listed))
	for _, one := range listed {
		types[one.Name] = cmp.Or(one.Type, ordinary)
	}
	return types, nil
}

// ofKind is the finding about what has a declared collection's name and is none.
func ofKind(c *meta.Collection, kind string) Finding {
	return Finding{
		Collection: c.Name, Problem: Different,
		Detail: "it is a " + kind + ", which cannot have the declared indexes; rename or drop it, and let the collection be made anew",
	}
}

// Inspect compares a collection's indexes with the declared ones. there is false if there is no such collection.
func Inspect(ctx context.Context, db *mongo.Database, c *meta.Collection) (found []Finding, there bool, err error) {
	have, absent, err := list(ctx, db.Collection(c.Name))
	if err != nil || absent {
		return nil, false, err
	}
	return compare(c, have), true, nil
}
