package schema

import "github.com/partywall/partywall/schema/def"

// Review is what somebody says of a product.
var Review = def.Collection{
	Name:   "reviews",
	Entity: "Review",
	Doc:    "Review is what somebody says of a product.",
	Fields: []def.Field{
		{Name: "product", Type: def.Ref("products"), Required: true, Immutable: true, Doc: "Product is what it is about."},
		{Name: "user", Type: def.Ref("users"), Default: def.Caller, Immutable: true, Doc: "User is who wrote it."},
		{Name: "title", Type: def.String, Trim: true, MaxLen: 200, Doc: "Title is what it says in short."},
		{Name: "rating", Type: def.Int, Min: 1, Max: 5, Doc: "Rating is how many stars it gives."},
		{Name: "review", Type: def.String, Trim: true, MaxLen: 5000, RequiredIf: []def.Condition{{Path: "rating", Op: def.Less, Value: 3}}, Doc: "Review is the text. Few stars want a reason."},
		{Name: "isRecommended", Type: def.Bool, Default: true, Doc: "IsRecommended says that others should buy it."},
		{Name: "status", Type: def.Enum("Rejected", "Approved", "Waiting Approval"), Default: "Waiting Approval", SetBy: []string{"super", "hos"}, Doc: "Status is whether it is shown."},
	},
	Timestamps: true,
	CreatedAt:  "created",
	UpdatedAt:  "updated",
	Indexes: []def.Index{
		{Keys: []string{"product", "status", "-rating", "-created"}, Doc: "What is shown of a product, the best first."},
		{Keys: []string{"user", "-created"}, Doc: "What somebody wrote, the newest first."},
	},
}
