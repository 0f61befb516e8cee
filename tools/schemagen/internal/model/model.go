// Package model turns declarations into what the emitters write from: every
// name resolved, every default spelled out, every mistake found before anything
// is written.
package model

import (
	"slices"
	"strings"
	"time"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// Schema is everything that was declared, checked.
type Schema struct {
	// Collections are in declared order.
	Collections []*Collection
	// Permissions are the values that def.Access may name.
	Permissions []string
	Policy      def.Policy
}

// Collection is one declared collection.
type Collection struct {
	// Name is as stored; Package is the Go package, Name without underscores.
	Name, Package string
	// Title is Name for people: spaced, the first letter a capital.
	Title  string
	Entity string
	Doc    string
	// Source is the file that declares the collection, as slash-separated path
	// from the module's root.
	Source     string
	Admin      bool
	Private    bool
	Timestamps bool
	// Access has no empty member.
	Access def.Access
	// Fields are the declared fields, without _id and the timestamps.
	Fields []*kinds.Field
	// Structs are the value objects that Fields reach, each once, inner ones
	// before those that hold them.
	Structs []*kinds.Struct
	// Enums are the enums that Fields reach, each once, in declared order.
	Enums []*kinds.Enum
	// Indexes are the declared indexes, _id appended where pages need it.
	Indexes []*Index
	// Paths are the indexed paths, those that limit an index included, each once,
	// in the order of first use; _id is always the first.
	Paths []*Path
	// Refs are where documents refer to others, in declared order.
	Refs []Ref
}

// Served reports whether the collection has routes.
func (c *Collection) Served() bool { return !c.Admin && !c.Private }

// Ref is a path at which documents refer to those of another collection.
type Ref struct {
	// Path is dotted, as stored; it passes through lists as if they were their
	// elements, and * stands for the names of a Map's entries.
	Path, Collection string
	// Expandable reports whether requests may ask for the document in its place.
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
	Doc     string
}

// Serving returns what decides which queries the index serves.
func (x *Index) Serving() *meta.Index {
	index := &meta.Index{Unique: x.Unique, Sparse: x.Sparse}
	for _, k := range x.Keys {
		index.Keys = append(index.Keys, meta.Key{Path: k.Path.Name, Descending: k.Descending})
	}
	for _, c := range x.Partial {
		index.Limits = append(index.Limits, meta.Limit{Path: c.Path.Name, By: limitedBy[c.Op]})
	}
	return index
}

// limitedBy says what of a value each comparison limits.
var limitedBy = map[def.Op]meta.By{
	def.Equal: meta.Value, def.Exists: meta.Existence,
	def.Less: meta.Order, def.LessOrEqual: meta.Order, def.Greater: meta.Order, def.GreaterOrEqual: meta.Order,
}

// Limit returns the value at a path that the index is limited to, nil where it is
// not.
func (x *Index) Limit(path string) any {
	for _, c := range x.Partial {
		if c.Path.Name == path && c.Op == def.Equal {
			return c.Value
		}
	}
	return nil
}

// IsLookup reports whether the index names one document at most, so that the
// repository reads by it.
func (x *Index) IsLookup() bool {
	return x.Unique && !slices.ContainsFunc(x.Keys, func(k Key) bool { return k.Path.Many })
}

// GoKeys returns what operations that the index serves are called after, such as
// RoleNameAndCreatedAt.
func (x *Index) GoKeys() string {
	names := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		names[i] = k.Path.Go
	}
	return strings.Join(names, "And")
}

// paths returns the keys' for people.
func (x *Index) paths() string {
	names := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		names[i] = k.Path.Name
	}
	return strings.Join(names, " and ")
}

// Condition limits an Index.
type Condition struct {
	Path *Path
	Op   def.Op
	// Value is of the Go type that belongs to the path's, nil for def.Exists.
	Value any
}

// Key is one part of an Index.
type Key struct {
	Path       *Path
	Descending bool
}

// Path is an indexed path.
type Path struct {
	// Name is dotted, as stored; Go is the exported variable, such as RoleName.
	Name, Go string
	// Type is of the value at the end of the path; of a list's elements where the
	// path runs through or ends at a list.
	Type *kinds.Type
	// Many reports whether the path runs through or ends at a list.
	Many bool
	// Field is the declared field at the end of the path; nil for _id and the
	// timestamps.
	Field *kinds.Field
}
