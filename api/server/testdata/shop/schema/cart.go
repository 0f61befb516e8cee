package schema

import "github.com/partywall/partywall/schema/def"

// Cart is what a customer is about to order.
var Cart = def.Collection{
	Name:   "carts",
	Entity: "Cart",
	Doc:    "Cart is what a customer is about to order.",
	Fields: []def.Field{
		{Name: "customer", Type: def.String, MaxLen: 40, Doc: "Customer is whose it is."},
		{Name: "items", Type: def.List(def.Object(Item)), Doc: "Items are what is in it."},
		{Name: "gifts", Stored: "presents", Type: def.List(def.Object(Item)), MinLen: 1, MaxLen: 2, SetBy: []string{"owner"}, Doc: "Gifts come with it."},
		{Name: "visits", Type: def.List(def.Object(Visit)), ReadOnly: true, Doc: "Visits are when it was looked at."},
		{Name: "remarks", Type: def.List(def.Object(Remark)), Doc: "Remarks are by the customer."},
		{Name: "coupons", Type: def.Map(def.List(def.Object(Remark))), Doc: "Coupons are by shop."},
		{Name: "drawer", Type: def.List(def.Object(Visit)), WriteOnly: true, Doc: "Drawer is never looked at."},
	},
	Timestamps: true,
	Indexes:    []def.Index{{Keys: []string{"items.product"}, Doc: "Carts with a product."}},
}

// Item is something in a cart.
var Item = def.Struct{
	Name: "Item",
	Doc:  "Item is something in a cart.",
	ID:   true,
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, MaxLen: 20, Trim: true, Doc: "Name is what it is called."},
		{Name: "quantity", Type: def.Int, Default: 1, Min: 1, Doc: "Quantity is how many there are."},
		{Name: "product", Type: def.Ref("products"), Doc: "Product is what it is."},
		{Name: "sku", Type: def.String, Immutable: true, Doc: "Sku is what it was ordered by."},
		{Name: "wrap", Type: def.Object(Wrap), Doc: "Wrap is how it is wrapped."},
		{Name: "remarks", Type: def.List(def.Object(Remark)), Doc: "Remarks are by the customer."},
		{Name: "parts", Type: def.List(def.Object(Visit)), Doc: "Parts are what it consists of."},
		{Name: "extra", Type: def.Any, Doc: "Extra is whatever else is said of it."},
	},
}

// Wrap is how something is wrapped.
var Wrap = def.Struct{
	Name: "Wrap",
	Doc:  "Wrap is how something is wrapped.",
	Fields: []def.Field{
		{Name: "paper", Type: def.String, Doc: "Paper is its color."},
		{Name: "bows", Type: def.Int, Min: 0, Doc: "Bows are how many there are."},
	},
}

// Visit is when somebody looked at a cart.
var Visit = def.Struct{
	Name:   "Visit",
	Doc:    "Visit is when somebody looked at a cart.",
	ID:     true,
	Fields: []def.Field{{Name: "note", Type: def.String, Doc: "Note is what they said."}},
}

// Remark is what somebody wrote.
var Remark = def.Struct{
	Name:   "Remark",
	Doc:    "Remark is what somebody wrote.",
	Fields: []def.Field{{Name: "text", Type: def.String, Default: "", Doc: "Text is what it says."}},
}
