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
	note("collation", len(s.Collation) > 0, false)
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
