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
	// Unsupported indexes are more than the server can hold.
	Unsupported Problem = "unsupported"
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
	Name      string        `bson:"name"`
	Key       bson.D        `bson:"key"`
	Unique    bool          `bson:"unique"`
	Sparse    bool          `bson:"sparse"`
	Expire    bson.RawValue `bson:"expireAfterSeconds"`
	Partial   bson.Raw      `bson:"partialFilterExpression"`
	Collation bson.Raw      `bson:"collation"`

	raw bson.Raw
}

// undeclared are options that make another index of one, and that no schema
// declares. What else servers list, such as v, hidden and background, does not.
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
			d = append(d, fmt.Sprintf("%s is %v, declared %v", what, is, declared))
		}
	}
	note("name", s.Name, x.Name)
	note("keys", s.keys(), declaredKeys(x))
	note("unique", s.Unique, x.Unique)
	note("sparse", s.Sparse, x.Sparse)
	note(optionTTL, s.expiry(), declaredExpiry(x))
	note(optionPartial, storedExpression(s.Partial), declaredExpression(x.Partial))
	note("collation", s.collation(), none)
	for _, option := range undeclared {
		if v := s.raw.Lookup(option); !v.IsZero() {
			note(option, v.String(), none)
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
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	var all []stored
	for cursor.Next(ctx) {
		s := stored{raw: slices.Clone(cursor.Current)}
		if err := bson.Unmarshal(s.raw, &s); err != nil {
			return nil, fmt.Errorf("%s: an index as the server lists it: %s", coll.Name(), err.Error())
		}
		if s.Name != "_id_" {
			all = append(all, s)
		}
	}
	return all, store.Failure(coll.Name(), cursor.Err())
}

// inspect compares a collection's indexes with the declared ones.
func inspect(ctx context.Context, db *mongo.Database, c *store.Collection) ([]Finding, error) {
	have, err := list(ctx, db.Collection(c.Name))
	if err != nil {
		return nil, err
	}
	var findings []Finding
	found, extra := match(c.Indexes, have)
	for i := range c.Indexes {
		x := &c.Indexes[i]
		if found[i] == nil {
			findings = append(findings, Finding{
				Collection: c.Name, Index: x.Name, Problem: Missing, Detail: "declared on " + declaredKeys(x), declared: x,
			})
			continue
		}
		if d := found[i].differences(x); d != nil {
			findings = append(findings, Finding{
				Collection: c.Name, Index: found[i].Name, Problem: Different, Detail: strings.Join(d, "; "),
				declared: x, existing: found[i].Name,
			})
		}
	}
	for _, s := range extra {
		findings = append(findings, Finding{
			Collection: c.Name, Index: s.Name, Problem: Extra, Detail: "not declared; on " + s.keys(), existing: s.Name,
		})
	}
	return findings, nil
}

// match finds each declared index among those that a collection has: by its name
// and, once all that have their name are found, by its keys. extra are those that
// no declared one is.
func match(declared []store.Index, have []stored) (found []*stored, extra []stored) {
	found = make([]*stored, len(declared))
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
