package schema

import "github.com/partywall/partywall/schema/def"

// Role is a user's role and the permissions that go with it.
var Role = def.Struct{
	Name: "Role",
	Doc:  "Role is a user's role and permissions.",
	Fields: []def.Field{
		{Name: "name", Type: def.Enum("super", "hos", "auditor", "basic", "blocked"), Default: "basic", Doc: "Name is the role: super may do everything, blocked nothing."},
		{Name: "permission", Type: def.Set(Permission), Default: []string{}, Doc: "Permission lists what any other role may do."},
	},
}
