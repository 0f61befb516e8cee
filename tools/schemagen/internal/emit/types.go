package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// Fields that every document has, or every document with timestamps.
var (
	idField      = &kinds.Field{Name: "_id", Go: "ID", Type: kinds.ID}
	createdField = &kinds.Field{Name: meta.CreatedPath, Go: "CreatedAt", Type: kinds.Timestamp}
	updatedField = &kinds.Field{Name: meta.UpdatedPath, Go: "UpdatedAt", Type: kinds.Timestamp}
	// revField counts a document's writes; JSON never contains it.
	revField = &kinds.Field{Name: meta.RevPath, Type: kinds.Revision}
)

// encode returns the call that appends or sizes member key with value v; leading
// are the arguments before key. An enum's zero value is stored as its default.
func encode(o kinds.Operation, f *kinds.Field, v jen.Code, leading ...jen.Code) *jen.Statement {
	if f.Type.Enum != nil && f.Declared() != nil {
		v = jen.Qual("cmp", "Or").Call(v, f.DefaultValue())
	}
	return o.Call(f.Type, append(leading, jen.Lit(f.Name), v)...)
}

// byPointer reports whether New holds a pointer to f's value, because its zero
// value is valid and differs from its default.
func byPointer(f *kinds.Field) bool {
	return !f.Required && f.Type.Enum == nil && f.DefaultValue() != nil
}
