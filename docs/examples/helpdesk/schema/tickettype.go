package schema

import "github.com/partywall/partywall/schema/def"

// TicketType says what a ticket is about. Mongoose lower-cased the model's name for the
// collection.
var TicketType = def.Collection{
	Name:   "types",
	Stored: "tickettypes",
	Entity: "TicketType",
	Doc:    "TicketType says what a ticket is about.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Trim: true, MaxLen: 100, Doc: "Name is what the type is called."},
		{Name: "priorities", Type: def.List(def.Ref("priorities")), Default: []string{}, MaxLen: 50, Doc: "Priorities are those its tickets may have."},
	},
	Indexes: []def.Index{
		{Keys: []string{"name"}, Unique: true, Doc: "Types by what they are called."},
	},
}
