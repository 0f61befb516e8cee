package indexes

import (
	"context"
	"errors"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// buildTogether makes the missing indexes of each collection in one command, which
// reads the collection once. Where that is refused none of them is made, and each is
// left to be tried by itself, which tells whose fault it is. The error is that the
// database does not answer.
func buildTogether(ctx context.Context, db *mongo.Database, findings []Finding) error {
	missing := map[string][]*Finding{}
	for i := range findings {
		f := &findings[i]
		if f.Remedy != Build {
			continue
		}
		err := f.FindDuplicates(ctx, db)
		if ends(err) {
			return err
		}
		if err == nil && f.Remedy == Build {
			missing[f.Collection] = append(missing[f.Collection], f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		list := missing[name]
		if len(list) < 2 {
			continue
		}
		err := buildIndexes(ctx, db.Collection(name), list...)
		if ends(raw.WrapError(name, err)) {
			return raw.WrapError(name, err)
		}
		for _, f := range list {
			f.Done = err == nil
		}
	}
	return nil
}

// build makes the one index.
func (f *Finding) build(ctx context.Context, coll *mongo.Collection) error {
	if err := buildIndexes(ctx, coll, f); err != nil {
		return f.refused(ctx, coll, err)
	}
	if f.Done = true; f.name != f.Declared.Name {
		f.Note("its name is " + f.name + ", as another has the declared one")
	}
	return nil
}

// buildIndexes makes indexes in one command: all, or none. If the server makes others
// than it was asked for, they are dropped again, and the error is an *ignoredError.
func buildIndexes(ctx context.Context, coll *mongo.Collection, findings ...*Finding) error {
	specs, demanding := bson.A{}, false
	for _, f := range findings {
		specs = append(specs, specOf(f.Declared, f.name))
		demanding = demanding || len(f.demands()) > 0
	}
	if err := createIndexes(ctx, coll, specs); err != nil || !demanding {
		return err
	}
	have, _, err := list(ctx, coll)
	if err != nil {
		return err
	}
	for _, f := range findings {
		at := slices.IndexFunc(have, func(s stored) bool { return s.Name == f.name })
		if at < 0 {
			continue
		}
		if d := have[at].differences(f.Declared); d != nil {
			return errors.Join(&ignoredError{texts(d)}, dropAll(ctx, coll, findings))
		}
	}
	return nil
}

func dropAll(ctx context.Context, coll *mongo.Collection, findings []*Finding) error {
	var errs []error
	for _, f := range findings {
		errs = append(errs, drop(ctx, coll, f.name))
	}
	return errors.Join(errs...)
}

// createIndexes makes the indexes that specs describe.
func createIndexes(ctx context.Context, coll *mongo.Collection, specs bson.A) error {
	return coll.Database().RunCommand(ctx, bson.D{
		{Key: "createIndexes", Value: coll.Name()}, {Key: "indexes", Value: specs}, {Key: "writeConcern", Value: majority},
	}).Err()
}

// demands are the options that the finding's index needs and not every server
// has.
func (f *Finding) demands() []string {
	var list []string
	for _, o := range meta.Options {
		if f.Declared != nil && o.IsRare && o.Value != nil && o.Value(f.Declared) != nil {
			list = append(list, o.Name)
		}
	}
	return list
}

// ignoredError says that a server took an option, and did nothing with it.
type ignoredError struct{ differences string }

func (e *ignoredError) Error() string { return "it built another: " + e.differences }

// specOf describes x to a server that is to make it under the name.
func specOf(x *meta.Index, name string) bson.D {
	keys := bson.D{}
	for _, k := range x.Keys {
		if x.Text != nil {
			keys = append(keys, bson.E{Key: k.Path, Value: textKind})
			continue
		}
		keys = append(keys, bson.E{Key: k.Path, Value: keyDirection(k)})
	}
	spec := bson.D{{Key: "key", Value: keys}, {Key: "name", Value: name}}
	for _, o := range meta.Options {
		if o.Value == nil {
			continue
		}
		if value := o.Value(x); value != nil {
			spec = append(spec, bson.E{Key: o.Name, Value: value})
		}
	}
	return spec
}

func keyDirection(k meta.Key) int32 {
	if k.Descending {
		return -1
	}
	return 1
}
