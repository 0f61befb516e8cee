// Package tenant knows which tenants there are and where their databases are. It
// is the only package that makes handles: whoever holds a store.Tenant got it
// here, for a tenant that exists.
package tenant

import (
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

var (
	// ErrUnknown says that no tenant has that name or id, or that its entry cannot
	// be trusted.
	ErrUnknown = errors.New("unknown tenant")
	// ErrSuspended says that the tenant exists and is not served.
	ErrSuspended = errors.New("the tenant is suspended")
	// ErrCluster says that no deployment has that name.
	ErrCluster = errors.New("unknown cluster")
	// ErrExists says that a tenant of that name is there already.
	ErrExists = errors.New("there is a tenant of that name")
)

// Tenant is an entry of the catalog that was checked, and its database.
type Tenant struct {
	// ID never changes; Name may.
	ID   bson.ObjectID
	Name string
	// Cluster and Database say where the documents are.
	Cluster, Database string
	State             tenants.StateEnum
	// Steps are the provisioning steps that are done.
	Steps []tenants.StepsEnum
	// Migration says which data changes the database has seen.
	Migration tenants.Migration
	// Lock says who may change Migration and Fingerprint now.
	Lock tenants.Lock
	// Fingerprint is that of the indexes which the database was brought to last.
	Fingerprint string
	// Kept are those that it was brought to before and has the indexes of as well.
	Kept []string

	handle store.Tenant
}

// Handle is the door to the tenant's database.
func (t *Tenant) Handle() store.Tenant { return t.handle }

// View is a tenant as operators see it.
type View struct {
	ID       string `json:"_id"`
	Name     string `json:"name"`
	State    string `json:"state"`
	Cluster  string `json:"cluster"`
	Database string `json:"database"`
}

// View is what operators see of t.
func (t *Tenant) View() View {
	return View{t.ID.Hex(), t.Name, string(t.State), t.Cluster, t.Database}
}
