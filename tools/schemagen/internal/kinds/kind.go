package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
)

// Kind is one kind of type. What it leaves out does not apply to it.
type Kind struct {
	// Name is the kind's name in declarations.
	Name def.Kind
	Rules
	Codec
	Check
	Schema
}

// Rules say what may be declared of a field, and how an index has its values.
type Rules struct {
	// Bounds, Lengths and Text say that Min and Max, MinLen and MaxLen, Pattern and
	// Format may be declared.
	Bounds, Lengths, Text bool
	// Convert makes of a literal the Go value that the kind's defaults, bounds and
	// conditions are; problem says what is wrong with it, remedy what to write. Kinds
	// without it have none of these.
	Convert func(v any) (value any, problem, remedy string)
	// Distinct says that a Set can tell values apart; HoldsDistinct, that this one has to.
	Distinct, HoldsDistinct bool
	// Ordered reports whether a condition of an index may ask for greater and for
	// less.
	Ordered bool
	// IsDate reports whether documents can expire by a value.
	IsDate bool
	// Zero is what is stored where nothing was given: nil where that is empty, and
	// compares with no value. Stored says that something is.
	Zero   any
	Stored bool
	// Least and Greatest are the bounds that every value is within.
	Least, Greatest any
	// Unindexed says why no index can end at such a value, and what to write.
	Unindexed func(path string, t *Type) (problem, remedy string)
	// IsSequence says that a path passes through the values' elements, IsEntries that
	// values are entries by names of their own.
	IsSequence, IsEntries bool
	// IsReference reports whether a value is the _id of a document of
	// Type.Collection.
	IsReference bool
	// IsNumber reports whether a patch may add to a value.
	IsNumber bool
	// IsHashed reports whether requests have a plain text of which only a hash is
	// stored, and which no answer has.
	IsHashed bool
}

// Codec is the code that handles values. Functions have their whole names, so that
// a search for one finds who calls it.
type Codec struct {
	// Go is the type.
	Go func(t *Type, own Named) *jen.Statement
	// Append and Size encode a value as BSON, Read decodes it.
	Append, Size, Read Func
	// Transcode renders stored BSON as JSON, Marshal a Go value.
	Transcode, Marshal Func
	// Request reads a value from a request's body.
	Request Func
	// Field makes what the filters and sorts of entity by the path called name are made
	// of.
	Field func(t *Type, entity, name jen.Code) *jen.Statement
	// Value is the function that makes a BSON value of one in Go, Parse of a text in a
	// URL.
	Value, Parse func(t *Type) *jen.Statement
	// Beginning parses the beginning of a text, where that is not done as Parse does.
	Beginning func() *jen.Statement
	// Literal is a default, or another declared value, in Go.
	Literal func(t *Type, v any) jen.Code
	// MissingJSON is the JSON of a value that is missing: that of otherwise, or of the
	// zero value where it is nil. It is empty where nothing can stand for it.
	MissingJSON func(t *Type, otherwise any) string
	// Sample is a value for documentation, of the field f, nil where that is unknown.
	Sample func(t *Type, f *Field, own Named) jen.Code
	// TypedSample is a sample of the type without anything around it that says so; nil
	// where Sample is.
	TypedSample func(jen.Code) jen.Code
}

// Check is the code that judges values.
type Check struct {
	// Constrain are the statements that judge v, a value of f, whose JSON pointer is
	// at, by f's rules; owner is the type that has f.
	Constrain func(owner string, f *Field) []jen.Code
	// Judge is the function that judges a value by its type alone; nil, or of nil,
	// where every value will do. It refuses the zero value and no other where
	// JudgesPresence says so.
	Judge          func(t *Type) jen.Code
	JudgesPresence bool
	// IsThere is the condition under which v is no zero value, for kinds whose zero
	// value is never stored: it stands for one that is missing.
	IsThere func(v *jen.Statement) *jen.Statement
	// IsGiven is the condition under which v was given in Go.
	IsGiven func(v *jen.Statement) *jen.Statement
	// IsMissing is the condition under which v, a value of f, is what a missing one
	// reads as.
	IsMissing func(f *Field, v *jen.Statement) jen.Code
	// RefusesMissing reports whether the check of f, which is required, refuses what a
	// missing one reads as.
	RefusesMissing func(f *Field) bool
}

// Schema is the kind in OpenAPI.
type Schema struct {
	// JSONSchema is the type by itself.
	JSONSchema func(t *Type, in Document) Object
	// LengthUnit is what MinLen and MaxLen count in JSON Schema's words, "Length" if
	// empty; SchemaLengths are these bounds of the JSON.
	LengthUnit    string
	SchemaLengths func(least, most int) (int, int)
}

// Named makes code of an exported name of the generated package.
type Named func(name string) *jen.Statement

// Local returns Named within the package.
func Local(name string) *jen.Statement { return jen.Id(name) }

// byName are all kinds; formats are those that a String of a Format is.
var (
	byName  = map[def.Kind]*Kind{}
	formats = map[def.Format]*Kind{}
)

// register makes a kind known. It is called where the kind is declared, so that a
// new kind is one file.
func register(k *Kind) *Kind {
	byName[k.Name] = k
	return k
}

// registerFormat makes known what kind a String of a Format is.
func registerFormat(format def.Format, k *Kind) *Kind {
	formats[format] = k
	return k
}

// Of returns the kind of that name; ok is false if there is none.
func Of(name def.Kind) (k *Kind, ok bool) {
	k, ok = byName[name]
	return k, ok
}

// OfFormat returns the kind that a String of a Format is, or k.
func (k *Kind) OfFormat(format def.Format) *Kind {
	if of, ok := formats[format]; ok && k.Text {
		return of
	}
	return k
}

// IsContainer reports whether values hold elements or entries.
func (k *Kind) IsContainer() bool { return k.IsSequence || k.IsEntries }

// The types of what every document has besides its declared fields.
var (
	ID        = &Type{Kind: objectIDKind}
	Timestamp = &Type{Kind: timeKind}
	Revision  = &Type{Kind: intKind}
)
