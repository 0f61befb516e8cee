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
