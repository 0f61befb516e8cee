package schema

import "github.com/partywall/partywall/schema/def"

// Permission is what a request for a collection can need (def.Access).
var Permission = def.NamedEnum("Permission", "write", "read", "delete")
