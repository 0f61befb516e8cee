// Package handle holds the two doors to a database. Only api/tenant makes a
// handle, only api/store and api/fleet open one, and Go keeps every package
// outside api/ from doing either; a test over the import graph holds the rest.
package handle

import (
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// Gate stands before a deployment: an operation on a handle passes it first.
type Gate interface {
	// Pass says why the deployment cannot be asked now.
	Pass() error
}

// Tenant stands for one tenant's database. Its zero value stands for none.
type Tenant struct {
	db, lists *mongo.Database
	gate      Gate
}

// Admin stands for the admin database. Its zero value stands for none.
type Admin struct {
	db   *mongo.Database
	gate Gate
}

// NewTenant makes the handle of a tenant whose documents are in db, behind gate if
// there is one. Lists are read as db reads; all else is certain.
func NewTenant(db *mongo.Database, gate Gate) Tenant {
	return Tenant{db: certain(db), lists: db, gate: gate}
}

// NewAdmin makes the handle of the admin database, behind gate if there is one. It is
// certain in all that it says.
func NewAdmin(db *mongo.Database, gate Gate) Admin { return Admin{db: certain(db), gate: gate} }

// certain is db with reads from the primary of what a majority holds, and writes that
// a majority confirms, whatever its client was told: what was written is read, and no
// election takes it back.
func certain(db *mongo.Database) *mongo.Database {
	return db.Client().Database(db.Name(), options.Database(). //nolint:forbidigo // the same one, that says more
									SetReadPreference(readpref.Primary()).
									SetReadConcern(readconcern.Majority()).
									SetWriteConcern(writeconcern.Majority()))
}

// OpenTenant returns the database behind t, nil for the zero value.
func OpenTenant(t Tenant) *mongo.Database { return t.db }

// OpenLists returns the database behind t to read lists from, nil for the zero value.
func OpenLists(t Tenant) *mongo.Database { return t.lists }

// OpenAdmin returns the database behind a, nil for the zero value.
func OpenAdmin(a Admin) *mongo.Database { return a.db }

// TenantGate is what stands before t's deployment, nil without anything.
func TenantGate(t Tenant) Gate { return t.gate }

// AdminGate is what stands before a's deployment, nil without anything.
func AdminGate(a Admin) Gate { return a.gate }
