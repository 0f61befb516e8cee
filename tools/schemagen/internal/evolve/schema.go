// Package evolve compares two schemas as data: what a change means for the documents that
// are stored, and which migration carries it.
package evolve

import "github.com/partywall/partywall/tools/schemagen/internal/kinds"

// Schema is what a schema says about stored documents.
type Schema struct {
	// Migration is the newest migration that the schema was settled with.
	Migration   Migration
	Collections []*Collection
}

// Migration is a migration as the folder holds it. The zero value is none.
type Migration struct {
	// Name is that of its files, such as 0005_add_phone.
	Name string `json:"migration"`
	// Checksum tells whether the file changed since.
	Checksum string `json:"checksum,omitempty"`
}

// Collection is a collection. Members that no line of a baseline has are those of the
// declaration.
type Collection struct {
	Name string `json:"collection"`
	// Scope is empty for a tenant's database.
	Scope string `json:"scope,omitempty"`
	// ID is the type of _id, empty for an ObjectID.
	ID         string `json:"id,omitempty"`
	Timestamps bool   `json:"timestamps,omitempty"`
	// CreatedAt and UpdatedAt are the names of the timestamps, if they are other than these, and
	// "-" for one that is not kept.
	CreatedAt  string   `json:"createdAt,omitempty"`
	UpdatedAt  string   `json:"updatedAt,omitempty"`
	SoftDelete bool     `json:"softDelete,omitempty"`
	Collation  string   `json:"collation,omitempty"`
	Settled    string   `json:"noMigration,omitempty"`
	Fields     []*Field `json:"-"`
	Indexes    []*Index `json:"-"`

	Entity string      `json:"-"`
	At     kinds.Place `json:"-"`
}

// Field is a member of documents.
type Field struct {
	// Path is dotted, as stored: through a list as if it were its elements, and with * for
	// the names of a map's entries.
	Path string `json:"field"`
	// Type is such as List(Object).
	Type string `json:"type"`
	// Values are those of the enum at the end of Type.
	Values   []string `json:"values,omitempty"`
	Required bool     `json:"required,omitempty"`
	// Default is in Extended JSON.
	Default text `json:"default,omitempty"`
	Rules
	// Each has the rules for elements.
	Each *Rules `json:"each,omitempty"`
	// Settled is the reason that was accepted for a change so far.
	Settled string `json:"noMigration,omitempty"`

	At kinds.Place `json:"-"`
}

// Rules are what values are held to when they are written.
type Rules struct {
	Format  string `json:"format,omitempty"`
	Trim    bool   `json:"trim,omitempty"`
	Lower   bool   `json:"lower,omitempty"`
	Upper   bool   `json:"upper,omitempty"`
	Min     text   `json:"min,omitempty"`
	Max     text   `json:"max,omitempty"`
	MinLen  int    `json:"minLen,omitempty"`
	MaxLen  int    `json:"maxLen,omitempty"`
	Pattern string `json:"pattern,omitempty"`
	// RequiredIf is such as kind is company and total is at least 1.
	RequiredIf string `json:"requiredIf,omitempty"`
	// Check is the name of the function that values are checked by.
	Check string `json:"check,omitempty"`
}

// Index is an index.
type Index struct {
	Name string `json:"index"`
	// Keys are paths, with a "-" before those in descending order.
	Keys   []string `json:"keys"`
	Unique bool     `json:"unique,omitempty"`
	// Kind is empty for an ordered index. Weights, such as title 3, and Language are those of
	// one for words.
	Kind     string   `json:"kind,omitempty"`
	Weights  []string `json:"weights,omitempty"`
	Language string   `json:"language,omitempty"`
	// TTL is a duration, such as 24h0m0s.
	TTL    string `json:"ttl,omitempty"`
	Sparse bool   `json:"sparse,omitempty"`
	// Partial are conditions, such as state = "open".
	Partial []string `json:"partial,omitempty"`
	// Living says that it is limited to documents that are not deleted.
	Living bool `json:"living,omitempty"`
	// Collation is the locale, and what differs from the defaults.
	Collation string `json:"collation,omitempty"`
	Hidden    bool   `json:"hidden,omitempty"`
	Settled   string `json:"noMigration,omitempty"`

	At kinds.Place `json:"-"`
}

// text is a value in Extended JSON.
type text string

// MarshalJSON returns the value itself.
func (t text) MarshalJSON() ([]byte, error) { return []byte(t), nil }

// UnmarshalJSON keeps the value as it is written.
func (t *text) UnmarshalJSON(value []byte) error {
	*t = text(value)
	return nil
}
