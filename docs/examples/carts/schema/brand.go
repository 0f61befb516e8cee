package schema

import "github.com/partywall/partywall/schema/def"

// Brand is what products are known under.
var Brand = def.Collection{
	Name:   "brands",
	Entity: "Brand",
	Doc:    "Brand is what products are known under.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Trim: true, MaxLen: 200, Doc: "Name is what it is called."},
		{Name: "slug", Type: def.String, Required: true, Trim: true, Lower: true, Pattern: "[a-z0-9]+(-[a-z0-9]+)*", Doc: "Slug is its name in addresses of pages."},
		{Name: "description", Type: def.String, Trim: true, MaxLen: 5000, Doc: "Description is what the shop says of it."},
		{Name: "isActive", Type: def.Bool, Default: true, Doc: "IsActive says that it is shown."},
		{Name: "merchant", Type: def.Ref("users"), Doc: "Merchant is who owns it."},
	},
	Timestamps: true,
	CreatedAt:  "created",
	UpdatedAt:  "updated",
	Indexes: []def.Index{
		{Keys: []string{"slug"}, Unique: true, Doc: "Pages look brands up."},
		{Keys: []string{"isActive", "name"}, Doc: "What is shown, by name."},
	},
}
