package schema

import "github.com/partywall/partywall/schema/def"

// Notice is shown to everybody while it is active.
var Notice = def.Collection{
	Name:   "notices",
	Entity: "Notice",
	Doc:    "Notice is shown to everybody while it is active.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Trim: true, MaxLen: 100, Doc: "Name is what the notice is called."},
		{Name: "message", Type: def.String, Required: true, MaxLen: 2000, Check: "html", Doc: "Message is what it says."},
		{Name: "date", Type: def.Time, Default: def.Now, Doc: "Date is when it was written."},
		{Name: "color", Type: def.String, Default: "#e74c3c", Check: "color", Doc: "Color is that of the ground."},
		{Name: "fontColor", Type: def.String, Default: "#ffffff", Check: "color", Doc: "FontColor is that of the text."},
		{Name: "active", Type: def.Bool, Default: false, Doc: "Active says that it is shown."},
		{Name: "activeDate", Type: def.Time, RequiredIf: []def.Condition{{Path: "active", Value: true}}, Doc: "ActiveDate is since when."},
		{Name: "alertWindow", Type: def.Bool, Default: false, Doc: "AlertWindow says that it has to be closed by hand."},
		{Name: "author", Type: def.Ref("users"), Default: def.Caller, Immutable: true, Doc: "Author is who wrote it."},
	},
	Indexes: []def.Index{
		{Keys: []string{"active"}, Exact: true, Doc: "What is shown."},
	},
}
