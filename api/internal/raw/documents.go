package raw

import (
	"context"
	"errors"
	"slices"
	"unique"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// Documents are the documents of one collection in one database, as stored.
// Errors are of this package, never of the driver.
type Documents struct {
	db, lists *mongo.Database
	gate      handle.Gate
	checks    *handle.Checks
	births    *handle.Births
	c         *Collection
	// shown says which documents are found.
	shown visibility
}

// In returns the documents of c in the tenant's database.
func In(t store.Tenant, c *Collection) Documents {
	if c.Admin {
		return Documents{c: c}
	}
	return Documents{
		db: handle.OpenTenant(t), lists: handle.OpenLists(t), gate: handle.TenantGate(t), checks: handle.TenantChecks(t),
		births: handle.TenantBirths(t), c: c,
	}
}

// InAdmin returns the documents of c in the admin database.
func InAdmin(a store.Admin, c *Collection) Documents {
	if !c.Admin {
		return Documents{c: c}
	}
	db := handle.OpenAdmin(a)
	return Documents{db: db, lists: db, gate: handle.AdminGate(a), checks: handle.AdminChecks(a), c: c}
}

// RevOf returns the Rev of a stored document.
func (d Documents) RevOf(doc bson.Raw) store.Rev { return d.c.RevOf(doc) }

// DocumentError says why a stored document does not fit; err is a *wire.ValueError.
func (d Documents) DocumentError(doc bson.Raw, err error) *store.DocumentError {
	return d.c.DocumentError(doc, err)
}

// Name returns the collection's name.
func (d Documents) Name() string { return d.c.Name }

// ForLists returns the documents as read with the connection string's readPreference and
// readConcernLevel, from secondaries if they say so. They may lack what was just written.
// Otherwise everything is read from the primary, as a majority has it.
func (d Documents) ForLists() Documents {
	d.db = d.lists
	return d
}

// collection returns the collection. Every operation calls it first, so that one without a
// tenant is refused before any I/O.
func (d Documents) collection() (collection, error) {
	if d.db == nil {
		return collection{}, store.ErrNoTenant
	}
	return collection{d.db.Collection(d.c.StoredName()), d.gate}, nil
}

// ensureCollection makes the collection, with its indexes, unless it is known to be there. Everything that may
// store a document that was not there calls it first: the database would make a collection without indexes.
func (d Documents) ensureCollection(ctx context.Context) error {
	name := d.c.Interned
	if name == (handle.Name{}) { // of a collection that was not derived
		name = unique.Make(d.c.StoredName())
	}
	return d.births.Ensure(ctx, name)
}

// Get reads the document with the given _id. The error is ErrNotFound if there is none.
func (d Documents) Get(ctx context.Context, id ID) (bson.Raw, error) {
	return d.first(ctx, bson.D{{Key: "_id", Value: id}})
}

// GetBy reads the document that fulfils where: equality on each key of a unique index. It
// does not find documents that the index leaves out or whose key is missing.
func (d Documents) GetBy(ctx context.Context, where ...meta.Condition) (bson.Raw, error) {
	if _, err := d.collection(); err != nil {
		return nil, err
	}
	missing := !slices.ContainsFunc(where, func(c meta.Condition) bool { return !c.MatchesMissing() })
	if missing || slices.ContainsFunc(where, meta.Condition.MatchesNothing) {
		return nil, store.ErrNotFound
	}
	p := d.c.lookup(where)
	return d.firstBy(ctx, p.index, p.filter())
}

func (d Documents) first(ctx context.Context, filter bson.D) (bson.Raw, error) {
	return d.firstBy(ctx, nil, filter)
}

// firstBy does what first does, and compares text as the index x does.
func (d Documents) firstBy(ctx context.Context, x *meta.Index, filter bson.D) (bson.Raw, error) {
	coll, err := d.collection()
	if err != nil {
		return nil, err
	}
	doc, err := coll.findOne(ctx, d.visible(filter), options.FindOne().SetCollation(collationOf(x)))
	return doc, WrapError(d.c.Name, err)
}

// Insert stores doc, which has an _id. A *DuplicateError names a unique key that is taken,
// an *InvalidError references to missing documents.
func (d Documents) Insert(ctx context.Context, doc bson.Raw) error {
	coll, err := d.collection()
	if err != nil {
		return err
	}
	if err := d.checkNew(ctx, alone, doc); err != nil {
		return err
	}
	if err := d.ensureCollection(ctx); err != nil {
		return err
	}
	err = coll.insertOne(ctx, doc)
	if mongo.IsDuplicateKeyError(err) {
		return d.duplicate(ctx, complaintOf(err), d.takenBy(doc))
	}
	return WrapError(d.c.Name, err)
}

// Update applies changes to the document with the given _id, and returns it as this write
// left it. After ErrNotFound, ErrStale, a *DuplicateError or an *InvalidError the document
// is as it was.
func (d Documents) Update(ctx context.Context, id ID, changes Changes, opts ...store.WriteOption) (bson.Raw, error) {
	coll, err := d.collection()
	if err != nil {
		return nil, err
	}
	if changes.IsEmpty() { // then even _rev stays
		return d.Read(ctx, id, opts)
	}
	if changes.Unresolved {
		return nil, errors.New(d.c.Name + ": the changes depend on the document; UpdateResolved makes them")
	}
	if d.c.dependOnDocument(&changes) {
		return d.updateChecked(ctx, id, changes, opts)
	}
	if err := d.checkChanged(ctx, &changes); err != nil {
		return nil, err
	}
	changes.recount = isUncountable(opts)
	doc, err := d.write(ctx, coll, changes.limited(d.visible(d.target(id, opts))), &changes, false)
	switch {
	case err == nil:
		return doc, nil
	case isInTheWay(err):
		return nil, d.inTheWay(ctx, id, &changes, err)
	case !errors.Is(err, mongo.ErrNoDocuments):
		return nil, d.refusal(ctx, err, d.takenByChange(id, &changes))
	}
	if err := d.beyondLimits(ctx, id, &changes); err != nil {
		return nil, err
	}
	return nil, d.missed(ctx, id)
}

// read reads the document with the given _id, in the state that opts require.
func (d Documents) Read(ctx context.Context, id ID, opts []store.WriteOption) (bson.Raw, error) {
	doc, err := d.first(ctx, d.target(id, opts))
	if errors.Is(err, store.ErrNotFound) {
		return nil, d.missed(ctx, id)
	}
	return doc, err
}

// Delete removes the document with the given _id, or marks it where deleted documents are kept. The
// error may be ErrNotFound or ErrStale.
func (d Documents) Delete(ctx context.Context, id ID, opts ...store.WriteOption) error {
	if d.c.SoftDelete {
		return d.MarkDeleted(ctx, id, Changes{}, opts...)
	}
	return d.remove(ctx, id, opts)
}

// target matches the document that a write is for.
func (d Documents) target(id ID, opts []store.WriteOption) bson.D {
	filter := bson.D{{Key: "_id", Value: id}}
	w := demandsOf(opts)
	if w.Rev != nil {
		filter = append(filter, w.Rev.Conditions(d.c.UpdatedPath())...)
	}
	return restricted(filter, w.Unless, nil)
}

// restricted returns filter for documents that fulfil neither conditions nor unless.
func restricted(filter bson.D, conditions []meta.Condition, unless bson.A) bson.D {
	for _, c := range conditions {
		unless = append(unless, bson.D{{Key: c.Path, Value: c.Operators()}})
	}
	if len(unless) == 0 {
		return filter
	}
	return append(filter, bson.E{Key: "$nor", Value: unless})
}

// conditionsOf returns the conditions that opts require.
func demandsOf(opts []store.WriteOption) *store.Demands {
	var w store.Demands
	for _, opt := range opts {
		opt(&w)
	}
	return &w
}

// revOf returns the state that opts require, nil for any.
func revOf(opts []store.WriteOption) *store.Rev { return demandsOf(opts).Rev }

// isUncountable reports whether opts require a state whose revision cannot be counted up.
func isUncountable(opts []store.WriteOption) bool {
	rev := revOf(opts)
	if rev == nil {
		return false
	}
	_, odd := rev.Stored(meta.RevPath)
	return odd
}

// missed returns why a write found no document to write.
func (d Documents) missed(ctx context.Context, id ID) error {
	if _, err := d.Get(ctx, id); err != nil {
		return err
	}
	return store.ErrStale
}
