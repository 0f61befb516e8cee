package schema

import "github.com/partywall/partywall/schema/def"

// Cart is what a person is about to buy. Each item has an _id, as Mongoose gave it one.
var Cart = def.Collection{
	Name:   "carts",
	Entity: "Cart",
	Doc:    "Cart is what a person is about to buy.",
	Fields: []def.Field{
		{Name: "products", Type: def.List(def.Object(Item)), Default: []any{}, MaxLen: 200, Each: def.Rules{Check: "sums"}, Doc: "Products are what is in it."},
		{Name: "user", Type: def.Ref("users"), Default: def.Caller, Immutable: true, Doc: "User is whose it is."},
	},
	Timestamps: true,
	CreatedAt:  "created",
	UpdatedAt:  "updated",
	Indexes: []def.Index{
		{Keys: []string{"user", "-created"}, Doc: "Somebody's carts, the newest first."},
		{Keys: []string{"products.product"}, Doc: "Carts that a product is in."},
	},
}

// Item is a product in a cart.
var Item = def.Struct{
	Name: "Item",
	Doc:  "Item is a product in a cart.",
	ID:   true,
	Fields: []def.Field{
		{Name: "product", Type: def.Ref("products"), Required: true, Doc: "Product is what it is."},
		{Name: "quantity", Type: def.Int, Default: 1, Min: 1, Doc: "Quantity is how many there are."},
		{Name: "purchasePrice", Type: def.Decimal, Default: "0", Min: "0", Doc: "PurchasePrice is what one cost when it was put in."},
		{Name: "totalPrice", Type: def.Decimal, Default: "0", Min: "0", Doc: "TotalPrice is what all of them cost."},
		{Name: "priceWithTax", Type: def.Decimal, Default: "0", Min: "0", Doc: "PriceWithTax is what is to be paid for them."},
		{Name: "status", Type: def.Enum("Not processed", "Processing", "Shipped", "Delivered", "Cancelled"), Default: "Not processed", Doc: "Status is how far it has come."},
	},
}
