package meta

import (
	"cmp"
	"slices"
	"strings"
	"unique"

	"github.com/partywall/partywall/api/check"
)

// Field is a declared member of a collection's documents, or of an object in them.
type Field struct {
	// Name is the member's, in JSON and as stored.
	Name string
	// Stored is its name as stored where that differs.
	Stored string
	// Kind is its type's name in declarations, such as String.
	Kind string
	// Required reports whether a new document must have the member.
	Required bool
	// RequiredIf are conditions on what is beside the member: it is required where all are fulfilled.
	RequiredIf []Requirement
	// Check is the function of the app's that values are checked by, nil for none.
	Check *Check
	// Optional reports whether documents may lack the member: it is neither required nor has
	// a default.
	Optional bool
	// Unshown reports whether responses leave the member out.
	Unshown bool
	// Default is what missing text reads as.
	Default string
	// Caller says which requests set the member to the _id of their user.
	Caller Caller
	// SetBy are the roles that alone may set the member; without any, all may.
	SetBy []string
	// Values are what an enum may be.
	Values []string
	// Rule has the constraints that a value is checked against when it is written, such as a *check.Text; nil if those
	// of Kind and Values are all.
	Rule any
	// Collection is the one whose documents a reference refers to, CollectionStored its name in
	// the database where that differs.
	Collection, CollectionStored string
	// IDKind is the kind of a reference, such as String; empty for an ObjectID.
	IDKind string
	// SoftDelete says that Collection keeps deleted documents.
	SoftDelete bool
	// Fields are an object's members, or those of the objects that the member holds.
	Fields []Field
	// Elem describes the elements of a list or set, and the entries of a map.
	Elem *Field
	// IsMap tells a map, whose entries are named, from lists and sets.
	IsMap bool
	// Immutable members of elements that have an _id keep their value.
	Immutable bool
	// HasID tells elements that have an _id from others.
	HasID bool
	// Text, Parse and ParsePrefix are the Path's.
	Text               bool
	Parse, ParsePrefix func(text string) (Operand, error)
}

// Caller says when a member of a document is set to the _id of the user whose request writes it.
type Caller uint8

// The times at which a member is set to the user. The zero value is never.
const (
	CallerOnCreate Caller = iota + 1
	CallerOnWrite
)

// StoredName returns the member's name as stored.
func (f *Field) StoredName() string { return cmp.Or(f.Stored, f.Name) }

// Field returns the member at a dotted path as stored, whose names pass through lists and sets
// as if they were their elements; ok is false if none is declared.
func (c *Collection) Field(path string) (f *Field, many, ok bool) {
	at, ok := c.find(path)
	return at.field, at.many, ok
}

// found is the member at a path.
type found struct {
	field *Field
	// many, optional and unshown report whether the path passes through a list, or a member
	// that is Optional or Unshown.
	many, optional, unshown bool
}

func (c *Collection) find(path string) (at found, ok bool) {
	fields := c.Fields
	for {
		name, rest, dotted := strings.Cut(path, ".")
		if at.field = named(fields, name); at.field == nil {
			return found{}, false
		}
		at.many = at.many || at.field.isSequence()
		at.optional = at.optional || at.field.Optional
		at.unshown = at.unshown || at.field.Unshown
		if !dotted {
			return at, true
		}
		path, fields = rest, at.field.members()
	}
}

// Shows reports whether responses show what they have at path.
func (c *Collection) Shows(path string) bool {
	stored, ok := c.StoredPath(path)
	at, known := c.find(stored)
	return ok && known && !at.unshown && at.field.Kind != secretKind
}

// secretKind is the Kind of members that no response has.
const secretKind = "Secret"

func named(fields []Field, name string) *Field {
	for i := range fields {
		if fields[i].StoredName() == name {
			return &fields[i]
		}
	}
	return nil
}

// Rejects says why text is no value of the member, or of the elements of a list or
// set, as a predicate; it is empty if text is one.
func (f *Field) Rejects(text string) string {
	s := f.scalar()
	switch {
	case len(s.Values) > 0 && !slices.Contains(s.Values, text):
		return "must be one of " + check.Alternatives(s.Values)
	case len(s.Values) == 0 && !s.Text:
		return "must be " + s.Kind + ", not text"
	}
	var errs check.FieldErrors
	if rule, ok := s.Rule.(*check.Text); ok {
		rule.Check(&errs, "", text)
	}
	if len(errs) > 0 {
		return errs[0].Message
	}
	return ""
}

func (f *Field) isSequence() bool { return f.Elem != nil && !f.IsMap }

// members are what a path can lead on to.
func (f *Field) members() []Field {
	if f.isSequence() {
		return f.Elem.Fields
	}
	return f.Fields
}

// scalar is the field itself, or what describes the elements of a list or set.
func (f *Field) scalar() *Field {
	if f.isSequence() {
		return f.Elem
	}
	return f
}

// Derive fills in what follows from c's fields and indexes: Paths and Refs.
func Derive(c Collection) Collection {
	c.Paths = nil
	add := func(path string) {
		if c.Path(path) != nil {
			return
		}
		at, ok := c.find(path)
		if !ok {
			return
		}
		s := at.field.scalar()
		c.Paths = append(c.Paths, Path{
			Name: path, JSON: c.otherJSONPath(path), Many: at.many, Optional: at.optional, Unshown: at.unshown,
			Text: s.Text, Parse: s.Parse, ParsePrefix: s.ParsePrefix,
		})
	}
	add(idPath)
	for i := range c.Indexes {
		for _, k := range c.Indexes[i].Keys {
			if c.Indexes[i].Text == nil {
				add(k.Path)
			}
		}
		for _, limit := range c.Indexes[i].Partial {
			add(limit.Path)
		}
	}
	c.Refs = appendRefs(nil, "", c.Fields)
	c.HasRules = hasRules(c.Fields)
	c.Interned = unique.Make(c.StoredName())
	for i := range c.Refs {
		c.Refs[i].JSON = c.otherJSONPath(c.Refs[i].Path)
	}
	return c
}

// appendRefs appends the references at fields, whose paths begin with prefix.
func appendRefs(refs []Ref, prefix string, fields []Field) []Ref {
	for i := range fields {
		before := len(refs)
		refs = fields[i].appendRefs(refs, prefix+fields[i].StoredName())
		for j := range refs[before:] {
			refs[before+j].Unshown = refs[before+j].Unshown || fields[i].Unshown
		}
	}
	return refs
}

func (f *Field) appendRefs(refs []Ref, path string) []Ref {
	switch {
	case f.Collection != "":
		return append(refs, Ref{
			Path: path, Collection: f.Collection, CollectionStored: f.CollectionStored, IDKind: f.IDKind, SoftDelete: f.SoftDelete,
		})
	case f.IsMap:
		return f.Elem.appendRefs(refs, path+".*")
	case f.Elem != nil:
		return f.Elem.appendRefs(refs, path)
	}
	return appendRefs(refs, path+".", f.Fields)
}
