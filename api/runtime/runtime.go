// Package runtime is what generated code calls, and nobody else: repositories, the
// reading of bodies, what a patch changes, and the paths of filters.
package runtime

import (
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// Runtime5 is named by generated code, so that it compiles only with a runtime
// that it was made for. A change after which code that was generated before does
// not compile, or does something else, gives this constant the next number, here
// and in tools/schemagen.
const Runtime5 = true

type (
	// Collection is a declared collection, and its own part of serving it.
	Collection = raw.Collection
	// Codec is what serving a collection over HTTP takes of its generated package.
	Codec = raw.Codec
	// ElementCodec is the part of a Codec for a list whose elements are resources of their own.
	ElementCodec = raw.ElementCodec
	// Documents are the documents of one collection in one database, as stored.
	Documents = raw.Documents
	// Changes are what a write does to the members of a stored document.
	Changes = raw.Changes
	// Selection is a query in terms of paths.
	Selection = raw.Selection
	// Input is a body to be read by a Codec.
	Input = raw.Input
)

// In returns the documents of c in the tenant's database.
func In(t store.Tenant, c *Collection) Documents { return raw.In(t, c) }

// InAdmin returns the documents of c in the admin database.
func InAdmin(a store.Admin, c *Collection) Documents { return raw.InAdmin(a, c) }

// Fingerprint identifies the indexes that collections declare for every tenant's
// database.
func Fingerprint(collections []Collection) string {
	return meta.Fingerprint(raw.Declarations(collections))
}
