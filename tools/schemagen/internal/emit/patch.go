package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// A patch changes an Object, a Map and an Any member by member, as JSON merge patch does;
// anything else it replaces. The functions below give, for a type, the code that
// handles such a change.

// patchValue returns the type that a store.Change holds.
func patchValue(t *kinds.Type) *jen.Statement {
	switch {
	case t.Struct != nil:
		return jen.Id(t.Struct.Go + "Patch")
	case t.IsEntries:
		return code.Store("Entries").Types(patchValue(t.Elem))
	}
	return t.GoType()
}

func changeType(t *kinds.Type) *jen.Statement { return code.Store("Change").Types(patchValue(t)) }

// applyChange adds change, a store.Change of the member at path, to the changes
// to.
func applyChange(t *kinds.Type, to, path, change jen.Code) jen.Code {
	switch {
	case t.Struct != nil:
		return code.Runtime("ApplyObject").Call(to, path, change, jen.Id(t.Struct.Go+"Patch").Dot("apply"))
	case t.IsEntries:
		each := jen.Func().Params(
			jen.Id("c").Op("*").Add(code.Runtime("Changes")), jen.Id("path").String(), jen.Id("v").Add(changeType(t.Elem)),
		).Block(applyChange(t.Elem, jen.Id("c"), jen.Id("path"), jen.Id("v")))
		return code.Runtime("ApplyEntries").Call(to, path, change, each)
	case t.HasIdentities():
		return applyElements(to, path, change, heldBy(t))
	}
	apply, appendTo := "Apply", kinds.AppendGiven.Of(t)
	switch {
	case t.IsMerged && t.Of != nil:
		return applyAny(to, path, change, t.Of)
	case t.IsMerged:
		return applyAny(to, path, change, new(kinds.Field))
	case t.IsNumber:
		apply = "ApplyNumber"
	case t.HoldsDistinct:
		apply, appendTo = "ApplySet", kinds.Append.Of(t.Elem)
	case t.IsSequence:
		apply, appendTo = "ApplyList", kinds.Append.Of(t.Elem)
	}
	return code.Runtime(apply).Call(to, path, change, appendTo)
}

// applyAny is applyChange for a value of any type, with the bounds of f on its size.
func applyAny(to, path, change jen.Code, f *kinds.Field) jen.Code {
	return code.Runtime("ApplyAny").Call(to, path, change, jen.Lit(f.MinLen), jen.Lit(f.MaxLen))
}

// applyElements is applyChange for a list of elements that have an _id.
func applyElements(to, path, change jen.Code, f *kinds.Field) jen.Code {
	return code.Runtime("ApplyElements").Call(to, path, change, elementsOf(f))
}

// heldBy returns what is declared of values of t, which are entries of a map.
func heldBy(t *kinds.Type) *kinds.Field {
	if t.Of != nil {
		return t.Of
	}
	return &kinds.Field{Type: t}
}

// changeReader returns the function that reads the value of a change from a
// request.
func changeReader(t *kinds.Type) *jen.Statement {
	switch {
	case t.Struct != nil:
		return jen.Id("readJSON" + t.Struct.Go + "Patch")
	case t.IsEntries && t.Elem.IsMerged:
		return code.Runtime("ReadMergedEntries")
	case t.IsEntries:
		return jen.Func().Params(jen.Id("r").Op("*").Add(code.Wire("JSONReader"))).Add(patchValue(t)).Block(
			jen.Return(code.Runtime("ReadEntries").Call(jen.Id("r"), changeReader(t.Elem))))
	}
	return kinds.ReadJSON.Of(t)
}

// changeCheck returns the function that checks the value of an element's change,
// nil if every value is valid.
func changeCheck(t *kinds.Type) jen.Code {
	switch {
	case t.Struct != nil:
		return jen.Id("check" + t.Struct.Go + "Patch")
	case t.IsEntries && t.Elem.HasIdentities():
		return jen.Func().Params(kinds.ErrsParam(), jen.Id("at").String(), jen.Id("v").Add(patchValue(t))).Block(
			code.Runtime("CheckElementEntries").Call(jen.Id("errs"), jen.Id("at"), jen.Id("v"), t.Elem.Checker(), elementsOf(heldBy(t.Elem))))
	case t.IsEntries:
		return jen.Func().Params(kinds.ErrsParam(), jen.Id("at").String(), jen.Id("v").Add(patchValue(t))).Block(
			code.Runtime("CheckEntries").Call(jen.Id("errs"), jen.Id("at"), jen.Id("v"), code.OrNil(changeCheck(t.Elem))))
	}
	return t.Checker()
}
