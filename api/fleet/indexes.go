package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/store"
)

// stored is an index as the server lists it.
type stored struct {
	Name      string        `bson:"name"`
	Key       bson.D        `bson:"key"`
	Unique    bool          `bson:"unique"`
	Sparse    bool          `bson:"sparse"`
	Expire    bson.RawValue `bson:"expireAfterSeconds"`
	Partial   bson.Raw      `bson:"partialFilterExpression"`
	Collation bson.Raw      `bson:"collation"`
	// Hidden says that no query is planned with it.
	Hidden bool `bson:"hidden"`

	// building says that the server is not through with making it.
	building bool
	raw      bson.Raw
}

// undeclared are options that make another index of one, and that no schema
// declares. What else servers list, such as v and background, does not.
var undeclared = []string{
	"weights", "default_language", "language_override", "wildcardProjection", "bits", "min", "max", "clustered", "prepareUnique",
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
			d = append(d, fmt.Sprintf("%s %v, declared %v", what, is, declared))
		}
	}
	note("name is", s.Name, x.Name)
	note("keys are", s.keys(), declaredKeys(x))
	note("unique is", s.Unique, x.Unique)
	note("sparse is", s.Sparse, x.Sparse)
	note(optionTTL+" is", s.expiry(), declaredExpiry(x))
	note(optionPartial+" is", storedExpression(s.Partial), declaredExpression(x.Partial))
	note("collation is", s.collation(), none)
	for _, option := range undeclared {
		if v := s.raw.Lookup(option); !v.IsZero() {
			note(option+" is", v.String(), none)
		}
	}
	return d
}

// none is an option's text where the index does not have it.
const none = "none"

// expiry is after how many seconds documents are removed. Servers list it as a
// number of any type.
func (s *stored) expiry() string {
	if s.Expire.IsZero() {
		return none
	}
	return valueText(s.Expire)
}

// collation is the order in which the index has text, if it is not that of its
// bytes.
func (s *stored) collation() string {
	if len(s.Collation) == 0 {
		return none
	}
	if locale, ok := s.Collation.Lookup("locale").StringValueOK(); ok && locale == "simple" {
		return none
	}
	return s.Collation.String()
}

func declaredExpiry(x *store.Index) string {
	if !x.Expires {
		return none
	}
	return strconv.FormatInt(int64(x.TTL/time.Second), 10)
}

// list is what indexes a collection has, without the one on _id. Every collection
// has that one: absent says that there is no collection.
func list(ctx context.Context, coll *mongo.Collection) (have []stored, absent bool, err error) {
	cursor, err := listIndexes(ctx, coll)
	if errors.Is(store.Failure(coll.Name(), err), store.ErrUnavailable) { // as the driver asks again for other reads
		cursor, err = listIndexes(ctx, coll)
	}
	var server mongo.ServerError
	switch {
	case errors.As(err, &server) && server.HasErrorCode(namespaceNotFound):
		return nil, true, nil
	case err != nil:
		return nil, false, store.Failure(coll.Name(), err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	absent = true
	for cursor.Next(ctx) {
		absent = false
		s, err := readStored(slices.Clone(cursor.Current))
		if err != nil {
			return nil, false, fmt.Errorf("%s: an index as the server lists it: %s", coll.Name(), err.Error())
		}
		if s.Name != "_id_" {
			have = append(have, s)
		}
	}
	return have, absent, store.Failure(coll.Name(), cursor.Err())
}

// namespaceNotFound is MongoDB's code for a collection that is not there.
const namespaceNotFound = 26

// listIndexes also tells builds that are under way from indexes that are there, which
// the driver's own list does not.
func listIndexes(ctx context.Context, coll *mongo.Collection) (*mongo.Cursor, error) {
	return coll.Database().RunCommandCursor(ctx, bson.D{{Key: "listIndexes", Value: coll.Name()}, {Key: "includeBuildUUIDs", Value: true}})
}

// readStored reads what listIndexes says of an index. One that is being built is
// within spec.
func readStored(doc bson.Raw) (s stored, err error) {
	if spec, ok := doc.Lookup("spec").DocumentOK(); ok {
		doc, s.building = spec, true
	}
	s.raw = doc
	return s, bson.Unmarshal(doc, &s)
}

// inspectAll compares a database's collections with the declared ones. One that
// cannot be read is Unreadable; the error is that nothing can be.
func inspectAll(ctx context.Context, db *mongo.Database, collections []store.Collection) ([]Finding, error) {
	var findings []Finding
	var absent []store.Collection
	for i := range collections {
		c := &collections[i]
		found, err := inspect(ctx, db, c)
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
	// None of them is there: only now is it worth asking for the database. MongoDB
	// has no database without a collection.
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil || len(names) > 0 {
		return findings, store.Failure(db.Name(), err)
	}
	return []Finding{{
		Problem: Absent, Detail: fmt.Sprintf("there is no database %q", db.Name()), Remedy: Create, absent: absent,
	}}, nil
}

// ends says that nothing else would be answered either.
func ends(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.Canceled)
}

// inspect compares a collection's indexes with the declared ones.
func inspect(ctx context.Context, db *mongo.Database, c *store.Collection) ([]Finding, error) {
	have, absent, err := list(ctx, db.Collection(c.Name))
	if err != nil {
		return nil, err
	}
	if absent {
		return []Finding{{
			Collection: c.Name, Problem: Absent, Detail: "it is not in database " + db.Name(), Remedy: Create, absent: []store.Collection{*c},
		}}, nil
	}
	return compare(c, have), nil
}

// compare says how the indexes that a collection has differ from those declared.
func compare(c *store.Collection, have []stored) []Finding {
	var findings []Finding
	found, extra := match(c.Indexes, have)
	for i := range c.Indexes {
		x := &c.Indexes[i]
		if found[i] == nil {
			findings = append(findings, missing(c, x, have))
			continue
		}
		if f, differs := differing(c, x, found[i]); differs {
			f.unrepeated = unrepeated(x, have)
			findings = append(findings, f)
		}
	}
	for _, s := range extra {
		findings = append(findings, Finding{
			Collection: c.Name, Index: s.Name, Problem: Extra, Detail: "not declared; on " + s.keys(), Remedy: Drop,
			existing: s.Name,
		})
	}
	return findings
}

// differing says in what s is not as x is declared, if in anything.
func differing(c *store.Collection, x *store.Index, s *stored) (f Finding, differs bool) {
	f = Finding{Collection: c.Name, Index: s.Name, collection: c}
	d := s.differences(x)
	switch {
	case s.building:
		f.Problem, f.Detail = Building, "the server is still making it; until it is through, it serves no query, and may yet be refused"
		if d != nil {
			f.note("it will differ: " + strings.Join(d, "; "))
		}
	case d != nil:
		f.Problem, f.Detail, f.Remedy, f.declared, f.existing, f.was = Different, strings.Join(d, "; "), Replace, x, s.Name, s.raw
		if s.differsInTTL(x, d) {
			f.Remedy = Change
		}
	case s.Hidden:
		f.Problem, f.Detail, f.Remedy, f.declared, f.existing = Hidden, "no query is planned with it", Change, x, s.Name
	default:
		return f, false
	}
	return f, true
}

// differsInTTL says that d, the differences from x, are no more than after how many
// seconds documents expire, which a server changes without building the index again.
func (s *stored) differsInTTL(x *store.Index, d []string) bool {
	return len(d) == 1 && x.Expires && !s.Expire.IsZero() && s.expiry() != declaredExpiry(x)
}

func missing(c *store.Collection, x *store.Index, have []stored) Finding {
	return Finding{
		Collection: c.Name, Index: x.Name, Problem: Missing, Detail: "declared on " + declaredKeys(x), Remedy: Build,
		collection: c, declared: x, unrepeated: unrepeated(x, have),
	}
}

// unrepeated says that a unique index which is there lets no document repeat the
// keys of x.
func unrepeated(x *store.Index, have []stored) bool {
	return slices.ContainsFunc(have, func(s stored) bool {
		return s.Unique && !s.Sparse && len(s.Partial) == 0 && !slices.ContainsFunc(s.Key, func(e bson.E) bool {
			return !slices.ContainsFunc(x.Keys, func(k store.Key) bool { return k.Path == e.Key })
		})
	})
}

// match finds each declared index among those that a collection has: by its name
// and, once all that have their name are found, by its keys. extra are those that
// no declared one is.
func match(declared []store.Index, have []stored) (found []*stored, extra []stored) {
	found, have = make([]*stored, len(declared)), slices.Clone(have)
	for _, same := range []func(*stored, *store.Index) bool{
		func(s *stored, x *store.Index) bool { return s.Name == x.Name },
		func(s *stored, x *store.Index) bool { return s.keys() == declaredKeys(x) },
	} {
		for i := range declared {
			at := slices.IndexFunc(have, func(s stored) bool { return same(&s, &declared[i]) })
			if found[i] == nil && at >= 0 {
				s := have[at]
				found[i], have = &s, slices.Delete(have, at, at+1)
			}
		}
	}
	return found, have
}
