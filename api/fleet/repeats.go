package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/store"
)

// namedRepeats is how many pairs of documents a Refused finding names.
const namedRepeats = 3

// repeats names documents that have the same keys of x, empty if none do. It
// reads the collection in the order of the keys, where equal ones are neighbours.
func repeats(ctx context.Context, coll *mongo.Collection, x *store.Index) (string, error) {
	sort, projection := bson.D{}, bson.D{}
	for _, k := range x.Keys {
		sort = append(sort, bson.E{Key: k.Path, Value: keyDirection(k)})
		projection = append(projection, bson.E{Key: k.Path, Value: 1})
	}
	cursor, err := coll.Find(ctx, held(x), options.Find().SetSort(sort).SetProjection(projection).SetAllowDiskUse(true))
	if err != nil {
		return "", store.Failure(coll.Name(), err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	var named []string
	var last bson.Raw
	count := 0
	for cursor.Next(ctx) {
		if last != nil && sameKeys(last, cursor.Current, x) {
			if count++; count <= namedRepeats {
				named = append(named, last.Lookup("_id").String()+" and "+cursor.Current.Lookup("_id").String())
			}
		}
		last = slices.Clone(cursor.Current)
	}
	if err := cursor.Err(); err != nil {
		return "", store.Failure(coll.Name(), err)
	}
	if count == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d documents repeat the keys of another: %s; change or remove them", count, strings.Join(named, ", ")), nil
}

func sameKeys(a, b bson.Raw, x *store.Index) bool {
	for _, k := range x.Keys {
		path := strings.Split(k.Path, ".")
		// A key that is missing counts as null, and two of them as equal.
		if !a.Lookup(path...).Equal(b.Lookup(path...)) {
			return false
		}
	}
	return true
}

// held are the documents that x holds.
func held(x *store.Index) bson.D {
	if !x.Sparse {
		return expression(x.Partial)
	}
	var some bson.A
	for _, k := range x.Keys {
		some = append(some, bson.D{{Key: k.Path, Value: bson.D{{Key: "$exists", Value: true}}}})
	}
	return bson.D{{Key: "$or", Value: some}}
}
