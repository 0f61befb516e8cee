package schema

import "github.com/partywall/partywall/schema/def"

// Lease is the right to do in the fleet what one process at a time may.
var Lease = def.Collection{
	Name:   "leases",
	Entity: "Lease",
	Doc:    "Lease is the right to do in the fleet what one process at a time may, such as to migrate tenants.",
	Scope:  def.Admin,
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Immutable: true, MaxLen: 100, Doc: "Name says what it is the right to do."},
		{Name: "lock", Type: def.Object(Lock), Doc: "Lock says who holds it."},
		{Name: "task", Type: def.String, MaxLen: 200, Doc: "Task says what its owner does under it."},
		{Name: "since", Type: def.Time, Doc: "Since is when its owner took it, by the clock of the catalog's server."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"name"}, Unique: true, Doc: "There is one lease of a kind."},
	},
}
