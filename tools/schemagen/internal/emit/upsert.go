package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// givenMethod declares the method that lists the members of a New that an upsert
// changes in an existing document.
func givenMethod(c *model.Collection) jen.Code {
	var always, body []jen.Code
	for _, f := range kinds.Changeable(c.Fields) {
		if paths := alwaysGiven(f.StoredName(), f); paths != nil {
			always = append(always, paths...)
		}
		body = append(body, givenMember(f.StoredName(), f, jen.Id("n").Dot(f.Go), f.Required, !f.Required)...)
	}
	body = append([]jen.Code{jen.Id("paths").Op(":=").Index().String().Values(always...)}, body...)
	return code.Sentences("given returns the paths of the members that n gives.").Line().
		Func().Params(jen.Id("n").Op("*").Id("New")).Id("given").Params().Index().String().Block(
		append(body, jen.Return(jen.Id("paths")))...)
}

// alwaysGiven returns the paths of required members at path: f itself or, for an
// Object, its required members.
func alwaysGiven(path string, f *kinds.Field) []jen.Code {
	switch {
	case !f.Required:
		return nil
	case f.Type.Struct == nil:
		return []jen.Code{jen.Lit(path)}
	}
	var paths []jen.Code
	for _, m := range kinds.Changeable(f.Type.Struct.Fields) {
		paths = append(paths, alwaysGiven(path+"."+m.StoredName(), m)...)
	}
	return paths
}

// givenMember returns the statements that add the path of f, with value v, if it is given.
// Objects are given member by member. known reports whether the path is among the ones that
// are always given, optional whether v is an Optional, unless its type has a value for one.
func givenMember(path string, f *kinds.Field, v *jen.Statement, known, optional bool) []jen.Code {
	optional = optional && !f.Type.HoldsMissing
	switch {
	case f.Type.Struct != nil && optional:
		within := "v"
		if !slices.ContainsFunc(kinds.Changeable(f.Type.Struct.Fields), dependsOnValue) {
			within = "_"
		}
		return []jen.Code{jen.If(jen.List(jen.Id(within), jen.Id("ok")).Op(":=").Add(v).Dot("Get").Call(), jen.Id("ok")).Block(
			givenMembers(path, f.Type.Struct, jen.Id("v"), false)...)}
	case f.Type.Struct != nil:
		return givenMembers(path, f.Type.Struct, v, known)
	case f.Required && known:
		return nil
	case optional:
		return appendGiven(path, jen.Op("!").Add(v).Dot("IsZero").Call())
	case !f.Required && f.Type.IsGiven != nil:
		return appendGiven(path, f.Type.IsGiven(v))
	}
	return []jen.Code{jen.Id("paths").Op("=").Append(jen.Id("paths"), jen.Lit(path))}
}

// dependsOnValue reports whether it depends on the value of an object which paths of its
// member f are given.
func dependsOnValue(f *kinds.Field) bool {
	switch {
	case f.IsOptional():
		return true
	case f.Type.Struct != nil:
		return slices.ContainsFunc(kinds.Changeable(f.Type.Struct.Fields), dependsOnValue)
	}
	return !f.Required && f.Type.IsGiven != nil
}

func givenMembers(path string, s *kinds.Struct, v *jen.Statement, known bool) []jen.Code {
	var list []jen.Code
	for _, m := range kinds.Changeable(s.Fields) {
		list = append(list, givenMember(path+"."+m.StoredName(), m, v.Clone().Dot(m.Go), known && m.Required, m.IsOptional())...)
	}
	return list
}

func appendGiven(path string, given jen.Code) []jen.Code {
	return []jen.Code{jen.Id("paths").Op("=").Add(code.Runtime("AppendGiven")).Call(jen.Id("paths"), jen.Lit(path), given)}
}
