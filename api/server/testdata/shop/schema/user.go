package schema

import "github.com/partywall/partywall/schema/def"

// Permission is what a request to the shop can need.
var Permission = def.NamedEnum("Permission", "read", "write", "delete", "ship")

// Role is what a person does in the shop.
var Role = def.Struct{
	Name: "Role",
	Doc:  "Role is what a person does in the shop.",
	Fields: []def.Field{
		{Name: "name", Type: def.Enum("owner", "clerk", "dismissed"), Default: "clerk", Doc: "Name is the role; owner may do everything, dismissed nothing."},
		{Name: "permission", Type: def.Set(Permission), Default: []string{}, Doc: "Permission lists what the role may do besides."},
	},
}

// User takes the place of partywall's: roles of the shop's own, and a till.
var User = def.Collection{
	Name:   "users",
	Entity: "User",
	Doc:    "User is a person who works in the shop.",
	Fields: []def.Field{
		{Name: "email", Type: def.String, Required: true, Format: def.Email, Doc: "Email is the address the person logs in with."},
		{Name: "password", Type: def.Secret, Required: true, MinLen: 12, Doc: "Password is what the person logs in with, kept as a hash."},
		{Name: "role", Type: def.Object(Role), Default: def.FieldDefaults, SetBy: []string{"owner"}, Doc: "Role says what the person may do."},
		{Name: "till", Type: def.Int, Doc: "Till is the number of the person's till."},
	},
	SoftDelete: true,
	Indexes: []def.Index{
		{Keys: []string{"email"}, Unique: true, Doc: "Logins look a person up by address."},
		{Keys: []string{"role.name"}, Doc: "People of one role."},
	},
}
