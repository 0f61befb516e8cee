package schema

import "github.com/partywall/partywall/schema/def"

// Permission is what a request can need. Nobody is given "import": tickets that bring their own
// number are for administrators alone.
var Permission = def.NamedEnum("Permission", "read", "write", "delete", "import")

// Role is what an account may do. Mongoose kept its name alone.
var Role = def.Struct{
	Name: "Role",
	Doc:  "Role is what an account may do.",
	Fields: []def.Field{
		{Name: "name", Type: def.Enum("admin", "agent", "customer", "former"), Default: "customer", Doc: "Name is the role; admin may do everything, former nothing."},
		{Name: "permission", Type: def.Set(Permission), Default: []string{}, Doc: "Permission lists what the role may do besides."},
	},
}

// Account takes the place of partywall's users. What logs in is called so in the API, and is
// where Mongoose has it.
var Account = def.Collection{
	Name:   "users",
	Stored: "accounts",
	Entity: "Account",
	Doc:    "Account is somebody who asks or answers.",
	Fields: []def.Field{
		{Name: "username", Type: def.String, Required: true, Trim: true, Lower: true, MaxLen: 40, Doc: "Username is what the account is called."},
		{Name: "fullname", Type: def.String, Required: true, Trim: true, MaxLen: 200, Doc: "Fullname is how the person is addressed."},
		{Name: "email", Type: def.String, Required: true, Format: def.Email, Doc: "Email is the address the account logs in with."},
		{Name: "password", Type: def.Secret, Required: true, MinLen: 8, Doc: "Password is what the account logs in with, kept as a hash."},
		{Name: "role", Type: def.Object(Role), Default: def.FieldDefaults, SetBy: []string{"admin"}, Doc: "Role says what the account may do."},
		{Name: "title", Type: def.String, MaxLen: 80, Doc: "Title is what the person does."},
		{Name: "lastOnline", Type: def.Time, ReadOnly: true, Doc: "LastOnline is when the account was seen last."},
		{Name: "accessToken", Type: def.String, Hidden: true, Doc: "AccessToken is what scripts of the older program send."},
		{Name: "preferences", Type: def.Any, MaxLen: 8 << 10, Doc: "Preferences are how the person likes to see things."},
	},
	Indexes: []def.Index{
		{Keys: []string{"email"}, Unique: true, Doc: "Logins look an account up."},
		{Keys: []string{"username"}, Unique: true, Doc: "Accounts by what they are called."},
		{Keys: []string{"accessToken"}, Unique: true, Sparse: true, Doc: "Scripts of the older program."},
		{Keys: []string{"role.name"}, Doc: "Accounts of a role."},
	},
	IgnoredIndexes: []string{"tOTPKey_*"},
}
