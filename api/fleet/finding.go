package fleet

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/store"
)

// Problem is what is wrong with an index of a tenant's, with a collection, or
// with the tenant itself.
type Problem string

// The problems.
const (
	// Missing indexes are declared and not there.
	Missing Problem = "missing"
	// Different indexes have a declared name or declared keys, and differ otherwise.
	Different Problem = "different"
	// Building indexes are declared, and the server is not through with them.
	Building Problem = "building"
	// Hidden indexes are as declared, and no query is planned with them.
	Hidden Problem = "hidden"
	// Extra indexes are there and not declared.
	Extra Problem = "extra"
	// Absent is a collection that is not there or, in a finding without one, all of
	// a tenant's database. The indexes it lacks are not named one by one.
	Absent Problem = "absent"
	// Unsupported indexes are more than the server can hold.
	Unsupported Problem = "unsupported"
	// Unreadable stands for a tenant, or a collection, that could not be looked at.
	Unreadable Problem = "unreadable"
	// Unknown stands for a name that a run was given and no tenant has.
	Unknown Problem = "unknown"
)

// Remedy is what EnsureIndexes does about a finding. There is none for what it
// can do nothing about.
type Remedy string

// The remedies.
const (
	// Create makes what is absent, with its indexes.
	Create Remedy = "create"
	// Build makes an index that is missing.
	Build Remedy = "build"
	// Replace drops an index and builds it as declared; only with prune.
	Replace Remedy = "replace"
	// Change alters an index that is there: it is no longer hidden, or documents expire
	// after other seconds.
	Change Remedy = "change"
	// Drop removes an index that is not declared; only with prune.
	Drop Remedy = "drop"
	// Refuse leaves everything as it is: documents stand against a unique index.
	Refuse Remedy = "refuse"
)

// Finding is one way in which a tenant's indexes are not what the schema says.
type Finding struct {
	Tenant     string  `json:"tenant,omitempty"`
	Collection string  `json:"collection,omitempty"`
	Index      string  `json:"index,omitempty"`
	Problem    Problem `json:"problem"`
	// Detail says what is there and what was declared.
	Detail string `json:"detail"`
	// Repeats are the documents that stand against a unique index.
	Repeats *Repeats `json:"repeats,omitempty"`
	Remedy  Remedy   `json:"remedy,omitempty"`
	// Done says that the finding was mended.
	Done bool `json:"done"`

	collection *store.Collection
	declared   *store.Index
	existing   string
	// was is the existing index as the server lists it.
	was bson.Raw
	// unrepeated says that no documents can stand against the index, because of
	// one that is there.
	unrepeated bool
	// created says that the index's collection was just made.
	created bool
	// absent are the collections that the finding stands for.
	absent []store.Collection
}

// String names the place, the problem and the difference in one line.
func (f Finding) String() string {
	var place []string
	for _, part := range []struct{ kind, name string }{{"tenant", f.Tenant}, {"collection", f.Collection}, {"index", f.Index}} {
		if part.name != "" {
			place = append(place, part.kind+" "+part.name)
		}
	}
	return fmt.Sprintf("%s is %s: %s", strings.Join(place, ", "), f.Problem, f.Detail)
}

// note adds to the detail.
func (f *Finding) note(text string) { f.Detail += "; " + text }

// lookForRepeats notes the documents that stand against the finding's index, if
// it is a unique one.
func (f *Finding) lookForRepeats(ctx context.Context, db *mongo.Database) error {
	if f.declared == nil || !f.declared.Unique || f.unrepeated {
		return nil
	}
	found, err := repeats(ctx, db.Collection(f.Collection), f.declared, lists(f.collection, f.declared))
	if found != nil {
		f.Repeats, f.Remedy = found, Refuse
		f.note(found.text())
	}
	return err
}
