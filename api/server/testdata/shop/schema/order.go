package schema

import "github.com/partywall/partywall/schema/def"

// Order is what a customer wants to have. Whoever may look at the shop may order;
// who sends orders may change them.
var Order = def.Collection{
	Name:   "orders",
	Entity: "Order",
	Doc:    "Order is what a customer wants to have.",
	Access: def.Access{Create: "read", Update: "ship", Delete: "write"},
	Fields: []def.Field{
		{Name: "product", Type: def.Ref("products"), Required: true, Immutable: true, Doc: "Product is what is ordered."},
		{Name: "state", Type: def.Enum("open", "shipped"), Default: "open", Doc: "State is how far it has come."},
		{Name: "shippedBy", Type: def.Ref("users"), Doc: "ShippedBy is who sent it."},
		{Name: "due", Type: def.Time, Doc: "Due is when it has to be there."},
		{Name: "discount", Type: def.Int, Default: 0, Min: 0, Max: 100, SetBy: []string{"owner"}, Doc: "Discount is in percent."},
		{Name: "address", Type: def.Object(Address), Doc: "Address is where it goes."},
		{Name: "labels", Type: def.Map(def.String), MaxLen: 3, Doc: "Labels are what people write on it."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"state"}, Doc: "Orders that wait."},
		{Keys: []string{"-due"}, Doc: "Orders that are late."},
	},
}

// Address is where an order goes. It stays in its country, where taxes were paid.
var Address = def.Struct{
	Name: "Address",
	Doc:  "Address is where an order goes.",
	Fields: []def.Field{
		{Name: "street", Type: def.String, MaxLen: 80, Doc: "Street is the street and the number."},
		{Name: "zip", Type: def.String, Pattern: "[0-9]{5}", Doc: "Zip is the place."},
		{Name: "country", Type: def.String, Immutable: true, Doc: "Country is its code."},
		{Name: "since", Type: def.Time, Immutable: true, Doc: "Since is when it was looked up."},
	},
}
