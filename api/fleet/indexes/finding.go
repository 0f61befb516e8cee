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
	// Missing indexes are declared and do not exist.
	Missing Kind = "missing"
	// Different indexes have a declared name or declared keys, and differ otherwise.
	Different Kind = "different"
	// Building indexes are declared, and the server is still building them.
	Building Kind = "building"
	// Hidden indexes are as declared, but no query uses them.
	Hidden Kind = "hidden"
	// Renamed indexes are as declared, but have another name, which is no drift.
	Renamed Kind = "renamed"
	// Extra indexes exist and are not declared.
	Extra Kind = "extra"
	// Ignored indexes are not declared, and the schema says to leave them alone, which is
	// no drift.
	Ignored Kind = "ignored"
	// Absent is a collection that does not exist or, in a finding without one, a whole
	// database. Its indexes are not named one by one.
	Absent Kind = "absent"
	// Unsupported indexes have options that the server does not know.
	Unsupported Kind = "unsupported"
	// Unreadable stands for a tenant, or a collection, that could not be inspected.
	Unreadable Kind = "unreadable"
	// Unknown stands for a given name that no tenant has.
	Unknown Kind = "unknown"
)

// Remedy is what EnsureIndexes does about a finding. It is empty if there is nothing
// to be done.
type Remedy string

// The remedies.
const (
	// Create creates an absent collection, with its indexes.
	Create Remedy = "create"
	// Build builds a missing index.
	Build Remedy = "build"
	// Change changes an existing index: it is no longer hidden, documents expire after
	// another time, or may repeat keys again.
	Change Remedy = "change"
	// Convert makes an index unique; only with prune, unless an earlier run began to.
	Convert Remedy = "convert"
	// Replace builds an index as declared beside the existing one, and then drops that
	// one; only with prune.
	Replace Remedy = "replace"
	// Rebuild drops an index, and then builds it as declared; only with prune.
	Rebuild Remedy = "rebuild"
	// Drop removes an index that is not declared; only with prune.
	Drop Remedy = "drop"
	// Refuse leaves everything as it is: documents violate a unique index.
	Refuse Remedy = "refuse"
)

// Finding is one difference between a tenant's indexes and the schema.
type Finding struct {
	Tenant     string `json:"tenant,omitempty"`
	Collection string `json:"collection,omitempty"`
	Index      string `json:"index,omitempty"`
	Problem    Kind   `json:"problem"`
	// Detail describes what exists and what is declared.
	Detail string `json:"detail"`
	// Repeats are the documents that violate a unique index.
	Repeats *Repeats `json:"repeats,omitempty"`
	Remedy  Remedy   `json:"remedy,omitempty"`
	// Done reports whether the finding was mended.
	Done bool `json:"done"`

	collection *meta.Collection
	Declared   *meta.Index `json:"-"`
	// there is the existing index, and name the name under which the declared one is
	// built.
	there *stored
	name  string
	// unrepeated reports whether no documents can violate the index, because of an
	// existing one.
	unrepeated bool
	// looked reports whether documents that violate the index were looked for.
	looked bool
	// created reports whether the index's collection was just created.
	created bool
	// absent are the collections that the finding stands for.
	absent []meta.Collection
}

// TakesPrune reports whether the remedy replaces or drops an existing index. It takes no
// prune to finish what an earlier run began.
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

// Note adds a note to the detail.
func (f *Finding) Note(text string) { f.Detail += "; " + text }

// IsOpen reports whether the finding is drift and was not mended.
func (f *Finding) IsOpen() bool { return !f.Done && f.Problem != Renamed && f.Problem != Ignored }

// Lacks reports whether something declared does not exist, or is different.
func (f *Finding) Lacks() bool { return f.IsOpen() && f.Problem != Extra }

// FindDuplicates notes the documents that violate the finding's index, if it is a
// unique one.
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
