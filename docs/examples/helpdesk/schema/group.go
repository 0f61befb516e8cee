package schema

import "github.com/partywall/partywall/schema/def"

// Group is whose tickets are seen together.
var Group = def.Collection{
	Name:   "groups",
	Entity: "Group",
	Doc:    "Group is whose tickets are seen together.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Trim: true, MaxLen: 100, Doc: "Name is what the group is called."},
		{Name: "public", Type: def.Bool, Default: false, Doc: "Public says that everybody may write to it."},
		{Name: "members", Type: def.Set(def.Ref("users")), Default: []string{}, MaxLen: 1000, Doc: "Members belong to it."},
		{Name: "sendMailTo", Type: def.Set(def.Ref("users")), Default: []string{}, MaxLen: 1000, Doc: "SendMailTo are the members that are written to."},
	},
	Indexes: []def.Index{
		{Keys: []string{"name"}, Unique: true, Doc: "Groups by what they are called."},
		{Keys: []string{"members"}, Doc: "The groups of an account."},
	},
}
