// Package partywall is a MongoDB API for many tenants, generated from a schema:
// a database for each tenant, one connection pool for all.
package partywall

//go:generate go run ./tools/schemagen
