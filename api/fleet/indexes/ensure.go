package indexes

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// Ensure builds the missing indexes of the database's collections, and makes those that are expected and not there. It
// replaces different indexes and drops extra ones only with prune. A unique index that documents violate is
// refused, and the existing index stays. If the server does not support one of the
// indexes, that one is Unsupported, and those that were built in this run are dropped. The
// error is the database's, which did not answer; findings say which were mended before.
func Ensure(ctx context.Context, db *mongo.Database, collections []meta.Collection, expected Expected, prune bool) (*Inspection, error) {
	in, err := InspectAll(ctx, db, collections, expected)
	if err != nil {
		return nil, err
	}
	created, lacking, err := in.createAbsent(ctx, db)
	if err != nil {
		in.Findings = created
		return in, err
	}
	rest := slices.DeleteFunc(in.Findings, func(f Finding) bool { return f.Problem == Absent })
	rest, err = mendAll(ctx, db, append(lacking, rest...), prune)
	// An index that was created with its collection is not a finding of its own.
	rest = slices.DeleteFunc(rest, func(f Finding) bool { return f.Done && f.created })
	in.Findings = append(created, rest...)
	return in, err
}

// createAbsent creates the absent collections. It returns the findings about the
// collections, and about the indexes that they lack.
func (in *Inspection) createAbsent(ctx context.Context, db *mongo.Database) (created, lacking []Finding, err error) {
	for _, f := range in.Findings {
		if f.Problem != Absent {
			continue
		}
		for i := range f.absent {
			c := &f.absent[i]
			if err := CreateCollection(ctx, db, c); err != nil {
				return append(created, f), lacking, err
			}
			in.There = append(in.There, c.Name)
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

// namespaceExists is MongoDB's code for creating a collection that exists.
const namespaceExists = 48

// CreateCollection creates a collection, unless it exists.
func CreateCollection(ctx context.Context, db *mongo.Database, c *meta.Collection) error {
	err := db.CreateCollection(ctx, c.Name, options.CreateCollection().SetCollation(raw.CollationOf(c.Collation)))
	if server, ok := errors.AsType[mongo.ServerError](err); ok && server.HasErrorCode(namespaceExists) {
		return nil
	}
	return raw.WrapError(c.Name, err)
}

// order is the order in which remedies are taken: those that drop something come last.
var order = []Remedy{Build, Change, Convert, Replace, Rebuild, Drop}

// mendAll mends the findings, and goes on past those that it cannot mend.
func mendAll(ctx context.Context, db *mongo.Database, findings []Finding, prune bool) ([]Finding, error) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		// Options that a server may not know come first: if it does not, nothing was done yet.
		return cmp.Or(cmp.Compare(slices.Index(order, a.Remedy), slices.Index(order, b.Remedy)), len(b.demands())-len(a.demands()))
	})
	if err := buildTogether(ctx, db, findings); err != nil {
		return findings, err
	}
	for i := range findings {
		f := &findings[i]
		if f.Done {
			continue
		}
		err := f.mend(ctx, db, prune, findings)
		if ends(err) {
			return findings, err
		}
		if err != nil {
			f.Note(err.Error())
		}
		if f.Problem == Unsupported {
			return findings, undo(ctx, db, findings)
		}
	}
	return findings, nil
}

// undo drops the missing indexes that were built, even if the run is to end meanwhile.
func undo(ctx context.Context, db *mongo.Database, findings []Finding) error {
	ctx = context.WithoutCancel(ctx)
	for i := range findings {
		f := &findings[i]
		if !f.Done || f.Problem != Missing {
			continue
		}
		if err := drop(ctx, db.Collection(f.Collection), f.name); err != nil {
			return err
		}
		f.Done = false
	}
	return nil
}

// mend takes the finding's remedy. among are the findings about the whole database.
func (f *Finding) mend(ctx context.Context, db *mongo.Database, prune bool, among []Finding) error {
	if err := f.FindDuplicates(ctx, db); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return raw.WrapError(f.Collection, err)
	}
	coll := db.Collection(f.Collection)
	if f.Remedy == Refuse && f.there != nil && f.there.has(meta.Prepared) {
		return f.unprepare(ctx, coll)
	}
	if f.TakesPrune() && !prune {
		return nil
	}
	switch f.Remedy {
	case Build:
		return f.build(ctx, coll)
	case Change:
		return f.change(ctx, coll)
	case Convert:
		return f.convert(ctx, coll)
	case Replace:
		return f.replace(ctx, coll)
	case Rebuild:
		return f.rebuild(ctx, coll)
	case Drop:
		return f.drop(ctx, coll, among)
	}
	return nil
}

// drop drops an index that is not declared. While a declared one is missing, the extra one
// stays, because it may do that one's work.
func (f *Finding) drop(ctx context.Context, coll *mongo.Collection, among []Finding) error {
	for i := range among {
		if other := &among[i]; other.Collection == f.Collection && other.Lacks() {
			f.Note("it stays until " + other.Index + " is as declared")
			return nil
		}
	}
	err := drop(ctx, coll, f.there.Name)
	f.Done = err == nil
	return err
}

// indexNotFound is MongoDB's code for dropping an index that does not exist.
const indexNotFound = 27

// drop drops an index, unless another process has done so meanwhile.
func drop(ctx context.Context, coll *mongo.Collection, name string) error {
	err := coll.Indexes().DropOne(ctx, name)
	if server, ok := errors.AsType[mongo.ServerError](err); ok && server.HasErrorCode(indexNotFound) {
		return nil
	}
	return raw.WrapError("drop index "+name+" of "+coll.Name(), err)
}

// EnsureDeclared builds the missing indexes, and returns the names of the declared collections that are there. The error
// is a *DriftError if a declared index cannot be built; indexes that are not declared are left alone.
func EnsureDeclared(ctx context.Context, db *mongo.Database, collections []meta.Collection, expected Expected) (there []string, err error) {
	in, err := Ensure(ctx, db, collections, expected, false)
	if in == nil {
		return nil, err
	}
	var drift DriftError
	for _, f := range in.Findings {
		if err != nil && f.Problem == Absent { // err says why it was not created
			continue
		}
		if f.Problem == Unsupported {
			return in.There, errors.Join(err, errors.New(f.String()))
		}
		if f.Lacks() {
			drift.Findings = append(drift.Findings, f)
		}
	}
	if len(drift.Findings) > 0 {
		return in.There, errors.Join(err, &drift)
	}
	return in.There, err
}
