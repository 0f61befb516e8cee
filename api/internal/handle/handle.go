// Package handle has the handles of databases. Only api/tenant creates one, only
// api/store and api/fleet open one, and Go keeps every package outside api/ from
// doing either; a test over the import graph enforces the rest.
package handle

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// Gate guards a deployment: each command of operations on a handle is sent between Enter and Leave.
type Gate interface {
	// Enter waits until it is the turn of whom the handle is for. The error is why the deployment cannot
	// be used now, or that of ctx.
	Enter(ctx context.Context) error
	// Leave ends what Enter began without an error.
	Leave()
}

// Tenant is the handle of one tenant's database. Its zero value has none.
type Tenant struct {
	db, lists *mongo.Database
	gate      Gate
	checks    *Checks
	births    *Births
}

// Admin is the handle of the admin database. Its zero value has none.
type Admin struct {
	db     *mongo.Database
	gate   Gate
	checks *Checks
}

// NewTenant returns the handle of a tenant whose documents are in db, guarded by
// gate, checked by checks and its collections made by births, each of which may be nil. Lists are read with
// db's settings, everything else with majority reads and writes.
func NewTenant(db *mongo.Database, gate Gate, checks *Checks, births *Births) Tenant {
	return Tenant{db: majority(db), lists: db, gate: gate, checks: checks, births: births}
}

// NewAdmin returns the handle of the admin database, guarded and checked like that of a
// tenant, with majority reads and writes.
func NewAdmin(db *mongo.Database, gate Gate, checks *Checks) Admin {
	return Admin{db: majority(db), gate: gate, checks: checks}
}

// majority returns db with majority reads from the primary and majority writes,
// whatever its client's settings are: writes are read back, and no election undoes
// them.
func majority(db *mongo.Database) *mongo.Database {
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

// TenantGate returns the Gate of t's deployment, nil if there is none.
func TenantGate(t Tenant) Gate { return t.gate }

// AdminGate returns the Gate of a's deployment, nil if there is none.
func AdminGate(a Admin) Gate { return a.gate }

// TenantBirths returns how t's collections are made, nil if nobody makes them before they are written to.
func TenantBirths(t Tenant) *Births { return t.births }

// TenantChecks returns the functions that t's documents are checked by, nil if there are none.
func TenantChecks(t Tenant) *Checks { return t.checks }

// AdminChecks returns the functions that a's documents are checked by, nil if there are none.
func AdminChecks(a Admin) *Checks { return a.checks }
