package schema

import (
	"slices"

	"github.com/partywall/partywall/schema/def"
)

// Preset has the parameters of a conversation, to begin others with.
var Preset = def.Collection{
	Name:   "presets",
	Entity: "Preset",
	Doc:    "Preset is how a person likes to begin conversations.",
	Fields: slices.Concat([]def.Field{
		{Name: "presetId", Type: def.String, Required: true, Immutable: true, Format: def.UUIDText, Doc: "PresetID is the UUID that clients know it by."},
		{Name: "title", Type: def.String, Default: "New preset", MaxLen: 200, Doc: "Title is what stands in the list."},
		{Name: "user", Type: def.String, MaxLen: 64, Doc: "User is whose it is; what belongs to nobody is everybody's."},
		{Name: "defaultPreset", Type: def.Bool, Default: false, Doc: "DefaultPreset is taken where nothing is chosen."},
		{Name: "order", Type: def.Int, Default: 0, Doc: "Order is its place in the list."},
	}, parameters),
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"presetId"}, Unique: true, Doc: "Clients look presets up."},
		{Keys: []string{"user", "order", "-updatedAt"}, Doc: "Somebody's list, in their order."},
		{Keys: []string{"user"}, Name: "one_default_each", Unique: true, Partial: []def.Condition{{Path: "user", Op: def.Exists}, {Path: "defaultPreset", Value: true}}, Doc: "One default for each person."},
	},
}
