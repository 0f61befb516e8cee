package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/store"
)

// ensure builds what the database's collections lack. What is different or extra
// is replaced or dropped only with prune. A unique index that documents break is
// refused, and what is there stays. If the server cannot hold one of the indexes,
// that one is Unsupported, and none is left of those that were missing. The error
// is that the database does not answer; findings say which were mended before.
func ensure(ctx context.Context, db *mongo.Database, collections []store.Collection, prune bool) ([]Finding, error) {
	findings, err := inspectAll(ctx, db, collections)
	if err != nil {
		return nil, err
	}
	created, lacking, err := createAbsent(ctx, db, findings)
	if err != nil {
		return created, err
	}
	rest := slices.DeleteFunc(findings, func(f Finding) bool { return f.Problem == Absent })
	rest, err = mendAll(ctx, db, append(lacking, rest...), prune)
	// What came with its collection is not told again.
	rest = slices.DeleteFunc(rest, func(f Finding) bool { return f.Done && f.created })
	return append(created, rest...), err
}

// createAbsent makes the collections that are not there, of active tenants too:
// an entry that somebody else made, as those of an adopted deployment are, has no
// database before its first document, which would come into a collection without
// indexes. It returns the findings about them, and the indexes that they lack.
func createAbsent(ctx context.Context, db *mongo.Database, findings []Finding) (created, lacking []Finding, err error) {
	for _, f := range findings {
		if f.Problem != Absent {
			continue
		}
		for i := range f.absent {
			c := &f.absent[i]
			if err := create(ctx, db, c.Name); err != nil {
				return append(created, f), lacking, err
			}
			for j := range c.Indexes {
				x := missing(c, &c.Indexes[j], nil)
				x.created = true
				lacking = append(lacking, x)
			}
		}
		f.Done = true
		created = append(created, f)
	}
	return created, lacking, nil
}

// namespaceExists is MongoDB's code for creating a collection that is there.
const namespaceExists = 48

func create(ctx context.Context, db *mongo.Database, name string) error {
	err := db.CreateCollection(ctx, name)
	var server mongo.ServerError
	if errors.As(err, &server) && server.HasErrorCode(namespaceExists) {
		return nil
	}
	return store.Failure(name, err)
}

// mendAll goes on past what cannot be mended.
func mendAll(ctx context.Context, db *mongo.Database, findings []Finding, prune bool) ([]Finding, error) {
	// What servers may not know comes first: where they do not, nothing was done.
	slices.SortStableFunc(findings, func(a, b Finding) int { return len(b.demands()) - len(a.demands()) })
	for i := range findings {
		f := &findings[i]
		err := mend(ctx, db, f, prune)
		if ends(err) {
			return findings, err
		}
		if err != nil {
			f.note(err.Error())
		}
		if f.Problem == Unsupported {
			return findings, undo(ctx, db, findings[:i])
		}
	}
	return findings, nil
}

// undo drops what was built of indexes that were missing, even if the run is to
// end meanwhile.
func undo(ctx context.Context, db *mongo.Database, findings []Finding) error {
	ctx = context.WithoutCancel(ctx)
	for i := range findings {
		f := &findings[i]
		if !f.Done || f.Problem != Missing {
			continue
		}
		if err := drop(ctx, db.Collection(f.Collection), f.Index); err != nil {
			return err
		}
		f.Done = false
	}
	return nil
}

// mend does what the finding's remedy says.
func mend(ctx context.Context, db *mongo.Database, f *Finding, prune bool) error {
	if f.existing == "" && f.declared == nil {
		return nil
	}
	if f.Remedy == Change {
		return f.change(ctx, db)
	}
	if err := f.lookForRepeats(ctx, db); err != nil {
		return err
	}
	if f.Remedy == Refuse || f.existing != "" && !prune {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return store.Failure(f.Collection, err)
	}
	coll := db.Collection(f.Collection)
	if f.existing != "" {
		// What is dropped is built again, even if the run is to end meanwhile.
		ctx = context.WithoutCancel(ctx)
		if err := drop(ctx, coll, f.existing); err != nil {
			return err
		}
	}
	if f.declared != nil {
		if err := build(ctx, coll, f.declared); err != nil {
			return errors.Join(f.refused(ctx, coll, err), f.restore(ctx, coll))
		}
	}
	f.Done = true
	return nil
}

// restore builds the index again that was dropped for one that the server refused.
func (f *Finding) restore(ctx context.Context, coll *mongo.Collection) error {
	if f.existing == "" {
		return nil
	}
	err := coll.Database().RunCommand(ctx, bson.D{
		{Key: "createIndexes", Value: coll.Name()}, {Key: "indexes", Value: bson.A{f.was}}, {Key: "writeConcern", Value: bson.D{{Key: "w", Value: "majority"}}},
	}).Err()
	if err != nil {
		return fmt.Errorf("the index that was there is gone, and could not be built again: %w", store.Failure(coll.Name(), err))
	}
	f.note("the index that was there is built again")
	return nil
}

// change makes the index that is there what is declared, without building it again.
func (f *Finding) change(ctx context.Context, db *mongo.Database) error {
	index := bson.D{{Key: "name", Value: f.existing}}
	if f.Problem == Hidden {
		index = append(index, bson.E{Key: "hidden", Value: false})
	} else {
		index = append(index, bson.E{Key: optionTTL, Value: int64(f.declared.TTL / time.Second)})
	}
	err := db.RunCommand(ctx, bson.D{
		{Key: "collMod", Value: f.Collection}, {Key: "index", Value: index}, {Key: "writeConcern", Value: bson.D{{Key: "w", Value: "majority"}}},
	}).Err()
	f.Done = err == nil
	return store.Failure("change index "+f.Index+" of "+f.Collection, err)
}

func drop(ctx context.Context, coll *mongo.Collection, name string) error {
	return store.Failure(coll.Name(), coll.Indexes().DropOne(ctx, name))
}

// What an index may demand of a server, as MongoDB calls it.
const (
	optionTTL     = "expireAfterSeconds"
	optionPartial = "partialFilterExpression"
)

// demands are the options that the finding's index needs and not every server
// has.
func (f *Finding) demands() []string {
	var list []string
	if f.declared != nil && f.declared.Expires {
		list = append(list, optionTTL)
	}
	if f.declared != nil && len(f.declared.Partial) > 0 {
		list = append(list, optionPartial)
	}
	return list
}

// ignoredError says that a server took an option, and did nothing with it.
type ignoredError struct{ differences []string }

func (e *ignoredError) Error() string {
	return "it built another: " + strings.Join(e.differences, "; ")
}

// build makes one index, in a command of its own. What comes out otherwise than it
// was asked for is dropped again, and an *ignoredError.
func build(ctx context.Context, coll *mongo.Collection, x *store.Index) error {
	if _, err := coll.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keysOf(x), Options: optionsOf(x)}); err != nil {
		return err
	}
	if !x.Expires && len(x.Partial) == 0 {
		return nil
	}
	have, _, err := list(ctx, coll)
	if err != nil {
		return err
	}
	for _, s := range have {
		if d := s.differences(x); s.Name == x.Name && d != nil {
			return errors.Join(&ignoredError{d}, drop(ctx, coll, x.Name))
		}
	}
	return nil
}

func keysOf(x *store.Index) bson.D {
	keys := bson.D{}
	for _, k := range x.Keys {
		keys = append(keys, bson.E{Key: k.Path, Value: keyDirection(k)})
	}
	return keys
}

func keyDirection(k store.Key) int32 {
	if k.Descending {
		return -1
	}
	return 1
}

// optionsOf leaves out what is not asked for: servers refuse even the mention of
// options that they do not have.
func optionsOf(x *store.Index) *options.IndexOptionsBuilder {
	opts := options.Index().SetName(x.Name)
	if x.Unique {
		opts.SetUnique(true)
	}
	if x.Sparse {
		opts.SetSparse(true)
	}
	if x.Expires {
		opts.SetExpireAfterSeconds(int32(x.TTL / time.Second))
	}
	if len(x.Partial) > 0 {
		opts.SetPartialFilterExpression(expression(x.Partial))
	}
	return opts
}

// refused notes why the server did not build the index, if that is because of
// documents, or because the index demands more than every server has; any other
// err is returned.
func (f *Finding) refused(ctx context.Context, coll *mongo.Collection, err error) error {
	var server mongo.ServerError
	var ignored *ignoredError
	failure := store.Failure("build index "+f.Index+" of "+coll.Name(), err)
	demands := f.demands()
	lacks := errors.As(err, &ignored) || errors.As(err, &server) && slices.ContainsFunc(lacking, server.HasErrorCode)
	switch {
	case mongo.IsDuplicateKeyError(err):
		// The server's text quotes the keys.
		f.Remedy = Refuse
		f.note("the server refused to build it, because documents repeat the keys of others; change or remove them")
		return nil
	case !lacks || len(demands) == 0:
		return errors.Join(failure, advice(err))
	}
	f.Problem, f.Remedy = Unsupported, ""
	f.Detail = fmt.Sprintf("the server, version %s, cannot hold it, because of %s: %s; declare the index without, or use a server that has it",
		version(ctx, coll.Database()), strings.Join(demands, " and "), err.Error())
	return nil
}

// lacking are the codes by which servers refuse what they do not have: CannotCreateIndex,
// InvalidOptions, CommandNotSupported, InvalidIndexSpecificationOption and
// NotImplemented.
var lacking = []int{67, 72, 115, 197, 238}

// remedies say what to do about what a server answers to the building of an index.
var remedies = map[int]string{
	13:    "let this user build indexes: grant it createIndex on the database",
	85:    "there is an index on these keys with other options; look at indexes check, and replace it with --prune",
	86:    "there is another index of this name; look at indexes check, and replace it with --prune",
	276:   "the build was aborted; run indexes ensure again",
	8000:  "the provider of the deployment refuses it; see what its plan allows",
	11601: "the build was interrupted; run indexes ensure again",
}

// advice is what to do about a server's refusal, nil where there is none to give.
func advice(err error) error {
	var server mongo.ServerError
	if !errors.As(err, &server) {
		return nil
	}
	for code, text := range remedies {
		if server.HasErrorCode(code) {
			return errors.New(text)
		}
	}
	return nil
}

// version is the server's, as it says itself.
func version(ctx context.Context, db *mongo.Database) string {
	var info struct {
		Version string `bson:"version"`
	}
	if err := db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info); err != nil {
		return "unknown"
	}
	return info.Version
}
