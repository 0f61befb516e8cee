package schema

import "github.com/partywall/partywall/schema/def"

// Product is what the shop sells.
var Product = def.Collection{
	Name:   "products",
	Entity: "Product",
	Doc:    "Product is something that the shop sells.",
	Fields: []def.Field{
		{Name: "sku", Type: def.String, Required: true, MaxLen: 40, Doc: "Sku is what the product is ordered by."},
		{Name: "price", Type: def.Int, Required: true, Min: 0, Doc: "Price is what one costs, in cents."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"sku"}, Unique: true, Doc: "Orders look products up."},
	},
}
