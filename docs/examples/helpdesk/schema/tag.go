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
		{Keys: []string{"name"}, Unique: true, Collation: anyCase, Doc: "Tags by name, whatever its case."},
		{Keys: []string{"name"}, Collation: anyCase, Doc: "Tags in the order of their names."},
	},
	IgnoredIndexes: []string{"normalized_1"},
}

// anyCase compares letters and accents, not case.
var anyCase = def.Collation{Locale: "en", Strength: 2}
