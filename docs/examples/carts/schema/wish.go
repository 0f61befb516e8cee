package schema

import "github.com/partywall/partywall/schema/def"

// Wish is a product that somebody would like to have.
var Wish = def.Collection{
	Name:   "wishlist",
	Stored: "wishlists",
	Entity: "Wish",
	Doc:    "Wish is a product that somebody would like to have.",
	Fields: []def.Field{
		{Name: "product", Type: def.Ref("products"), Required: true, Immutable: true, Doc: "Product is what it is."},
		{Name: "user", Type: def.Ref("users"), Default: def.Caller, Immutable: true, Doc: "User is who would like to have it."},
		{Name: "isLiked", Type: def.Bool, Default: true, Doc: "IsLiked says that it is still wanted."},
	},
	Timestamps: true,
	CreatedAt:  "created",
	UpdatedAt:  "updated",
	Indexes: []def.Index{
		{
			Keys: []string{"user", "product"}, Unique: true,
			Partial: []def.Condition{{Path: "user", Op: def.Exists}},
			Doc:     "Nobody wishes for a product twice.",
		},
	},
}
