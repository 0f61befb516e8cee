package schema

import "github.com/partywall/partywall/schema/def"

// Stock counts what is on a shelf. The shelf's number is its _id.
var Stock = def.Collection{
	Name:   "stocks",
	Entity: "Stock",
	Doc:    "Stock is how much of a product is on a shelf.",
	ID:     def.Int,
	Fields: []def.Field{
		{Name: "product", Type: def.Ref("products"), Required: true, Doc: "Product is what is there."},
		{Name: "count", Type: def.Int, Default: 0, Min: 0, Doc: "Count is how many there are."},
	},
	Indexes: []def.Index{
		{Keys: []string{"product", "-count"}, Doc: "Where a product is, the fullest shelf first."},
	},
}
