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
		{Name: "organic", Type: def.Bool, Doc: "Organic says how it was grown."},
		{Name: "weight", Type: def.Float, Min: 0.0, Doc: "Weight is in kilograms."},
		{Name: "barcode", Type: def.Bytes, MaxLen: 16, Doc: "Barcode is what is printed on it."},
		{Name: "batch", Type: def.ObjectID, Doc: "Batch is the delivery that it came with."},
		{Name: "serial", Type: def.UUID, Doc: "Serial is what its maker knows it by."},
		{Name: "cost", Type: def.Int, Hidden: true, SetBy: []string{"owner"}, Doc: "Cost is what the shop paid for it."},
		{Name: "attributes", Type: def.Any, MaxLen: 4096, Doc: "Attributes are whatever its maker says of it."},
		{Name: "imported", Type: def.Bool, Doc: "Imported says that it came through customs."},
		{Name: "tariff", Type: def.String, RequiredIf: []def.Condition{{Path: "imported", Value: true}}, Check: "tariff", Doc: "Tariff is what customs file it under."},
		{Name: "addedBy", Type: def.Ref("users"), Default: def.Caller, Immutable: true, Doc: "AddedBy is who added it."},
		{Name: "changedBy", Type: def.ObjectID, Default: def.CallerOnWrite, Doc: "ChangedBy is who changed it last."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"sku"}, Unique: true, Doc: "Orders look products up."},
		{Keys: []string{"price"}, Doc: "The cheapest first."},
		{Keys: []string{"organic"}, Doc: "Products of one kind."},
		{Keys: []string{"weight"}, Doc: "What a parcel holds."},
		{Keys: []string{"barcode"}, Doc: "Tills look products up."},
		{Keys: []string{"batch"}, Doc: "Deliveries that are called back."},
		{Keys: []string{"serial"}, Doc: "Makers look products up."},
		{Keys: []string{"cost"}, Doc: "What was bought dearly."},
	},
}
