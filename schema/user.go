package schema

import "github.com/partywall/partywall/schema/def"

// User is the people of a tenant: whom its tokens are issued to.
var User = def.Collection{
	Name:   "users",
	Entity: "User",
	Doc:    "User is a person who belongs to one tenant.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, MaxLen: 200, Doc: "Name is how the person is addressed."},
		{Name: "email", Type: def.String, Required: true, Format: def.Email, Doc: "Email is the address the person logs in with, unique within the tenant."},
		{Name: "password", Type: def.Secret, Required: true, MinLen: 8, MaxLen: 256, Doc: "Password is what the person logs in with, kept as a hash."},
		{Name: "role", Type: def.Object(Role), SetBy: []string{"super"}, Doc: "Role says what the person may do."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"email"}, Unique: true, Doc: "Logins look a person up by address."},
		{Keys: []string{"role.name", "-createdAt"}, Doc: "People of one role, the newest first."},
	},
}
