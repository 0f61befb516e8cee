package emit

import (
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
		if paths := alwaysGiven(f.Name, f); paths != nil {
			always = append(always, paths...)
		}
		body = append(body, givenMember(f.Name, f, jen.Id("n").Dot(f.Go), byPointer(f), true)...)
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
		paths = append(paths, alwaysGiven(path+"."+m.Name, m)...)
	}
	return paths
}

// givenMember returns the statements that add the path of f, with value v, if it is
// given. Objects are given member by member, and count as given if their required
// members are.
func givenMember(path string, f *kinds.Field, v *jen.Statement, pointer, there bool) []jen.Code {
	if f.Type.Struct == nil {
		if f.Required && there {
			return nil
		}
		return []jen.Code{jen.Id("paths").Op("=").Add(code.Runtime("AppendGiven")).Call(jen.Id("paths"), jen.Lit(path), isGiven(f, v, pointer))}
	}
	var list, always []jen.Code
	for _, m := range kinds.Changeable(f.Type.Struct.Fields) {
		if pointer {
			always = append(always, alwaysGiven(path+"."+m.Name, m)...)
		}
		list = append(list, givenMember(path+"."+m.Name, m, v.Clone().Dot(m.Go), false, pointer || there && f.Required)...)
	}
	if !pointer {
		return list
	}
	if always != nil {
		list = append([]jen.Code{jen.Id("paths").Op("=").Append(append([]jen.Code{jen.Id("paths")}, always...)...)}, list...)
	}
	return []jen.Code{jen.If(v.Clone().Op("!=").Nil()).Block(list...)}
}

// isGiven returns the condition that v, a value of an optional field f, was given.
func isGiven(f *kinds.Field, v *jen.Statement, pointer bool) jen.Code {
	if pointer {
		return v.Op("!=").Nil()
	}
	return f.Type.IsGiven(v)
}
