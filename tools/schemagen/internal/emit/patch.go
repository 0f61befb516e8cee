package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// A patch changes an Object and a Map member by member, as JSON merge patch does;
// anything else it replaces. The functions below give, for a type, the code that
// handles such a change.

// patchValue is the type that store.Change holds.
func patchValue(t *model.Type) *jen.Statement {
	switch t.Kind {
	case def.KindObject:
		return jen.Id(t.Struct.Go + "Patch")
	case def.KindMap:
		return store("Entries").Types(patchValue(t.Elem))
	}
	return goType(t)
}

func changeType(t *model.Type) *jen.Statement { return store("Change").Types(patchValue(t)) }

// applyChange adds change, a store.Change of the member at path, to the changes
// to.
func applyChange(t *model.Type, format def.Format, to, path, change jen.Code) jen.Code {
	switch t.Kind {
	case def.KindObject:
		return store("ApplyObject").Call(to, path, change, jen.Id(t.Struct.Go+"Patch").Dot("apply"))
	case def.KindMap:
		each := jen.Func().Params(
			jen.Id("c").Op("*").Add(store("Changes")), jen.Id("path").String(), jen.Id("v").Add(changeType(t.Elem)),
		).Block(applyChange(t.Elem, "", jen.Id("c"), jen.Id("path"), jen.Id("v")))
		return store("ApplyEntries").Call(to, path, change, each)
	}
	apply := "Apply"
	switch {
	case isNumber(t):
		apply = "ApplyNumber"
	case t.IsList():
		apply = "ApplyList"
	}
	return store(apply).Call(to, path, change, encoder("Append", t, format))
}

// changeRequester is the function that reads the value of a change from a
// request.
func changeRequester(t *model.Type) *jen.Statement {
	switch t.Kind {
	case def.KindObject:
		return jen.Id("request" + t.Struct.Go + "Patch")
	case def.KindMap:
		return jen.Func().Params(jen.Id("r").Op("*").Add(wire("Request"))).Add(patchValue(t)).Block(
			jen.Return(store("ReadEntries").Call(jen.Id("r"), changeRequester(t.Elem))))
	}
	return requester(t)
}

// changeCheck is the function that judges the value of a change of an element;
// nil where every value will do.
func changeCheck(t *model.Type) jen.Code {
	switch t.Kind {
	case def.KindObject:
		return jen.Id("check" + t.Struct.Go + "Patch")
	case def.KindMap:
		return jen.Func().Params(problemsParam(), jen.Id("at").String(), jen.Id("v").Add(patchValue(t))).Block(
			store("CheckEntries").Call(jen.Id("problems"), jen.Id("at"), jen.Id("v"), orNil(changeCheck(t.Elem))))
	}
	return elementCheck(t)
}

func orNil(c jen.Code) jen.Code {
	if c == nil {
		return jen.Nil()
	}
	return c
}
