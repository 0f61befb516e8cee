// Package model resolves declarations for the emitters: it resolves every name,
// writes out every default and finds every mistake before anything is written.
package model

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// Schema is all declarations, resolved and checked.
type Schema struct {
	// Collections are in declared order.
	Collections []*Collection
	// Warnings are in declared order.
	Warnings []Warning
	// Permissions are the values that def.Access may name.
	Permissions []string
	Policy      def.Policy
}

// Collection is one declared collection.
type Collection struct {
	// Name is that in URLs; Package is the Go package, Name without underscores.
	Name, Package string
	// Stored is the declared name in the database, empty if that is Name.
	Stored string
	// Title is Name for people: spaced, with a capital first letter.
	Title  string
	Entity string
	Doc    string
	// Source is the file that declares the collection, as a slash-separated path
	// from the module's root.
	Source string
	// At is where it is declared.
	At         kinds.Place
	Admin      bool
	Private    bool
	Timestamps bool
	// CreatedAt and UpdatedAt are the names that are declared for the timestamps.
	CreatedAt, UpdatedAt string
	// ID is the type of _id.
	ID kinds.ID
	// SoftDelete says that deleted documents are kept, with deletedAt.
	SoftDelete bool
	// Access has no empty member.
	Access def.Access
	// Fields are the declared fields, without _id, the timestamps and deletedAt.
	Fields []*kinds.Field
	// Structs are the value objects that Fields use, each once, inner ones first.
	Structs []*kinds.Struct
	// Enums are the enums that Fields use, each once, in declared order.
	Enums []*kinds.Enum
	// Indexes are the declared indexes, with _id appended where pages need it.
	Indexes []*Index
	// IgnoredIndexes are patterns of names.
	IgnoredIndexes []string
	Collation      meta.Collation
	// Paths are the indexed paths, including those of conditions, each once in the
	// order of first use; _id is always first.
	Paths []*Path
	// Unindexed are the other paths that filters can be made of, in declared order.
	Unindexed []*Path
	// Refs are the paths of references, in declared order.
	Refs []Ref
}

// StoredName returns the collection's name in the database.
func (c *Collection) StoredName() string { return cmp.Or(c.Stored, c.Name) }

// Served reports whether the collection has routes.
func (c *Collection) Served() bool { return !c.Admin && !c.Private }

// HasText reports whether the collection has an index that serves searches for words.
func (c *Collection) HasText() bool {
	return slices.ContainsFunc(c.Indexes, func(x *Index) bool { return x.Text != nil && !x.Hidden })
}

// Ref is a path at which documents refer to documents of another collection.
type Ref struct {
	// Path is dotted, as stored; it passes through lists as if they were their
	// elements, and * stands for the names of a Map's entries.
	Path, Collection string
	// Unshown reports whether responses leave it out.
	Unshown bool
	// Expandable reports whether requests may ask for the document in place of its
	// _id.
	Expandable bool
}

// Index is one index of a collection.
type Index struct {
	Name   string
	Keys   []Key
	Unique bool
	// Expires reports whether documents are removed, TTL after the date at the key.
	Expires bool
	TTL     time.Duration
	Sparse  bool
	Partial []Condition
	// Living limits it to documents that are not deleted.
	Living bool
	// Text makes it an index for words, nil for one that is ordered.
	Text *meta.TextSearch
	// Exact has no _id appended, Hidden is used by no query.
	Exact, Hidden bool
	// Collation is the collection's, if the index declares none.
	Collation meta.Collation
	Doc       string
	// At is where it is declared.
	At kinds.Place
}

// Serving returns the data that decides which queries the index serves.
func (x *Index) Serving() *meta.Index {
	index := &meta.Index{Unique: x.Unique, Sparse: x.Sparse, Living: x.Living, Exact: x.Exact, Hidden: x.Hidden, Collation: x.Collation, Text: x.Text}
	for _, k := range x.Keys {
		index.Keys = append(index.Keys, meta.Key{Path: k.Path.Name, Descending: k.Descending})
	}
	for _, c := range x.Partial {
		index.Partial = append(index.Partial, meta.Condition{Path: c.Path.Name, Op: operators[c.Op]})
	}
	return index
}

// operators maps the operators of declarations to the runtime's.
var operators = map[def.Op]meta.Op{
	def.Equal: meta.Eq, def.Exists: meta.Exists,
	def.Less: meta.Lt, def.LessOrEqual: meta.Lte, def.Greater: meta.Gt, def.GreaterOrEqual: meta.Gte,
}

// Limit returns the value that the index is limited to at a path, nil if there is
// none.
func (x *Index) Limit(path string) any {
	for _, c := range x.Partial {
		if c.Path.Name == path && c.Op == def.Equal {
			return c.Value
		}
	}
	return nil
}

// IsLookup reports whether the index identifies one document at most, so that the
// repository has a By method for it.
func (x *Index) IsLookup() bool {
	return x.Unique && !x.Hidden && !slices.ContainsFunc(x.Keys, func(k Key) bool { return k.Path.Many })
}

// GoKeys returns the suffix of methods that use the index, such as
// RoleNameAndCreatedAt.
func (x *Index) GoKeys() string {
	names := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		names[i] = k.Path.Go
	}
	return strings.Join(names, "And")
}

// paths lists the keys' paths for messages.
func (x *Index) paths() string {
	names := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		names[i] = k.Path.Name
	}
	return strings.Join(names, " and ")
}

// StoredName returns the path as stored.
func (p *Path) StoredName() string { return cmp.Or(p.Stored, p.Name) }

// Condition limits an Index.
type Condition struct {
	Path *Path
	Op   def.Op
	// Value has the Go type that belongs to the path's type, nil for def.Exists.
	Value any
}

// Key is one part of an Index.
type Key struct {
	Path       *Path
	Descending bool
}

// Path is an indexed path.
type Path struct {
	// Name is the dotted path in JSON; Go is the exported variable, such as
	// RoleName.
	Name, Go string
	// Stored is the path as stored, empty if that is Name.
	Stored string
	// Type is the type of the value at the end of the path; for a path through or
	// to a list, that of the elements.
	Type *kinds.Type
	// Many reports whether the path runs through or ends at a list.
	Many bool
	// Optional reports whether documents may lack the path, Unshown whether responses leave
	// it out.
	Optional, Unshown bool
	// Field is the declared field at the end of the path; nil for _id, the timestamps
	// and deletedAt.
	Field *kinds.Field
}
