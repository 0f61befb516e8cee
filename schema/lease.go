package schema

import "github.com/partywall/partywall/schema/def"

// Lease is the right to do in the fleet what one process at a time may.
var Lease = def.Collection{
	Name:   "leases",
	Entity: "Lease",
	Doc:    "Lease is the right to do something that one process at a time may do in the fleet, such as to migrate tenants.",
	Scope:  def.Admin,
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Immutable: true, MaxLen: 100, Doc: "Name is what the lease is for."},
		{Name: "lock", Type: def.Object(Lock), Default: def.FieldDefaults, Doc: "Lock is the current holder's."},
		{Name: "task", Type: def.String, Default: "", MaxLen: 200, Doc: "Task describes what its holder does."},
		{Name: "since", Type: def.Time, Doc: "Since is when its holder acquired it, by the clock of the catalog's server."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"name"}, Unique: true, Doc: "There is one lease for each purpose."},
	},
}
