package schema

import "github.com/partywall/partywall/schema/def"

// Product is what the shop sells. JavaScript stored its amounts as doubles, and whole ones as
// integers; quantity is one or the other as well.
var Product = def.Collection{
	Name:   "products",
	Entity: "Product",
	Doc:    "Product is something that the shop sells.",
	Fields: []def.Field{
		{Name: "sku", Type: def.String, Required: true, Trim: true, MaxLen: 40, Doc: "Sku is what it is ordered by."},
		{Name: "name", Type: def.String, Required: true, Trim: true, MaxLen: 200, Doc: "Name is what it is called."},
		{Name: "slug", Type: def.String, Required: true, Trim: true, Lower: true, Pattern: "[a-z0-9]+(-[a-z0-9]+)*", Doc: "Slug is its name in addresses of pages."},
		{Name: "image", Stored: "imageUrl", Type: def.String, Format: def.URL, Doc: "Image is where its picture is."},
		{Name: "imageKey", Type: def.String, RequiredIf: []def.Condition{{Path: "image", Op: def.Exists}}, Doc: "ImageKey is where its picture is kept."},
		{Name: "description", Type: def.String, Trim: true, MaxLen: 5000, Doc: "Description is what the shop says of it."},
		{Name: "quantity", Type: def.Int, Default: 0, Min: 0, Doc: "Quantity is how many there are."},
		{Name: "price", Type: def.Decimal, Default: "0", Min: "0", Doc: "Price is what one costs, without tax."},
		{Name: "taxable", Type: def.Decimal, Min: "0", Doc: "Taxable is how much of the price is taxed."},
		{Name: "isActive", Type: def.Bool, Default: true, Doc: "IsActive says that it is shown."},
		{Name: "brand", Type: def.Ref("brands"), Doc: "Brand is whose it is."},
		{Name: "merchant", Type: def.Ref("users"), Doc: "Merchant is who sells it."},
	},
	Timestamps: true,
	CreatedAt:  "created",
	UpdatedAt:  "updated",
	Indexes: []def.Index{
		{Keys: []string{"sku"}, Unique: true, Doc: "Orders look products up."},
		{Keys: []string{"slug"}, Unique: true, Doc: "Pages look products up."},
		{Keys: []string{"imageKey"}, Unique: true, Sparse: true, Doc: "A picture belongs to one product."},
		{Keys: []string{"brand", "price", "name"}, Doc: "What a brand has, the cheapest first."},
		{Keys: []string{"isActive", "-created"}, Doc: "What is new."},
	},
}
