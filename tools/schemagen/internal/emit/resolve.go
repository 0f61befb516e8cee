package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// A patch may increment a number or add to a list. If the result is subject to a
// constraint, or depends on a default that the database does not know, the
// generated resolve method computes it from the document as it was read.

// needsCurrent reports whether a relative change of f needs the current value.
func needsCurrent(f *kinds.Field) bool {
	switch {
	case f.Type.HasIdentities(): // it is resolved with what is stored
		return false
	case f.Type.IsNumber:
		return f.Min != nil || f.Max != nil || f.Declared() != nil
	case f.Type.IsSequence:
		return f.MinLen > 0 || f.MaxLen > 0
	}
	return false
}

// isRelative reports whether f takes changes relative to the stored value.
func isRelative(f *kinds.Field) bool { return f.Type.IsNumber || f.Type.IsSequence }

// anyChangeable reports whether is holds for a field that a patch may change, at
// any depth.
func anyChangeable(fields []*kinds.Field, is func(*kinds.Field) bool) bool {
	return slices.ContainsFunc(kinds.Changeable(fields), func(f *kinds.Field) bool { return is(f) || anyWithin(f.Type, is) })
}

func anyWithin(t *kinds.Type, is func(*kinds.Field) bool) bool {
	switch {
	case t.Struct != nil:
		return anyChangeable(t.Struct.Fields, is)
	case t.IsEntries, t.HasIdentities():
		return anyWithin(t.Elem, is)
	}
	return false
}

// addResolves writes the methods that resolve a patch and the patches within it.
func addResolves(f *jen.File, c *model.Collection) {
	if anyChangeable(c.Fields, needsCurrent) {
		add(f, resolve("Patch", jen.Id("d").Op("*").Id(c.Entity), jen.Id("d"), c.Fields))
	}
	for _, s := range patched(c) {
		if anyChangeable(s.Fields, needsCurrent) {
			add(f, resolve(s.Go+"Patch", jen.Id("v").Id(s.Go), jen.Id("v"), s.Fields))
		}
	}
}

func resolve(name string, param jen.Code, current *jen.Statement, fields []*kinds.Field) jen.Code {
	var body []jen.Code
	for _, f := range kinds.Changeable(fields) {
		change := jen.Id("p").Dot(f.Go)
		if resolved := resolvedChange(f, change, currentValue(f, current.Clone().Dot(f.Go))); resolved != nil {
			body = append(body, jen.Add(change).Op("=").Add(resolved))
		}
	}
	body = append(body, jen.Return(jen.Id("p")))
	return jen.Func().Params(jen.Id("p").Id(name)).Id("resolve").Params(param).Id(name).Block(body...)
}

// currentValue returns v, the current value of f; what a patch starts from if it is missing.
func currentValue(f *kinds.Field, v *jen.Statement) *jen.Statement {
	switch {
	case !f.IsOptional() || f.Type.HoldsMissing:
		return v
	case f.Type.Struct != nil:
		return v.Dot("Or").Call(missingEntry(f.Type))
	case f.Type.IsNumber:
		return v.Dot("Or").Call(f.Type.Literal(f.Type, f.Type.Zero))
	}
	return v
}

// resolvedChange returns the expression that resolves the change of a field against
// its current value, nil if it needs none.
func resolvedChange(f *kinds.Field, change, current jen.Code) jen.Code {
	switch {
	case !needsCurrent(f):
		return resolvedWithin(f.Type, change, current)
	case f.Type.IsSequence:
		return code.Runtime("ResolveList").Call(change, current, kinds.Append.Of(f.Type.Elem))
	}
	return code.Runtime("ResolveNumber").Call(change, current)
}

// resolvedWithin returns the expression that resolves changes nested in a value of
// t, nil if there are none to resolve.
func resolvedWithin(t *kinds.Type, change, current jen.Code) jen.Code {
	switch {
	case !anyWithin(t, needsCurrent):
		return nil
	case t.Struct != nil:
		return code.Runtime("ResolveObject").Call(change, current, jen.Id(t.Struct.Go+"Patch").Dot("resolve"))
	case t.HasIdentities():
		return code.Runtime("ResolveElement").Call(change, current, jen.Id(t.Elem.Struct.Go+"Patch").Dot("resolve"))
	}
	each := jen.Func().Params(jen.Id("c").Add(changeType(t.Elem)), jen.Id("v").Add(t.Elem.GoType())).Add(changeType(t.Elem)).Block(
		jen.Return(resolvedWithin(t.Elem, jen.Id("c"), jen.Id("v"))))
	return code.Runtime("ResolveEntries").Call(change, current, missingEntry(t.Elem), each)
}

// missingEntry returns the value that a missing entry of a map reads as.
func missingEntry(t *kinds.Type) jen.Code {
	switch {
	case t.Struct == nil:
		return jen.Nil()
	case t.Struct.HasDefaults():
		return jen.Id("default" + t.Struct.Go).Call()
	}
	return jen.Id(t.Struct.Go).Values()
}
