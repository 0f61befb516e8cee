// Package migrations are what Mongoose's data needs before it is read as declared.
package migrations

import "embed"

// Files are the migrations.
//
//go:embed *.json
var Files embed.FS
