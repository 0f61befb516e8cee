package schema

import "github.com/partywall/partywall/schema/def"

// Address is where orders go.
var Address = def.Collection{
	Name:   "addresses",
	Entity: "Address",
	Doc:    "Address is where somebody's orders go.",
	Fields: []def.Field{
		{Name: "user", Type: def.Ref("users"), Default: def.Caller, Immutable: true, Doc: "User is whose it is."},
		{Name: "address", Type: def.String, Trim: true, MaxLen: 200, Doc: "Address is the street and the number."},
		{Name: "city", Type: def.String, Trim: true, MaxLen: 100, Doc: "City is the place."},
		{Name: "state", Type: def.String, Trim: true, MaxLen: 100, Doc: "State is the part of the country."},
		{Name: "country", Type: def.String, Trim: true, MaxLen: 100, Doc: "Country is the country's name."},
		{Name: "zipCode", Type: def.String, Trim: true, MaxLen: 20, Doc: "ZipCode is the place's number."},
		{Name: "isDefault", Type: def.Bool, Default: false, Doc: "IsDefault says that orders go there unless something else is said."},
	},
	Timestamps: true,
	CreatedAt:  "created",
	UpdatedAt:  "updated",
	Indexes: []def.Index{
		{Keys: []string{"user", "-created"}, Doc: "Somebody's addresses, the newest first."},
		{
			Name: "user_default", Keys: []string{"user"}, Unique: true,
			Partial: []def.Condition{{Path: "user", Op: def.Exists}, {Path: "isDefault", Value: true}},
			Doc:     "Nobody has two addresses that are the default.",
		},
	},
}
