package schema

import "github.com/partywall/partywall/schema/def"

// Lock is a right that one process holds at a time, and loses unless it renews it: to
// change a tenant's migration, or what a lease is about.
var Lock = def.Struct{
	Name: "Lock",
	Doc:  "Lock is the right of one process to do something alone, until it releases it or lets it run out.",
	Fields: []def.Field{
		{Name: "owner", Type: def.String, MaxLen: 200, Doc: "Owner names the process that holds it, empty for nobody."},
		{Name: "token", Type: def.Int, Doc: "Token counts the owners. A write of one who is no longer the last is refused."},
		{Name: "until", Type: def.Time, Doc: "Until is when it runs out, by the clock of the catalog's server."},
	},
}
