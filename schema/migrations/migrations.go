// Package migrations are the changes of tenants' data, in their order. See
// docs/migrations.md.
package migrations

import "embed"

// Files are the migrations.
//
//go:embed *.json
var Files embed.FS
