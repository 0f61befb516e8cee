package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
)

// Kind is one kind of type. Members left out do not apply to it.
type Kind struct {
	// Name is the kind's name in declarations.
	Name def.Kind
	// Noun is what a value is called in a sentence, such as "a number", unless Says does.
	Noun string
	// Says returns what a value of the type is called.
	Says func(t *Type) string
	Rules
	Codec
	Check
	Schema
}

// Rules are what declarations may say of a field, and how indexes treat its values.
type Rules struct {
	// Bounds, Lengths and Text report whether Min and Max, MinLen and MaxLen,
	// Pattern and Format may be declared.
	Bounds, Lengths, Text bool
	// Convert converts a literal to the Go value of defaults, bounds and
	// conditions; problem is what is wrong with it, remedy what to write instead.
	// Kinds without Convert take none of these.
	Convert func(t *Type, v any) (value any, problem, remedy string)
	// Makes is the default that can be made at creation, Make the code that makes it.
	Makes def.Made
	Make  func() *jen.Statement
	// Distinct reports whether a Set can tell values apart, HoldsDistinct whether
	// this kind requires that of its elements.
	Distinct, HoldsDistinct bool
	// Ordered reports whether a condition of an index may compare by less and
	// greater.
	Ordered bool
	// IsDate reports whether documents can expire by a value.
	IsDate bool
	// Zero is what a patch adds to where there is no number yet; nil for other kinds.
	Zero any
	// Least and Greatest are the bounds of all values.
	Least, Greatest any
	// Unindexed returns why an index cannot end at such a value, and what to write.
	Unindexed func(path string, t *Type) (problem, remedy string)
	// IsSequence reports whether a path passes through the values' elements,
	// IsEntries whether values are maps of named entries.
	IsSequence, IsEntries bool
	// IsMerged reports whether a patch merges values without knowing their members.
	IsMerged bool
	// IsReference reports whether a value is the _id of a document of
	// Type.Collection, whose kind is Referred.
	IsReference bool
	Referred    def.Kind
	// IsNumber reports whether a patch may add to a value.
	IsNumber bool
	// IsHashed reports whether a value is given as plain text, stored as a hash and
	// never returned.
	IsHashed bool
}

// Codec is the code that handles values. Functions are named in full, so that a
// search for one finds its users.
type Codec struct {
	// Go returns the Go type. HoldsMissing reports whether one of its values stands for a
	// missing one, as nil does for a list, so that no Optional is needed.
	Go           func(t *Type, own Named) *jen.Statement
	HoldsMissing bool
	// Append and Size encode a value as BSON, Read decodes it.
	Append, Size, Read Func
	// AppendGiven and SizeGiven are Append and Size of a member that is left out if it is
	// missing, for kinds that HoldsMissing.
	AppendGiven, SizeGiven Func
	// Transcode renders stored BSON as JSON, Marshal a Go value.
	Transcode, Marshal Func
	// JSONMember appends a value as a member of a JSON object, OptionalJSONMember one that
	// may be missing; the zero Func stands for those that take Marshal.
	JSONMember, OptionalJSONMember Func
	// ReadJSON reads a value from a request's body.
	ReadJSON Func
	// Field returns the store.Field of entity that builds filters and sorts on the
	// path called name.
	Field func(t *Type, entity, name jen.Code) *jen.Statement
	// Value is the function that converts a Go value to BSON, Parse the one that
	// parses it from a URL.
	Value, Parse func(t *Type) *jen.Statement
	// ParsePrefix parses a prefix of a text, if Parse cannot.
	ParsePrefix func(t *Type) *jen.Statement
	// Literal returns a default or another declared value as Go code.
	Literal func(t *Type, v any) jen.Code
	// MissingJSON returns the JSON of a missing value: that of otherwise, or of the
	// zero value if that is nil. It is empty if nothing can stand for the value.
	MissingJSON func(t *Type, otherwise any) string
	// Sample returns a value of the field f for documentation; f may be nil.
	Sample func(t *Type, f *Field, own Named) jen.Code
	// TypedSample returns a sample whose type is evident without context; nil if
	// Sample's is.
	TypedSample func(jen.Code) jen.Code
}

// Check is the code that checks values.
type Check struct {
	// Constraints returns the value of api/check that has f's constraints; it is nil,
	// or returns nil, if f has none but its type's.
	Constraints func(f *Field) *jen.Statement
	// CheckRequired returns the function that checks a required value without
	// Constraints; nil if CheckValue's does.
	CheckRequired func(t *Type) jen.Code
	// CheckValue returns the function that checks a value by its type alone; it is
	// nil, or returns nil, if every value is valid.
	CheckValue func(t *Type) jen.Code
	// IsGiven returns the condition that v, which is no Optional, was given, for kinds of
	// which a value stands for one that was not.
	IsGiven func(v *jen.Statement) *jen.Statement
}

// Schema describes the kind in OpenAPI.
type Schema struct {
	// JSONSchema returns the schema of the type by itself.
	JSONSchema func(t *Type, in SchemaContext) JSONObject
	// LengthUnit is the JSON Schema keyword suffix for MinLen and MaxLen, "Length"
	// if empty; SchemaLengths returns these bounds for the JSON form.
	LengthUnit    string
	SchemaLengths func(least, most int) (int, int)
}

// Named returns the code of an exported name of the generated package.
type Named func(name string) *jen.Statement

// Local is the Named within the package.
func Local(name string) *jen.Statement { return jen.Id(name) }

// byName has all kinds.
var byName = map[def.Kind]*Kind{}

// register adds a kind. Each kind registers itself, so that a new kind is one file.
func register(k *Kind) *Kind {
	byName[k.Name] = k
	return k
}

// Of returns the kind of that name; ok is false if there is none.
func Of(name def.Kind) (k *Kind, ok bool) {
	k, ok = byName[name]
	return k, ok
}

// IsContainer reports whether values hold elements or entries.
func (k *Kind) IsContainer() bool { return k.IsSequence || k.IsEntries }

// The types of the fields that every document has.
var (
	Timestamp = &Type{Kind: timestampKind}
	Revision  = &Type{Kind: intKind}
)
