package schema

import "github.com/partywall/partywall/schema/def"

// Coupon takes something off. Its code is its _id.
var Coupon = def.Collection{
	Name:   "coupons",
	Entity: "Coupon",
	Doc:    "Coupon takes something off what a cart costs.",
	ID:     def.String,
	Fields: []def.Field{
		{Name: "discount", Type: def.Decimal, Required: true, Min: "0", Doc: "Discount is how much it takes off."},
		{Name: "expires", Type: def.Time, Doc: "Expires is when it is removed; one without stays."},
	},
	Indexes: []def.Index{
		{Keys: []string{"expires"}, TTL: 0, Doc: "Coupons end by themselves."},
	},
}
