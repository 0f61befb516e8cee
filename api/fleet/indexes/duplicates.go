package indexes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// namedRepeats bounds how many pairs of documents are named.
const namedRepeats = 3

// Repeats are documents that have the same keys as another, and so violate a unique
// index.
type Repeats struct {
	// Count is how many documents repeat the keys of another. In an index on the
	// elements of a list, a document counts for each element that it repeats.
	Count int `json:"count"`
	// Pairs are the _ids of the first ones: a document, and one that repeats its keys.
	// The keys are not shown, because findings end in logs that many may read.
	Pairs [][2]string `json:"pairs"`
}

func (r *Repeats) text() string {
	subject := "1 document repeats"
	if r.Count > 1 {
		subject = fmt.Sprintf("%d documents repeat", r.Count)
	}
	pairs := make([]string, len(r.Pairs))
	for i, p := range r.Pairs {
		pairs[i] = p[0] + " and " + p[1]
	}
	if r.Count > len(r.Pairs) {
		pairs = append(pairs, "…")
	}
	return fmt.Sprintf("%s the keys of another (%s); change or remove them", subject, strings.Join(pairs, ", "))
}

// repeats looks for documents that have the same keys in x, and returns nil if there are
// none. It reads the documents that x would hold in the order of the keys, which makes
// equal ones neighbours. Under a collation the server compares. Documents without an element in one of the lists are not read.
func repeats(ctx context.Context, coll *mongo.Collection, x *meta.Index, lists []string) (*Repeats, error) {
	pipeline, read := inOrder(x, lists), compareNeighbours
	if !x.Collation.IsPlain() {
		pipeline, read = gathered(x, lists), readGathered
	}
	opts := options.Aggregate().SetAllowDiskUse(true).SetCollation(raw.CollationOf(x.Collation))
	cursor, err := coll.Aggregate(ctx, pipeline, opts)
	if err != nil {
		return nil, raw.WrapError(coll.Name(), err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	found, err := read(ctx, cursor, x)
	return found, raw.WrapError(coll.Name(), err)
}

// gathered finds the keys that several documents have in x, with the first and the last of them.
func gathered(x *meta.Index, lists []string) mongo.Pipeline {
	keys := bson.A{} // in which what is missing is null
	for _, k := range x.Keys {
		keys = append(keys, "$"+k.Path)
	}
	of := func(accumulator string) bson.D { return bson.D{{Key: accumulator, Value: "$_id"}} }
	return append(keysIn(x, lists),
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: keys}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}, {Key: "first", Value: of("$min")}, {Key: "last", Value: of("$max")},
		}}},
		bson.D{{Key: "$match", Value: bson.D{{Key: "n", Value: bson.D{{Key: "$gt", Value: 1}}}}}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "first", Value: 1}}}})
}

// readGathered returns what gathered finds.
func readGathered(ctx context.Context, cursor *mongo.Cursor, _ *meta.Index) (*Repeats, error) {
	var found Repeats
	for cursor.Next(ctx) {
		first, last := cursor.Current.Lookup("first"), cursor.Current.Lookup("last")
		if first.Equal(last) { // a document that repeats itself
			continue
		}
		found.Count += int(cursor.Current.Lookup("n").AsInt64()) - 1
		if len(found.Pairs) < namedRepeats {
			found.Pairs = append(found.Pairs, [2]string{idText(first), idText(last)})
		}
	}
	if err := cursor.Err(); err != nil || found.Count == 0 {
		return nil, err
	}
	return &found, nil
}

// compareNeighbours returns the documents that have the same keys in x as the one before.
func compareNeighbours(ctx context.Context, cursor *mongo.Cursor, x *meta.Index) (*Repeats, error) {
	var found Repeats
	var last bson.Raw
	for cursor.Next(ctx) {
		if last != nil && sameKeys(last, cursor.Current, x) && !sameDocument(last, cursor.Current) {
			if found.Count++; found.Count <= namedRepeats {
				found.Pairs = append(found.Pairs, [2]string{documentName(last), documentName(cursor.Current)})
			}
		}
		last = slices.Clone(cursor.Current)
	}
	if err := cursor.Err(); err != nil || found.Count == 0 {
		return nil, err
	}
	return &found, nil
}

// inOrder reads the keys of the documents that x holds, each element of a list by itself.
func inOrder(x *meta.Index, lists []string) mongo.Pipeline {
	order, keys := bson.D{}, bson.D{}
	for _, k := range x.Keys {
		order = append(order, bson.E{Key: k.Path, Value: keyDirection(k)})
		keys = append(keys, bson.E{Key: k.Path, Value: 1})
	}
	if !slices.ContainsFunc(x.Keys, func(k meta.Key) bool { return k.Path == "_id" }) {
		order = append(order, bson.E{Key: "_id", Value: 1})
	}
	return append(keysIn(x, lists), bson.D{{Key: "$sort", Value: order}}, bson.D{{Key: "$project", Value: keys}})
}

// keysIn reads the documents that x holds, one for each element of a list.
func keysIn(x *meta.Index, lists []string) mongo.Pipeline {
	pipeline := mongo.Pipeline{{{Key: "$match", Value: held(x)}}}
	for _, path := range lists {
		pipeline = append(pipeline, bson.D{{Key: "$unwind", Value: "$" + path}})
	}
	return pipeline
}

// lists returns the paths of x that are lists in c.
func lists(c *meta.Collection, x *meta.Index) []string {
	var paths []string
	for _, k := range x.Keys {
		if slices.ContainsFunc(c.Paths, func(p meta.Path) bool { return p.Name == k.Path && p.Many }) {
			paths = append(paths, k.Path)
		}
	}
	return paths
}

func sameKeys(a, b bson.Raw, x *meta.Index) bool {
	for _, k := range x.Keys {
		path := strings.Split(k.Path, ".")
		if !raw.EqualValues(keyOf(a, path), keyOf(b, path)) {
			return false
		}
	}
	return true
}

// keyOf returns a document's key in an index, null if it has none.
func keyOf(doc bson.Raw, path []string) bson.RawValue {
	v := doc.Lookup(path...)
	if v.IsZero() {
		return bson.RawValue{Type: bson.TypeNull}
	}
	return v
}

func sameDocument(a, b bson.Raw) bool { return a.Lookup("_id").Equal(b.Lookup("_id")) }

// documentName returns a document's _id for people and JSON.
func documentName(doc bson.Raw) string { return idText(doc.Lookup("_id")) }

func idText(id bson.RawValue) string {
	if oid, ok := id.ObjectIDOK(); ok {
		return oid.Hex()
	}
	return id.String()
}

// held returns the documents that x holds.
func held(x *meta.Index) bson.D {
	if !x.Sparse {
		return x.Expression()
	}
	var some bson.A
	for _, k := range x.Keys {
		some = append(some, bson.D{{Key: k.Path, Value: bson.D{{Key: "$exists", Value: true}}}})
	}
	return bson.D{{Key: "$or", Value: some}}
}
