package schema

import "github.com/partywall/partywall/schema/def"

// Category is where products are shown.
var Category = def.Collection{
	Name:   "categories",
	Entity: "Category",
	Doc:    "Category is where products are shown.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Trim: true, MaxLen: 200, Doc: "Name is what it is called."},
		{Name: "slug", Type: def.String, Required: true, Trim: true, Lower: true, Pattern: "[a-z0-9]+(-[a-z0-9]+)*", Doc: "Slug is its name in addresses of pages."},
		{Name: "description", Type: def.String, Trim: true, MaxLen: 5000, Doc: "Description is what the shop says of it."},
		{Name: "isActive", Type: def.Bool, Default: true, Doc: "IsActive says that it is shown."},
		{Name: "products", Type: def.List(def.Ref("products")), Default: []any{}, MaxLen: 1000, Doc: "Products are what is in it, in their order."},
	},
	Timestamps: true,
	CreatedAt:  "created",
	UpdatedAt:  "updated",
	Indexes: []def.Index{
		{Keys: []string{"slug"}, Unique: true, Doc: "Pages look categories up."},
		{Keys: []string{"products"}, Doc: "Where a product is shown."},
	},
}
