package schema

import "github.com/partywall/partywall/schema/def"

// Rate is a tax.
var Rate = def.Collection{
	Name:   "rates",
	Entity: "Rate",
	Doc:    "Rate is a tax.",
	Fields: []def.Field{
		{Name: "percent", Type: def.Decimal, Required: true, Doc: "Percent is how much of the price it is."},
	},
	Indexes: []def.Index{
		{Keys: []string{"percent"}, Doc: "The lowest first."},
	},
}
