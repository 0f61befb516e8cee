// Package migrations are the changes of the shop's data, in their order.
package migrations

import "embed"

// Files are the migrations.
//
//go:embed *.json
var Files embed.FS
