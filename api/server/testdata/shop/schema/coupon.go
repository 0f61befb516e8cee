package schema

import (
	"time"

	"github.com/partywall/partywall/schema/def"
)

// Coupon takes something off a price. One that was deleted by mistake can be restored for a month.
var Coupon = def.Collection{
	Name:   "coupons",
	Entity: "Coupon",
	Doc:    "Coupon takes something off a price.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Doc: "Name is what a customer types."},
		{Name: "number", Type: def.Int, Doc: "Number is what is printed on it."},
		{Name: "percent", Type: def.Int, Default: 10, Min: 0, Max: 100, Doc: "Percent is how much it takes off."},
		{Name: "follows", Type: def.Ref("coupons"), Doc: "Follows is the coupon that it replaces."},
		{Name: "changedBy", Type: def.ObjectID, Default: def.CallerOnWrite, Doc: "ChangedBy is who changed or deleted it last."},
	},
	Timestamps:  true,
	SoftDelete:  true,
	KeepDeleted: 30 * 24 * time.Hour,
	Indexes: []def.Index{
		{Keys: []string{"name"}, Unique: true, Doc: "Tills look coupons up."},
		{Keys: []string{"number"}, Unique: true, Sparse: true, Doc: "Those that are printed."},
		{Keys: []string{"percent"}, Doc: "The smallest first."},
		{Keys: []string{"-deletedAt"}, Doc: "What was deleted last."},
	},
}
