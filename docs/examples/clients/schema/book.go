package schema

import "github.com/partywall/partywall/schema/def"

// Book has a field of every kind but decimals, most of which may be missing, so that
// clients are seen to cope with each.
var Book = def.Collection{
	Name:   "books",
	Entity: "Book",
	Doc:    "Book is something to read.",
	Fields: []def.Field{
		{Name: "isbn", Type: def.String, Required: true, Immutable: true, Pattern: "[0-9]{13}", Doc: "Isbn is the number in the trade."},
		{Name: "title", Type: def.String, Required: true, MaxLen: 200, Doc: "Title is what it is called."},
		{Name: "author", Type: def.Ref("authors"), Required: true, Doc: "Author is who wrote it."},
		{Name: "translators", Type: def.List(def.Ref("authors")), MaxLen: 9, Doc: "Translators are who brought it into other languages."},
		{Name: "kind", Type: def.Enum("novel", "essay", "poems"), Default: "novel", Doc: "Kind is what is in it."},
		{Name: "pages", Type: def.Int, Min: 1, Doc: "Pages is how many it has."},
		{Name: "weight", Type: def.Float, Min: 0.0, Doc: "Weight is in grams."},
		{Name: "lent", Type: def.Bool, Doc: "Lent says that somebody has it."},
		{Name: "published", Type: def.Time, Doc: "Published is when it came out."},
		{Name: "shelf", Type: def.ObjectID, Doc: "Shelf is where it stands."},
		{Name: "stamp", Type: def.Bytes, MaxLen: 16, Doc: "Stamp is what the scanner reads."},
		{Name: "tags", Type: def.Set(def.String), MaxLen: 20, Doc: "Tags are what it is about."},
		{Name: "titles", Type: def.Map(def.String), Doc: "Titles are what it is called in other languages."},
		{Name: "cover", Type: def.Object(Cover), Default: def.FieldDefaults, Doc: "Cover is what it looks like."},
		{Name: "chapters", Type: def.List(def.Object(Chapter)), Default: []any{}, Doc: "Chapters are what it falls into."},
		{Name: "extra", Type: def.Any, Doc: "Extra is what else a library keeps of it."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"isbn"}, Unique: true, Doc: "Books by number."},
		{Keys: []string{"kind", "-published"}, Doc: "Books of a kind, the newest first."},
		{Keys: []string{"author", "title"}, Doc: "What somebody wrote."},
		{Keys: []string{"tags", "title"}, Doc: "Books about something."},
		{Keys: []string{"lent", "tags", "pages"}, Doc: "What is there to read in an evening."},
		{Keys: []string{"shelf"}, Doc: "What stands on a shelf."},
		{Keys: []string{"cover.color"}, Doc: "Books by how they look."},
	},
}

// Cover is what a book looks like.
var Cover = def.Struct{
	Name: "Cover",
	Doc:  "Cover is what a book looks like.",
	Fields: []def.Field{
		{Name: "color", Type: def.NamedEnum("Color", "red", "green", "blue"), Default: "red", Doc: "Color is the one it is known by."},
		{Name: "hard", Type: def.Bool, Default: false, Doc: "Hard says that it is no paperback."},
		{Name: "artist", Type: def.Ref("authors"), Doc: "Artist is who drew it."},
	},
}

// Chapter is a part of a book.
var Chapter = def.Struct{
	Name: "Chapter",
	Doc:  "Chapter is a part of a book.",
	ID:   true,
	Fields: []def.Field{
		{Name: "title", Type: def.String, Required: true, MaxLen: 200, Doc: "Title is what it is called."},
		{Name: "page", Type: def.Int, Required: true, Min: 1, Doc: "Page is where it begins."},
	},
}
