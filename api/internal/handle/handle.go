// Package handle holds the two doors to a database. Only api/tenant makes a
// handle, only api/store and api/fleet open one, and Go keeps every package
// outside api/ from doing either; a test over the import graph holds the rest.
package handle

import "go.mongodb.org/mongo-driver/v2/mongo"

// Gate stands before a deployment: an operation on a handle passes it first.
type Gate interface {
	// Pass says why the deployment cannot be asked now.
	Pass() error
}

// Tenant stands for one tenant's database. Its zero value stands for none.
type Tenant struct {
	db   *mongo.Database
	gate Gate
}

// Admin stands for the admin database. Its zero value stands for none.
type Admin struct {
	db   *mongo.Database
	gate Gate
}

// NewTenant makes the handle of a tenant whose documents are in db, behind gate if
// there is one.
func NewTenant(db *mongo.Database, gate Gate) Tenant { return Tenant{db: db, gate: gate} }

// NewAdmin makes the handle of the admin database, behind gate if there is one.
func NewAdmin(db *mongo.Database, gate Gate) Admin { return Admin{db: db, gate: gate} }

// OpenTenant returns the database behind t, nil for the zero value.
func OpenTenant(t Tenant) *mongo.Database { return t.db }

// OpenAdmin returns the database behind a, nil for the zero value.
func OpenAdmin(a Admin) *mongo.Database { return a.db }

// TenantGate is what stands before t's deployment, nil without anything.
func TenantGate(t Tenant) Gate { return t.gate }

// AdminGate is what stands before a's deployment, nil without anything.
func AdminGate(a Admin) Gate { return a.gate }
