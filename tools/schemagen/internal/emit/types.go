package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// Fields that documents have besides those that are declared.
var (
	deletedField = &kinds.Field{Name: meta.DeletedPath, Go: "DeletedAt", Type: kinds.Timestamp}
	// revField counts a document's writes; JSON never contains it.
	revField = &kinds.Field{Name: meta.RevPath, Type: kinds.Revision, Required: true}
)

// encoding is how the members of documents are appended, or their size is found.
type encoding struct {
	// always is the operation on what is always there, given on what may be missing, optional
	// the function of api/wire for an Optional.
	always, given kinds.Operation
	optional      string
}

var (
	appended = encoding{kinds.Append, kinds.AppendGiven, "AppendOptional"}
	sized    = encoding{kinds.Size, kinds.SizeGiven, "SizeOptional"}
)

// of returns the call for m; leading are the arguments before the name. In a value object, a
// value that was not given is stored as the default.
func (e encoding) of(m stored, leading ...jen.Code) *jen.Statement {
	f, v, args := m.field, m.value, append(leading, jen.Lit(m.field.StoredName()))
	switch {
	case f.IsOptional() && f.Type.HoldsMissing:
		return e.given.Call(f.Type, append(args, v)...)
	case f.IsOptional():
		return code.Wire(e.optional).Call(append(args, v, e.always.Of(f.Type))...)
	case m.within && f.Default != nil && f.Type.IsGiven != nil:
		v = orDefault(f, v)
	}
	return e.always.Call(f.Type, append(args, v)...)
}

// orDefault returns v, a value of f, or f's default if v stands for one that was not given.
func orDefault(f *kinds.Field, v jen.Code) jen.Code {
	otherwise := f.StoredDefault()
	switch {
	case f.Type.IsEntries:
		return code.Runtime("MapOr").Call(v, otherwise)
	case f.Type.HoldsMissing:
		return code.Runtime("ListOr").Call(v, otherwise)
	}
	return jen.Qual("cmp", "Or").Call(v, otherwise)
}
