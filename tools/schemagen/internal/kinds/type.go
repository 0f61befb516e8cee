// Package kinds describes each kind of type that a field can have: what may be
// declared of it, the Go type, the functions of the runtime that store, read, check
// and return its values, its JSON, samples and OpenAPI. Each kind has a file of its
// own; model, emit and openapi ask it.
package kinds

import (
	"strings"

	"github.com/partywall/partywall/schema/def"
)

// Type is a field's type, or an element's.
type Type struct {
	*Kind
	// Enum is set for enums.
	Enum *Enum
	// Elem is set for lists, sets and maps.
	Elem *Type
	// Struct is set for objects.
	Struct *Struct
	// Collection is set for references: the name of the collection that it refers to, and
	// CollectionStored that in the database where it differs.
	Collection, CollectionStored string
	// SoftDelete says that Collection keeps deleted documents.
	SoftDelete bool
	// Of is set for text that is brought to one form, and for elements that have rules of
	// their own: what these are.
	Of *Field
}

// Words returns what a value is called in a sentence.
func (t *Type) Words() string {
	if t.Says != nil {
		return t.Says(t)
	}
	return t.Noun
}

// Article returns a name with its article.
func Article(name string) string {
	if strings.IndexAny(name, "AEIOU") == 0 {
		return "an " + name
	}
	return "a " + name
}

// Struct is a value object.
type Struct struct {
	// Go is the type's name.
	Go, Doc string
	// HasID reports whether elements of lists have an _id: the first of Fields.
	HasID  bool
	Fields []*Field
}

// Field is a member of a collection or of a Struct.
type Field struct {
	// Name is as in JSON; Go is the exported Go name.
	Name, Go, Doc string
	// Stored is the name as stored, empty if that is Name.
	Stored    string
	Type      *Type
	Required  bool
	Immutable bool
	// RequiredIf are conditions under which the field is required.
	RequiredIf []Requirement
	// Check is the name of the app's function that values are checked by.
	Check string
	// Default is nil or the value that the kind's Convert returned.
	Default any
	// Min and Max are nil or values that the kind's Convert returned.
	Min, Max       any
	MinLen, MaxLen int
	Pattern        string
	Format         def.Format
	// Trim, Lower and Upper change text before it is stored.
	Trim, Lower, Upper bool
	// Each has the rules for elements, nil for none.
	Each *Field
	// Rule is the name of the variable with the constraints.
	Rule  string
	SetBy []string
	// Unshown reports whether responses leave the field out, Unset whether requests cannot
	// set it.
	Unshown, Unset bool
	// Caller is def.Caller or def.CallerOnWrite if requests set the field to their user.
	Caller def.Made
	// At is where it is declared.
	At Place
}

// Requirement is a condition on a member beside a field, at Path.
type Requirement struct {
	Path string
	Type *Type
	Op   def.Op
	// Value is what the kind's Convert returned, nil for Exists.
	Value any
	// IfMissing reports whether a missing member fulfils it, by what it reads as.
	IfMissing bool
}

// Place is where something is declared.
type Place struct {
	// Source is the file, as a slash-separated path from the module's root, Line the line
	// in it, 0 if it is not known.
	Source string
	Line   int
	// Reason is what the comment beside it says after ReasonMark.
	Reason string
}

// ReasonMark begins the comment that says why a change needs no migration.
const ReasonMark = "// no migration: "

// Enum is a Go string type with constants.
type Enum struct {
	// Go is the type's name: NamedEnum's own, else the path's plus "Value", since the path
	// is what filters are made of.
	Go     string
	Values []EnumValue
}

// EnumValue is one member of an Enum.
type EnumValue struct {
	// Go is the constant's name, such as RoleNameAuditor.
	Go, Value string
}
