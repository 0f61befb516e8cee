package schema

import "github.com/partywall/partywall/schema/def"

// Order is a cart that was paid.
var Order = def.Collection{
	Name:   "orders",
	Entity: "Order",
	Doc:    "Order is a cart that was paid.",
	Fields: []def.Field{
		{Name: "cart", Type: def.Ref("carts"), Required: true, Immutable: true, Doc: "Cart is what was bought."},
		{Name: "user", Type: def.Ref("users"), Default: def.Caller, Immutable: true, Doc: "User is who bought it."},
		{Name: "total", Type: def.Decimal, Default: "0", Min: "0", Doc: "Total is what was paid."},
	},
	Timestamps: true,
	CreatedAt:  "created",
	UpdatedAt:  "updated",
	Indexes: []def.Index{
		{Keys: []string{"cart"}, Unique: true, Doc: "A cart is bought once."},
		{Keys: []string{"user", "-created"}, Doc: "What somebody bought, the newest first."},
	},
}
