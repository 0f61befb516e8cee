package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/store"
)

// Problem is what is wrong with an index of a tenant's.
type Problem string

// The problems.
const (
	// Missing indexes are declared and not there.
	Missing Problem = "missing"
	// Different indexes have a declared name or declared keys, and differ otherwise.
	Different Problem = "different"
	// Extra indexes are there and not declared.
	Extra Problem = "extra"
	// Refused indexes are unique, and documents that are there break them.
	Refused Problem = "refused"
	// Unreadable stands for a tenant whose indexes could not be looked at.
	Unreadable Problem = "unreadable"
)

// Finding is one way in which a tenant's indexes are not what the schema says.
type Finding struct {
	Tenant     string  `json:"tenant,omitempty"`
	Collection string  `json:"collection,omitempty"`
	Index      string  `json:"index,omitempty"`
	Problem    Problem `json:"problem"`
	// Detail says what is there and what was declared.
	Detail string `json:"detail"`
	// Done says that the finding was mended.
	Done bool `json:"done"`

	declared *store.Index
	existing string
}

func (f Finding) text() string {
	return fmt.Sprintf("%s: index %s is %s: %s", f.Collection, f.Index, f.Problem, f.Detail)
}

// stored is an index as the server lists it.
type stored struct {
	Name      string   `bson:"name"`
	Key       bson.D   `bson:"key"`
	Unique    bool     `bson:"unique"`
	Sparse    bool     `bson:"sparse"`
	Expire    *int64   `bson:"expireAfterSeconds"`
	Partial   bson.Raw `bson:"partialFilterExpression"`
	Collation bson.Raw `bson:"collation"`
}

// keys are the index's keys as text, such as "role.name, -createdAt".
func (s *stored) keys() string {
	parts := make([]string, len(s.Key))
	for i, e := range s.Key {
		switch direction(e.Value) {
		case 1:
			parts[i] = e.Key
		case -1:
			parts[i] = "-" + e.Key
		default:
			parts[i] = fmt.Sprintf("%s (%v)", e.Key, e.Value)
		}
	}
	return strings.Join(parts, ", ")
}

// direction is a key's, 0 for one of another kind, such as text.
func direction(v any) int {
	switch n := v.(type) {
	case int32:
		return int(n)
	case int64:
		return int(n)
	case float64:
		return int(n)
	}
	return 0
}

func declaredKeys(x *store.Index) string {
	parts := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		parts[i] = k.Path
		if k.Descending {
			parts[i] = "-" + k.Path
		}
	}
	return strings.Join(parts, ", ")
}

// differences are what sets s apart from the declared x, nil if nothing does.
func (s *stored) differences(x *store.Index) []string {
	var d []string
	note := func(what string, is, declared any) {
		if is != declared {
			d = append(d, fmt.Sprintf("%s is %v, declared %v", what, is, declared))
		}
	}
	note("name", s.Name, x.Name)
	note("keys", s.keys(), declaredKeys(x))
	note("unique", s.Unique, x.Unique)
	note("sparse", s.Sparse, x.Sparse)
	note("expireAfterSeconds", s.Expire != nil, false)
	note("partialFilterExpression", len(s.Partial) > 0, false)
	note("collation", len(s.Collation) > 0, false)
	return d
}

// namespaceNotFound is MongoDB's code for a collection, or a database, that is
// not there.
const namespaceNotFound = 26

// list is what indexes a collection has, without the one on _id; none where
// there is no collection.
func list(ctx context.Context, coll *mongo.Collection) ([]stored, error) {
	cursor, err := coll.Indexes().List(ctx)
	var server mongo.ServerError
	if errors.As(err, &server) && server.HasErrorCode(namespaceNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, store.Failure(coll.Name(), err)
	}
	var all []stored
	if err := cursor.All(ctx, &all); err != nil {
		return nil, store.Failure(coll.Name(), err)
	}
	return slices.DeleteFunc(all, func(s stored) bool { return s.Name == "_id_" }), nil
}

// inspect compares a collection's indexes with the declared ones.
func inspect(ctx context.Context, db *mongo.Database, c *store.Collection) ([]Finding, error) {
	have, err := list(ctx, db.Collection(c.Name))
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for i := range c.Indexes {
		x := &c.Indexes[i]
		at := slices.IndexFunc(have, func(s stored) bool { return s.Name == x.Name })
		if at < 0 {
			at = slices.IndexFunc(have, func(s stored) bool { return s.keys() == declaredKeys(x) })
		}
		if at < 0 {
			findings = append(findings, Finding{
				Collection: c.Name, Index: x.Name, Problem: Missing, Detail: "declared on " + declaredKeys(x), declared: x,
			})
			continue
		}
		if d := have[at].differences(x); d != nil {
			findings = append(findings, Finding{
				Collection: c.Name, Index: have[at].Name, Problem: Different, Detail: strings.Join(d, "; "),
				declared: x, existing: have[at].Name,
			})
		}
		have = slices.Delete(have, at, at+1)
	}
	for _, s := range have {
		findings = append(findings, Finding{
			Collection: c.Name, Index: s.Name, Problem: Extra, Detail: "not declared; on " + s.keys(), existing: s.Name,
		})
	}
	return findings, nil
}

// ensure builds what is missing. What is different or extra is replaced or
// dropped only with prune. A unique index that documents break is Refused, and
// what is there stays.
func ensure(ctx context.Context, db *mongo.Database, c *store.Collection, prune bool) ([]Finding, error) {
	findings, err := inspect(ctx, db, c)
	if err != nil {
		return nil, err
	}
	coll := db.Collection(c.Name)
	for i := range findings {
		if err := mend(ctx, coll, &findings[i], prune); err != nil {
			return nil, err
		}
	}
	return findings, nil
}

func mend(ctx context.Context, coll *mongo.Collection, f *Finding, prune bool) error {
	if f.existing != "" && !prune {
		return nil
	}
	if f.declared != nil && f.declared.Unique {
		repeated, err := repeats(ctx, coll, f.declared)
		if err != nil {
			return err
		}
		if repeated != "" {
			f.Problem, f.Detail = Refused, repeated
			return nil
		}
	}
	if f.existing != "" {
		if err := coll.Indexes().DropOne(ctx, f.existing); err != nil {
			return store.Failure(coll.Name(), err)
		}
	}
	if f.declared != nil {
		if err := build(ctx, coll, f.declared); err != nil {
			return err
		}
	}
	f.Done = true
	return nil
}

// build makes one index, in a command of its own.
func build(ctx context.Context, coll *mongo.Collection, x *store.Index) error {
	keys := bson.D{}
	for _, k := range x.Keys {
		keys = append(keys, bson.E{Key: k.Path, Value: keyDirection(k)})
	}
	opts := options.Index().SetName(x.Name)
	if x.Unique {
		opts.SetUnique(true)
	}
	if x.Sparse {
		opts.SetSparse(true)
	}
	if _, err := coll.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys, Options: opts}); err != nil {
		return store.Failure("build index "+x.Name+" of "+coll.Name(), err)
	}
	return nil
}

func keyDirection(k store.Key) int32 {
	if k.Descending {
		return -1
	}
	return 1
}

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
	cursor, err := coll.Find(ctx, bson.D{}, options.Find().SetSort(sort).SetProjection(projection).SetAllowDiskUse(true))
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
