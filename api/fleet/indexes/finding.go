// Package indexes compares the indexes of one tenant's database with what is declared, and
// builds what is missing.
package indexes

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
)

// Kind is the kind of a finding: what is wrong with an index, a collection, or
// with the tenant itself.
type Kind string

// The problems.
const (
	// Missing indexes are declared and not there.
	Missing Kind = "missing"
	// Different indexes have a declared name or declared keys, and differ otherwise.
	Different Kind = "different"
	// Building indexes are declared, and the server is not through with them.
	Building Kind = "building"
	// Hidden indexes are as declared, and no query is planned with them.
	Hidden Kind = "hidden"
	// Renamed indexes are as declared, under another name. That is no drift.
	Renamed Kind = "renamed"
	// Extra indexes are there and not declared.
	Extra Kind = "extra"
	// Absent is a collection that is not there or, in a finding without one, all of
	// a tenant's database. The indexes it lacks are not named one by one.
	Absent Kind = "absent"
	// Unsupported indexes are more than the server can hold.
	Unsupported Kind = "unsupported"
	// Unreadable stands for a tenant, or a collection, that could not be looked at.
	Unreadable Kind = "unreadable"
	// Unknown stands for a name that a run was given and no tenant has.
	Unknown Kind = "unknown"
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
	// Change alters an index that is there: it is no longer hidden, documents expire
	// after other seconds, or may repeat keys again.
	Change Remedy = "change"
	// Convert makes an index unique; only with prune, unless an earlier run began to.
	Convert Remedy = "convert"
	// Replace builds an index as declared beside the one that is there, and drops that
	// one then; only with prune.
	Replace Remedy = "replace"
	// Rebuild drops an index first, and builds it as declared then; only with prune.
	Rebuild Remedy = "rebuild"
	// Drop removes an index that is not declared; only with prune.
	Drop Remedy = "drop"
	// Refuse leaves everything as it is: documents stand against a unique index.
	Refuse Remedy = "refuse"
)

// Finding is one way in which a tenant's indexes are not what the schema says.
type Finding struct {
	Tenant     string `json:"tenant,omitempty"`
	Collection string `json:"collection,omitempty"`
	Index      string `json:"index,omitempty"`
	Problem    Kind   `json:"problem"`
	// Detail says what is there and what was declared.
	Detail string `json:"detail"`
	// Repeats are the documents that stand against a unique index.
	Repeats *Repeats `json:"repeats,omitempty"`
	Remedy  Remedy   `json:"remedy,omitempty"`
	// Done says that the finding was mended.
	Done bool `json:"done"`

	collection *meta.Collection
	Declared   *meta.Index `json:"-"`
	// there is the index that is there, and name what the declared one is called where
	// it is built.
	there *stored
	name  string
	// unrepeated says that no documents can stand against the index, because of
	// one that is there.
	unrepeated bool
	// looked says that documents that stand against the index were looked for.
	looked bool
	// created says that the index's collection was just made.
	created bool
	// absent are the collections that the finding stands for.
	absent []meta.Collection
}

// TakesPrune says that the remedy changes an index that is there to another, or takes
// it away. To end what an earlier run began takes no prune.
func (f *Finding) TakesPrune() bool {
	switch f.Remedy {
	case Replace, Rebuild, Drop:
		return true
	case Convert:
		return f.there == nil || !f.there.has(meta.Prepared)
	}
	return false
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

// Note adds to the detail.
func (f *Finding) Note(text string) { f.Detail += "; " + text }

// IsOpen reports whether the finding is drift, and was not mended.
func (f *Finding) IsOpen() bool { return !f.Done && f.Problem != Renamed }

// Lacks reports whether something declared is not there, or not as declared.
func (f *Finding) Lacks() bool { return f.IsOpen() && f.Problem != Extra }

// FindDuplicates notes the documents that stand against the finding's index, if
// it is a unique one.
func (f *Finding) FindDuplicates(ctx context.Context, db *mongo.Database) error {
	if f.Declared == nil || !f.Declared.Unique || f.unrepeated || f.looked {
		return nil
	}
	found, err := repeats(ctx, db.Collection(f.Collection), f.Declared, lists(f.collection, f.Declared))
	f.looked = err == nil
	if found != nil {
		f.Repeats, f.Remedy = found, Refuse
		f.Note(found.text())
	}
	return err
}
