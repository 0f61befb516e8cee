package kinds

import (
	"cmp"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// ID is what the _ids of a collection are. The zero value is an ObjectID that the repository
// makes; with a Kind, those who create a document may choose its _id.
type ID struct{ Kind def.Kind }

// identity is what a kind has if documents can be known by its values.
type identity struct {
	// makes is the function of api/runtime that makes a value if none is given, empty if one
	// has to be given.
	makes string
	// check is the function of api/check that a given value has to pass, empty for none.
	check string
	// transcodeRef renders a stored reference as JSON.
	transcodeRef Func
	// schema is that of a new document's _id, nil for the type's own.
	schema JSONObject
}

var identities = map[def.Kind]identity{
	def.KindObjectID: {makes: "IDOrNew", transcodeRef: method("JSONRef")},
	def.KindUUID:     {makes: "UUIDOrNew", transcodeRef: method("JSONUUIDRef")},
	def.KindInt:      {transcodeRef: method("JSONIntRef")},
	def.KindString:   {check: "TextID", transcodeRef: method("JSONStringRef"), schema: textIDSchema},
}

// textIDSchema is what check.TextID checks, but that no _id consists of one or two dots.
var textIDSchema = JSONObject{
	{"type", "string"}, {"minLength", 1}, {"maxLength", 128}, {"pattern", `^[^$/\x00-\x1f\x7f-\x9f][^/\x00-\x1f\x7f-\x9f]*$`},
}

// IDOf returns what a collection's ID declares; ok is false if no document can be known by it.
func IDOf(declared def.Type) (id ID, ok bool) {
	if _, ok = identities[declared.Kind]; ok {
		return ID{declared.Kind}, true
	}
	return ID{}, declared.Kind == ""
}

func (id ID) kind() def.Kind { return cmp.Or(id.Kind, def.KindObjectID) }

// Type returns the type of the _ids.
func (id ID) Type() *Type { return &Type{Kind: byName[id.kind()]} }

// Field returns the field that holds the _id.
func (id ID) Field() *Field { return &Field{Name: "_id", Go: "ID", Type: id.Type(), Required: true} }

// IsChosen reports whether those who create a document may choose its _id.
func (id ID) IsChosen() bool { return id.Kind != "" }

// IsRequired reports whether those who create a document have to choose its _id.
func (id ID) IsRequired() bool { return identities[id.kind()].makes == "" }

// New returns the _id of a new document, for which given was given.
func (id ID) New(given jen.Code) *jen.Statement {
	if id.IsRequired() {
		return jen.Add(given)
	}
	return code.Runtime(identities[id.kind()].makes).Call(given)
}

// Check returns the statement that checks given, the _id of a document, nil for none.
func (id ID) Check(given jen.Code) jen.Code {
	if check := identities[id.kind()].check; check != "" {
		return code.Check(check).Call(jen.Id("errs"), jen.Lit("/_id"), given)
	}
	return nil
}

// NewSchema returns the schema of a new document's _id.
func (id ID) NewSchema() JSONObject {
	if own := identities[id.kind()].schema; own != nil {
		return own
	}
	return id.Type().JSONSchema(id.Type(), nil)
}
