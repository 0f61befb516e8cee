package meta

import (
	"cmp"
	"errors"
	"strings"
	"unique"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Collection is a declared collection as data: what the parts of the runtime
// that serve every collection alike need to know of it.
type Collection struct {
	// Name is the collection's, in URLs and as stored.
	Name string
	// Stored is its name as stored where that differs.
	Stored string
	// Title is Name for people.
	Title string
	// Admin collections live in the admin database, the others in every tenant's.
	Admin bool
	// Private collections have no routes.
	Private    bool
	Timestamps bool
	// CreatedAt and UpdatedAt are the names that are declared for the timestamps.
	CreatedAt, UpdatedAt string
	// SoftDelete says that deleted documents are kept, with DeletedPath.
	SoftDelete bool
	// Access names the permission that each kind of request needs.
	Access Access
	// Fields are the members of documents, _id and the timestamps among them.
	Fields  []Field
	Indexes []Index
	// IgnoredIndexes are names of indexes that are neither declared nor drift; * stands
	// for any characters.
	IgnoredIndexes []string
	// Collation is what the collection is created with.
	Collation Collation
	// Paths are what filters and sorts of requests may name: the indexed paths, _id
	// first. Derive fills them in, and Refs.
	Paths []Path
	// Refs are where documents refer to others.
	Refs []Ref
	// Interned is StoredName in a form that is compared at once. Derive fills it in.
	Interned unique.Handle[string]
	// HasRules reports whether a field is required by what is beside it, or checked by the app, at any
	// depth. Derive fills it in.
	HasRules bool
}

// StoredName returns the collection's name in its database.
func (c *Collection) StoredName() string { return cmp.Or(c.Stored, c.Name) }

// Served reports whether tenants' requests reach the collection.
func (c *Collection) Served() bool { return !c.Admin && !c.Private }

// Path finds an indexed path by its name, nil where there is none.
func (c *Collection) Path(name string) *Path {
	for i := range c.Paths {
		if c.Paths[i].Name == name {
			return &c.Paths[i]
		}
	}
	return nil
}

// Ignores returns the pattern among IgnoredIndexes that the name of an index matches.
func (c *Collection) Ignores(index string) (pattern string, ok bool) {
	for _, pattern := range c.IgnoredIndexes {
		if MatchesName(pattern, index) {
			return pattern, true
		}
	}
	return "", false
}

// MatchesName reports whether name matches a pattern, in which * stands for any characters.
func MatchesName(pattern, name string) bool {
	first, rest, open := strings.Cut(pattern, "*")
	name, ok := strings.CutPrefix(name, first)
	if !open || !ok {
		return ok && name == ""
	}
	for i := range len(name) + 1 {
		if MatchesName(rest, name[i:]) {
			return true
		}
	}
	return false
}

// Access names the permission that each kind of request needs.
type Access struct{ Read, Create, Update, Delete string }

// Ref is where documents refer to those of another collection in the same
// database.
type Ref struct {
	// Path is dotted, as stored. It passes through arrays as if they were their
	// elements, and * stands for the names of a map's entries.
	Path string
	// JSON is Path in the names of requests and responses where they differ. Derive fills it in.
	JSON string
	// Collection is the other one's name, CollectionStored that in the database where it
	// differs.
	Collection, CollectionStored string
	// IDKind is the kind of the other one's _ids, such as String; empty for ObjectIDs.
	IDKind string
	// Unshown reports whether responses leave it out.
	Unshown bool
	// SoftDelete says that the other collection keeps deleted documents.
	SoftDelete bool
}

// JSONName returns the path in the names of requests and responses.
func (r Ref) JSONName() string { return cmp.Or(r.JSON, r.Path) }

// StoredCollection returns the other collection's name in the database.
func (r Ref) StoredCollection() string { return cmp.Or(r.CollectionStored, r.Collection) }

// IDType returns the BSON type of the references: Int64 for numbers of any type.
func (r Ref) IDType() bson.Type {
	switch r.IDKind {
	case "String":
		return bson.TypeString
	case "Int":
		return bson.TypeInt64
	case "UUID":
		return bson.TypeBinary
	}
	return bson.TypeObjectID
}

// Path is an indexed path.
type Path struct {
	// Name is dotted, as stored.
	Name string
	// JSON is Name in the names of requests and responses where they differ. Derive fills it in.
	JSON string
	// Many says that the path runs through or ends at an array, so that documents
	// have no one place in its order.
	Many bool
	// Optional reports whether documents may lack the path, Unshown whether responses leave
	// it out: requests can neither filter nor sort by it.
	Optional, Unshown bool
	// Text says that the values are text, so that Prefix asks for something.
	Text bool
	// Parse reads the text that a URL gives for a value. The error is a predicate,
	// such as "must be an ObjectID of 24 hexadecimal digits".
	Parse func(text string) (Operand, error)
	// ParsePrefix is Parse for the beginning of a text, nil where they do the same.
	ParsePrefix func(text string) (Operand, error)
}

// JSONName returns the path in the names of requests and responses.
func (p *Path) JSONName() string { return cmp.Or(p.JSON, p.Name) }

// Condition reads the texts that a URL gives for what the values at p are compared
// with: one, or with OneOf any number. The error is a predicate.
func (p *Path) Condition(op Op, texts ...string) (Condition, error) {
	if op == Present {
		if texts[0] != "true" && texts[0] != "false" {
			return Condition{}, errors.New("must be true or false")
		}
		return Existing(p.Name, texts[0] == "true"), nil
	}
	parse := p.Parse
	if op == Prefix && p.ParsePrefix != nil {
		parse = p.ParsePrefix
	}
	operands := make([]Operand, len(texts))
	for i, text := range texts {
		var err error
		if operands[i], err = parse(text); err != nil {
			return Condition{}, err
		}
	}
	if op == OneOf {
		return CompareOneOf(p.Name, operands), nil
	}
	return Compare(p.Name, op, operands[0]), nil
}
