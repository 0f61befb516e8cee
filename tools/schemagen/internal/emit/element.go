package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// Elements of lists that have an _id are changed one by one, in Go by their patch and over HTTP
// as resources within the document.

// elementID declares the method that returns an element's _id.
func elementID(s *kinds.Struct) jen.Code {
	return code.Sentences("ElementID returns the _id, zero if the stored element has none.").Line().
		Func().Params(jen.Id("v").Id(s.Go)).Id("ElementID").Params().Add(code.BSON("ObjectID")).Block(jen.Return(jen.Id("v").Dot("ID")))
}

// elementPatch declares the method by which store.Element knows whose patch it is given.
func elementPatch(s *kinds.Struct) jen.Code {
	return code.Sentences("ElementPatch returns p, for store.Element.").Line().
		Func().Params(jen.Id("p").Id(s.Go + "Patch")).Id("ElementPatch").Params(jen.Id(s.Go)).Any().Block(jen.Return(jen.Id("p")))
}

// elements declares the variables with what the runtime knows of elements that have an _id.
func elements(c *model.Collection) jen.Code {
	var list []jen.Code
	for _, s := range patched(c) {
		if s.HasID {
			list = append(list, jen.Id("elementsOf"+s.Go).Op("=").Add(code.Literal(
				code.Runtime("Elements").Types(jen.Id(s.Go), jen.Id(s.Go+"Patch")),
				code.Member("Append", jen.Id("append"+s.Go)),
				code.Member("Check", jen.Id("check"+s.Go)),
				code.Member("Apply", jen.Id(s.Go+"Patch").Dot("apply")),
				code.Member("CheckPatch", jen.Id("check"+s.Go+"Patch")),
			)))
		}
	}
	if list == nil {
		return jen.Null()
	}
	return jen.Comment("What elements of lists are stored and changed by.").Line().Var().Defs(list...)
}

// elementsOf returns the variable for elements of f, or with f's bounds on their number.
func elementsOf(f *kinds.Field) *jen.Statement {
	v := jen.Id("elementsOf" + f.Type.Elem.Struct.Go)
	if f.MinLen+f.MaxLen > 0 {
		v.Dot("Bound").Call(jen.Lit(f.MinLen), jen.Lit(f.MaxLen))
	}
	return v
}

// elementCodecs returns the codecs of lists whose elements are resources within the document.
func elementCodecs(c *model.Collection) []jen.Code {
	var list []jen.Code
	for _, f := range c.ElementLists() {
		s, serve := f.Type.Elem.Struct.Go, "ShowElements"
		args := []jen.Code{jen.Lit(f.Name), jen.Lit(model.Title(f.Name))}
		if !f.Immutable && !f.Unset {
			serve = "ServeElements"
			args = []jen.Code{jen.Id("collectionName"), args[0], jen.Lit(f.StoredName()), args[1]}
			args = append(args, elementsOf(f), jen.Id("readJSON"+s), jen.Id("readJSON"+s+"Patch"))
		}
		list = append(list, code.Runtime(serve).Call(args...))
	}
	return slices.Clip(list)
}
