package schema

import "github.com/partywall/partywall/schema/def"

// Author is who wrote a Book.
var Author = def.Collection{
	Name:   "authors",
	Entity: "Author",
	Doc:    "Author is a person who writes.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, MaxLen: 200, Doc: "Name is what stands on the cover."},
		{Name: "born", Type: def.Time, Doc: "Born is the author's birthday."},
	},
	SoftDelete: true,
	Indexes: []def.Index{
		{Keys: []string{"name"}, Doc: "Authors by name."},
	},
}
