package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// The members that every document has, or every one with timestamps.
var (
	idField      = &kinds.Field{Name: "_id", Go: "ID", Type: kinds.ID}
	createdField = &kinds.Field{Name: "createdAt", Go: "CreatedAt", Type: kinds.Timestamp}
	updatedField = &kinds.Field{Name: "updatedAt", Go: "UpdatedAt", Type: kinds.Timestamp}
	// revField counts the writes of a document; JSON never carries it.
	revField = &kinds.Field{Name: "_rev", Type: kinds.Revision}
)

// encode returns the call that appends, or sizes, the member called key with value
// v; leading are the arguments before key. An enum's zero value is stored as its
// default.
func encode(o kinds.Operation, f *kinds.Field, v jen.Code, leading ...jen.Code) *jen.Statement {
	if f.Type.Enum != nil && f.Declared() != nil {
		v = jen.Qual("cmp", "Or").Call(v, f.DefaultValue())
	}
	return o.Call(f.Type, append(leading, jen.Lit(f.Name), v)...)
}

// byPointer reports whether New holds a pointer to f's value: its zero value is one
// that a caller may mean, and not the same as leaving it out.
func byPointer(f *kinds.Field) bool {
	return !f.Required && f.Type.Enum == nil && f.DefaultValue() != nil
}
