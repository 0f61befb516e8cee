// Package store has the types that programs use to work with documents: handles of tenants,
// filters and queries, pages, changes of members, conditions on writes, secrets, and the
// errors of repositories. Generated packages have the repositories.
package store

import (
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/wire"
)

type (
	// Tenant stands for the database of one tenant. Only the resolver makes one;
	// every operation on a zero Tenant is ErrNoTenant, before any I/O.
	Tenant = handle.Tenant
	// Admin stands for the admin database. Only the catalog makes one; every
	// operation on a zero Admin is ErrNoTenant, before any I/O.
	Admin = handle.Admin
	// UUID is the Go type of a def.UUID.
	UUID = wire.UUID
	// Optional is a value that may be missing: the Go type of a field that is neither Required
	// nor has a Default. The zero Optional is missing; Get returns the value, Or one to use
	// in its place.
	Optional[T any] = wire.Optional[T]
)

// Some returns the Optional that has the value v, be it the zero value of T.
func Some[T any](v T) Optional[T] { return wire.Some(v) }

// NewUUID returns a random UUID (version 4 of RFC 9562).
func NewUUID() UUID { return wire.NewUUID() }

// ParseUUID reads a UUID's text, such as 123e4567-e89b-42d3-a456-426614174000. The error
// says how UUIDs are written.
func ParseUUID(text string) (UUID, error) { return wire.ParseUUID(text) }
