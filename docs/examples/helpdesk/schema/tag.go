package schema

import "github.com/partywall/partywall/schema/def"

// Tag is a word for tickets. Mongoose kept it in lower case as well, to find it by; the index's
// collation does that now, and "normalized" is computed.
var Tag = def.Collection{
	Name:   "tags",
	Entity: "Tag",
	Doc:    "Tag is a word for tickets.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Trim: true, MaxLen: 40, Doc: "Name is the word."},
	},
	Indexes: []def.Index{
		{Keys: []string{"name"}, Unique: true, Collation: def.Collation{Locale: "en", Strength: 2}, Doc: "Tags by name, whatever its case."},
	},
	IgnoredIndexes: []string{"normalized_1"},
}
