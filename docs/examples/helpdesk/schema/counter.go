package schema

import "github.com/partywall/partywall/schema/def"

// Counter counts the tickets. It is no route: code alone counts.
var Counter = def.Collection{
	Name:    "counters",
	Entity:  "Counter",
	Doc:     "Counter is the last number that something was given.",
	ID:      def.String,
	Private: true,
	Fields: []def.Field{
		{Name: "next", Type: def.Int, Default: 0, Doc: "Next is the last number, as its name is in Mongoose."},
	},
}
