package schema

import "github.com/partywall/partywall/schema/def"

// User is the people of a tenant: whom its tokens are issued to.
var User = def.Collection{
	Name:   "users",
	Entity: "User",
	Doc:    "User is a person who belongs to one tenant.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, MaxLen: 200, Doc: "Name is how the person is addressed."},
		{Name: "email", Type: def.String, Required: true, Format: def.Email, Doc: "Email is the address to log in with, unique within the tenant."},
		{Name: "password", Type: def.Secret, Required: true, MinLen: 8, MaxLen: 256, Doc: "Password is the password to log in with, stored as a hash."},
		{Name: "role", Type: def.Object(Role), Default: def.FieldDefaults, SetBy: []string{"super"}, Doc: "Role is what the person may do."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"email"}, Unique: true, Doc: "To find a user by address."},
		{Keys: []string{"role.name", "-createdAt"}, Doc: "To list the users with a role, the newest first."},
	},
}
