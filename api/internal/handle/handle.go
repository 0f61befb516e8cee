// Package handle holds the two doors to a database. Only api/tenant makes a
// handle, only api/store and api/fleet open one, and Go keeps every package
// outside api/ from doing either; a test over the import graph holds the rest.
package handle

import "go.mongodb.org/mongo-driver/v2/mongo"

// Tenant stands for one tenant's database. Its zero value stands for none.
type Tenant struct{ db *mongo.Database }

// Admin stands for the admin database. Its zero value stands for none.
type Admin struct{ db *mongo.Database }

// NewTenant makes the handle of a tenant whose documents are in db.
func NewTenant(db *mongo.Database) Tenant { return Tenant{db: db} }

// NewAdmin makes the handle of the admin database.
func NewAdmin(db *mongo.Database) Admin { return Admin{db: db} }

// OpenTenant returns the database behind t, nil for the zero value.
func OpenTenant(t Tenant) *mongo.Database { return t.db }

// OpenAdmin returns the database behind a, nil for the zero value.
func OpenAdmin(a Admin) *mongo.Database { return a.db }
