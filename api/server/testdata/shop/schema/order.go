package schema

import "github.com/partywall/partywall/schema/def"

// Order is what a customer wants to have.
var Order = def.Collection{
	Name:   "orders",
	Entity: "Order",
	Doc:    "Order is what a customer wants to have.",
	Fields: []def.Field{
		{Name: "product", Type: def.Ref("products"), Required: true, Immutable: true, Doc: "Product is what is ordered."},
		{Name: "state", Type: def.Enum("open", "shipped"), Default: "open", Doc: "State is how far it has come."},
		{Name: "shippedBy", Type: def.Ref("users"), Doc: "ShippedBy is who sent it."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"state"}, Doc: "Orders that wait."},
	},
}
