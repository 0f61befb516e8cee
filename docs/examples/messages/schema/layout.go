package schema

import "github.com/partywall/partywall/schema/def"

// Layout was deleted by a plug-in, which set deleted and deletedAt. Its identifier is
// unique among the living.
var Layout = def.Collection{
	Name:   "layouts",
	Entity: "Layout",
	Doc:    "Layout is what stands around a notification.",
	Fields: []def.Field{
		{Name: "environmentId", Stored: "_environmentId", Type: def.ObjectID, Required: true, Immutable: true, Doc: "EnvironmentID is where it was made."},
		{Name: "identifier", Type: def.String, Required: true, Pattern: "[a-z0-9-]+", MaxLen: 64, Doc: "Identifier is what templates know it by."},
		{Name: "name", Type: def.String, Required: true, MaxLen: 200, Doc: "Name is what it is called."},
		{Name: "channel", Type: def.Enum("email", "in_app"), Default: "email", Doc: "Channel is where it is used."},
		{Name: "content", Type: def.String, MaxLen: 100000, Doc: "Content is what stands around."},
		{Name: "variables", Type: def.List(def.Any), MaxLen: 100, Doc: "Variables are what can be put in."},
		{Name: "isDefault", Type: def.Bool, Default: false, Doc: "IsDefault is taken where nothing is chosen."},
		{Name: "changedBy", Type: def.ObjectID, Default: def.CallerOnWrite, Doc: "ChangedBy is who changed or deleted it last."},
	},
	Timestamps: true,
	SoftDelete: true,
	Indexes: []def.Index{
		{Keys: []string{"environmentId", "identifier"}, Unique: true, Doc: "Templates look layouts up."},
		{Keys: []string{"channel", "name"}, Doc: "By what they are called."},
		{Keys: []string{"-deletedAt"}, Doc: "What was deleted last."},
	},
}
