// Package tenant is the catalog of tenants and of where their databases are. It is
// the only package that creates handles: whoever holds a store.Tenant got it here,
// for a tenant that exists.
package tenant

import (
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

var (
	// ErrUnknown is returned if no tenant has that name or id, or if its entry
	// cannot be trusted.
	ErrUnknown = errors.New("unknown tenant")
	// ErrSuspended is returned if the tenant exists and is suspended.
	ErrSuspended = errors.New("the tenant is suspended")
	// ErrCluster is returned if there is no cluster of that name.
	ErrCluster = errors.New("unknown cluster")
	// ErrExists is returned if there already is a tenant of that name.
	ErrExists = errors.New("there already is a tenant of that name")
)

// Entry is a tenant's entry in the catalog, checked, with its database.
type Entry struct {
	// ID never changes; Name may.
	ID   bson.ObjectID
	Name string
	// Cluster and Database locate its documents.
	Cluster, Database string
	State             tenants.StateValue
	// Steps are the completed provisioning steps.
	Steps []tenants.StepsValue
	// Migration is the state of the tenant's data migrations.
	Migration tenants.MigrationState
	// Lock is the current right to change Migration and Fingerprint.
	Lock tenants.Lock
	// Share is what the tenant may take of what all tenants share.
	Share tenants.Share
	Indexes

	handle store.Tenant
}

// Indexes are the collections and indexes of a tenant's database, as far as its entry knows.
type Indexes struct {
	// Fingerprint identifies the indexes that were ensured last, in the collections that were there.
	Fingerprint string
	// Kept are the fingerprints ensured before whose indexes still exist.
	Kept []string
	// Collections are the names of those that are there. Others may be, too: another process makes them with
	// its first write. It is nil if nothing is known, as in entries that older deployments left.
	Collections []string
	// Declarations are what the Collections have of what was ever declared of them.
	Declarations []string
}

// IndexesOf returns what a stored entry knows of its database.
func IndexesOf(entry *tenants.Tenant) Indexes {
	return Indexes{entry.Fingerprint, entry.Kept, entry.Collections, entry.Declarations}
}

// Handle returns the handle of the tenant's database.
func (t *Entry) Handle() store.Tenant { return t.handle }

// View is a tenant as shown to operators.
type View struct {
	ID       string `json:"_id"`
	Name     string `json:"name"`
	State    string `json:"state"`
	Cluster  string `json:"cluster"`
	Database string `json:"database"`
	// Collections are those that the database has, as far as its entry knows: null if nothing is known.
	Collections []string `json:"collections"`
}

// View returns t as shown to operators.
func (t *Entry) View() View {
	return View{t.ID.Hex(), t.Name, string(t.State), t.Cluster, t.Database, t.Collections}
}
