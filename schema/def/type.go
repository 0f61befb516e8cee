package def

// Type is what a field holds. The variables and functions of this package make
// all there are.
type Type struct {
	Kind Kind
	// Name is the Go type of a NamedEnum.
	Name string
	// Values are the members of an Enum or NamedEnum, in declared order.
	Values []string
	// Elem is the element of a List or Set, the value of a Map's entries.
	Elem *Type
	// Struct is the value object of an Object.
	Struct *Struct
	// Collection is the Name of the collection that a Ref refers to.
	Collection string
}

// Kind tells the types apart: it is the type's name in a declaration. The zero value
// is none, so that a field declared without a type is noticed.
type Kind string

// The kinds, one for each type.
const (
	KindString    Kind = "String"
	KindBool      Kind = "Bool"
	KindInt       Kind = "Int"
	KindFloat     Kind = "Float"
	KindTime      Kind = "Time"
	KindObjectID  Kind = "ObjectID"
	KindUUID      Kind = "UUID"
	KindBytes     Kind = "Bytes"
	KindDecimal   Kind = "Decimal"
	KindSecret    Kind = "Secret"
	KindEnum      Kind = "Enum"
	KindNamedEnum Kind = "NamedEnum"
	KindList      Kind = "List"
	KindSet       Kind = "Set"
	KindMap       Kind = "Map"
	KindObject    Kind = "Object"
	KindRef       Kind = "Ref"
	KindAny       Kind = "Any"
)

var (
	// String is UTF-8 text.
	String = Type{Kind: KindString}
	// Bool is true or false.
	Bool = Type{Kind: KindBool}
	// Int is a 64-bit integer, an int64 in Go.
	Int = Type{Kind: KindInt}
	// Float is a finite 64-bit floating-point number.
	Float = Type{Kind: KindFloat}
	// Time is an instant in UTC with the millisecond precision of a BSON date.
	Time = Type{Kind: KindTime}
	// ObjectID is a 12-byte BSON ObjectID.
	ObjectID = Type{Kind: KindObjectID}
	// UUID is an identifier of RFC 9562: binary subtype 4 in BSON, its text in JSON.
	UUID = Type{Kind: KindUUID}
	// Bytes is binary data: base64 in JSON.
	Bytes = Type{Kind: KindBytes}
	// Decimal is a decimal number of 34 digits (IEEE 754-2008 decimal128), exact
	// where a Float is not: a string in JSON, and in Default, Min and Max.
	Decimal = Type{Kind: KindDecimal}
	// Secret is stored as a hash, and never appears in JSON or logs.
	Secret = Type{Kind: KindSecret}
	// Any is a value of any BSON type, Mongoose's Mixed: a bson.RawValue in Go, relaxed
	// Extended JSON in JSON.
	Any = Type{Kind: KindAny}
)

// Enum is one of the given strings; its Go type is named after the field.
func Enum(values ...string) Type { return Type{Kind: KindEnum, Values: values} }

// NamedEnum is one of the given strings; name is its Go type, for an enum that
// several fields share.
func NamedEnum(name string, values ...string) Type {
	return Type{Kind: KindNamedEnum, Name: name, Values: values}
}

// List is an ordered sequence of t.
func List(t Type) Type { return Type{Kind: KindList, Elem: &t} }

// Set is a List without repeats: the first of equal elements stays, later ones
// are dropped silently.
func Set(t Type) Type { return Type{Kind: KindSet, Elem: &t} }

// Map is entries of t by names that the documents choose. A name holds neither
// a dot nor a zero byte, and does not begin with a dollar sign.
func Map(t Type) Type { return Type{Kind: KindMap, Elem: &t} }

// Object is a value object stored inside the document.
func Object(s Struct) Type { return Type{Kind: KindObject, Struct: &s} }

// Ref is the _id of a document of another collection, or of the same one: of the type that
// the collection's ID declares, and checked to exist when it is written.
func Ref(collection string) Type { return Type{Kind: KindRef, Collection: collection} }
