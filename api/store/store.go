// Package store is what generated repositories run on: operations on one named
// collection of one tenant's database, never on a database itself.
package store

import (
	"github.com/partywall/partywall/api/internal/handle"
)

type (
	// Tenant stands for the database of one tenant. Only the resolver makes one;
	// every operation on a zero Tenant is ErrNoTenant, before any I/O.
	Tenant = handle.Tenant
	// Admin stands for the admin database. Only the catalog makes one; every
	// operation on a zero Admin is ErrNoTenant, before any I/O.
	Admin = handle.Admin
)

// Runtime3 is named by generated code, so that it compiles only with a runtime
// that it was made for. A change after which code that was generated before does
// not compile, or does something else, gives this constant the next number, here
// and in tools/schemagen.
const Runtime3 = true
