package schema

import "github.com/partywall/partywall/schema/def"

// Priority says how soon a ticket is to be closed.
var Priority = def.Collection{
	Name:   "priorities",
	Entity: "Priority",
	Doc:    "Priority says how soon a ticket is to be closed.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Trim: true, MaxLen: 40, Doc: "Name is what the priority is called."},
		{Name: "overdueIn", Type: def.Int, Default: 2880, Min: 1, Doc: "OverdueIn is how many minutes a ticket has."},
		{Name: "htmlColor", Type: def.String, Default: "#29b955", Check: "color", Doc: "HTMLColor is what it is shown in."},
		{Name: "migrationNum", Type: def.Int, ReadOnly: true, Doc: "MigrationNum is what it was before it had a name."},
		{Name: "default", Type: def.Bool, ReadOnly: true, Doc: "Default says that the help desk came with it."},
	},
	Indexes: []def.Index{
		{Keys: []string{"name"}, Unique: true, Doc: "Priorities by what they are called."},
		{Keys: []string{"migrationNum"}, Unique: true, Sparse: true, Doc: "Priorities by what they were."},
	},
}
