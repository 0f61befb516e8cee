package schema

import "github.com/partywall/partywall/schema/def"

// Lock is a right that one process holds at a time, and loses unless it renews it: to
// change a tenant's migration, or what a lease is about.
var Lock = def.Struct{
	Name: "Lock",
	Doc:  "Lock is the right of one process to do something alone, until it is released or expires.",
	Fields: []def.Field{
		{Name: "owner", Type: def.String, Default: "", MaxLen: 200, Doc: "Owner names the process that holds it, empty if none does."},
		{Name: "token", Type: def.Int, Default: 0, Doc: "Token numbers the owners, for fencing: writes of any but the last are refused."},
		{Name: "until", Type: def.Time, Doc: "Until is when it expires, by the clock of the catalog's server."},
	},
}
