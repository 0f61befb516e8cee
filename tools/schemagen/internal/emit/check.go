package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addChecks writes the checks of documents and patches: the constraints on fields,
// and a function for each type that checks its fields against them.
func addChecks(f *jen.File, c *model.Collection) {
	add(f, checkDocument(c), checkPatch(c))
	for _, s := range c.Structs {
		add(f, checkStruct(s))
	}
	for _, s := range patched(c) {
		add(f, checkStructPatch(s))
	}
	if list := rules(c); len(list) > 0 {
		add(f, jen.Comment("The constraints on fields.").Line().Var().Defs(list...))
	}
}

// rules returns the definitions of variables with the constraints on fields.
func rules(c *model.Collection) []jen.Code {
	var list []jen.Code
	collect := func(fields []*kinds.Field) {
		for _, f := range fields {
			for f := f; f != nil; f = f.Each {
				if rule := fieldRule(c, f); rule != nil {
					list = append(list, jen.Id(f.Rule).Op("=").Add(rule))
				}
			}
		}
	}
	collect(c.Fields)
	for _, s := range c.Structs {
		collect(s.Fields)
	}
	return list
}

// fieldRule returns the constraints that c's code checks f against, nil for none. Those of _id are
// no declared ones.
func fieldRule(c *model.Collection, f *kinds.Field) *jen.Statement {
	if f.Rule == "" || f.Type.IsHashed && !c.Served() { // no request has its plain text
		return nil
	}
	return constraints(f)
}

func checkDocument(c *model.Collection) jen.Code {
	calls := callChecks("d", "", c.Fields)
	if check := c.ID.Check(jen.Id("d").Dot("ID")); check != nil {
		calls = append([]jen.Code{check}, calls...)
	}
	if hasRequirements(c) {
		calls = append(calls, code.Runtime("CheckRequired").Call(jen.Id("errs"), jen.Id("fields"), jen.Id("d").Dot("AppendBSON").Call(jen.Nil())))
	}
	return jen.Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("check").Params(kinds.ErrsParam()).Block(calls...)
}

// hasRequirements reports whether some fields of c are required by what is beside them.
func hasRequirements(c *model.Collection) bool {
	required := func(f *kinds.Field) bool { return len(f.RequiredIf) > 0 }
	return slices.ContainsFunc(c.Fields, required) ||
		slices.ContainsFunc(c.Structs, func(s *kinds.Struct) bool { return slices.ContainsFunc(s.Fields, required) })
}

func checkStruct(s *kinds.Struct) jen.Code {
	return jen.Func().Id("check"+s.Go).
		Params(kinds.ErrsParam(), jen.Id("at").String(), jen.Id("v").Id(s.Go)).
		Block(callChecks("v", "at", s.Fields)...)
}

func callChecks(own, at string, fields []*kinds.Field) []jen.Code {
	var calls []jen.Code
	for _, f := range fields {
		check, v := checker(f), jen.Id(own).Dot(f.Go)
		if check == nil {
			continue
		}
		call := jen.Add(check).Call(jen.Id("errs"), pointer(at, f), v)
		switch {
		case f.IsOptional() && !f.Type.HoldsMissing:
			call = code.Runtime("CheckOptional").Call(jen.Id("errs"), pointer(at, f), v, check)
		case at != "" && f.Default != nil && f.Type.IsGiven != nil && !f.Type.HoldsMissing: // else it is stored as its default
			call = jen.If(f.Type.IsGiven(v.Clone())).Block(call)
		}
		calls = append(calls, call)
	}
	return calls
}

// checker returns the function that checks a value of f that was given, nil if
// every value is valid.
func checker(f *kinds.Field) jen.Code {
	switch {
	case constraints(f) != nil && !f.Type.IsHashed:
		return jen.Id(f.Rule).Dot("Check")
	case f.Required && f.Type.CheckRequired != nil:
		return f.Type.CheckRequired(f.Type)
	}
	return f.Type.Checker()
}

func checkPatch(c *model.Collection) jen.Code {
	return jen.Func().Params(jen.Id("p").Op("*").Id("Patch")).Id("check").Params(kinds.ErrsParam()).
		Block(checkChanges("", c.Fields)...)
}

func checkStructPatch(s *kinds.Struct) jen.Code {
	return jen.Func().Id("check"+s.Go+"Patch").
		Params(kinds.ErrsParam(), jen.Id("at").String(), jen.Id("p").Id(s.Go+"Patch")).
		Block(checkChanges("at", s.Fields)...)
}

func checkChanges(at string, fields []*kinds.Field) []jen.Code {
	var calls []jen.Code
	for _, f := range kinds.Changeable(fields) {
		check := checker(f)
		if f.Type.HasIdentities() {
			calls = append(calls, code.Runtime("CheckElements").Call(
				jen.Id("errs"), pointer(at, f), jen.Id("p").Dot(f.Go), jen.Lit(f.Required), check, elementsOf(f)))
			continue
		}
		if f.Type.Struct != nil || f.Type.IsEntries {
			check = changeCheck(f.Type)
		}
		if check == nil && !f.Required {
			continue
		}
		calls = append(calls, code.Runtime("CheckChange").Call(
			jen.Id("errs"), pointer(at, f), jen.Id("p").Dot(f.Go), jen.Lit(f.Required), code.OrNil(check)))
	}
	return calls
}

// constraints returns the value that has f's constraints, nil if it has none but its
// type's.
func constraints(f *kinds.Field) *jen.Statement {
	if f.Type.Constraints == nil {
		return nil
	}
	return f.Type.Constraints(f)
}
