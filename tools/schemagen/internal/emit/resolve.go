package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// A patch may say by how much a number changes, or what to add to a list. Where
// what comes of it is subject to a rule, or depends on a default that no database
// knows, the generated resolve works it out from the document as it was read.

// dependent reports whether f is such a number or list.
func dependent(f *kinds.Field) bool {
	switch {
	case f.Type.IsNumber:
		return f.Min != nil || f.Max != nil || f.Declared() != nil
	case f.Type.IsSequence:
		return f.MinLen > 0 || f.MaxLen > 0
	}
	return false
}

// isRelative reports whether a change of f may go by what is stored.
func isRelative(f *kinds.Field) bool { return f.Type.IsNumber || f.Type.IsSequence }

// anyChangeable reports whether one of the fields that a patch may change is so,
// however deep.
func anyChangeable(fields []*kinds.Field, is func(*kinds.Field) bool) bool {
	return slices.ContainsFunc(kinds.Changeable(fields), func(f *kinds.Field) bool { return is(f) || anyWithin(f.Type, is) })
}

func anyWithin(t *kinds.Type, is func(*kinds.Field) bool) bool {
	switch {
	case t.Struct != nil:
		return anyChangeable(t.Struct.Fields, is)
	case t.IsEntries:
		return anyWithin(t.Elem, is)
	}
	return false
}

// addResolves writes the functions that resolve a patch and those within it.
func addResolves(f *jen.File, c *model.Collection) {
	if anyChangeable(c.Fields, dependent) {
		add(f, resolve("Patch", jen.Id("d").Op("*").Id(c.Entity), jen.Id("d"), c.Fields))
	}
	for _, s := range patched(c) {
		if anyChangeable(s.Fields, dependent) {
			add(f, resolve(s.Go+"Patch", jen.Id("v").Id(s.Go), jen.Id("v"), s.Fields))
		}
	}
}

func resolve(name string, param jen.Code, current *jen.Statement, fields []*kinds.Field) jen.Code {
	var body []jen.Code
	for _, f := range kinds.Changeable(fields) {
		change := jen.Id("p").Dot(f.Go)
		if resolved := resolvedChange(f, change, current.Clone().Dot(f.Go)); resolved != nil {
			body = append(body, jen.Add(change).Op("=").Add(resolved))
		}
	}
	body = append(body, jen.Return(jen.Id("p")))
	return jen.Func().Params(jen.Id("p").Id(name)).Id("resolve").Params(param).Id(name).Block(body...)
}

// resolvedChange returns what change makes of a field that is current; nil where
// change depends on nothing.
func resolvedChange(f *kinds.Field, change, current jen.Code) jen.Code {
	switch {
	case !dependent(f):
		return resolvedWithin(f.Type, change, current)
	case f.Type.IsSequence:
		return code.Store("ResolveList").Call(change, current, kinds.Append.Of(f.Type.Elem))
	}
	return code.Store("ResolveNumber").Call(change, current)
}

// resolvedWithin returns resolvedChange of what a type holds.
func resolvedWithin(t *kinds.Type, change, current jen.Code) jen.Code {
	switch {
	case !anyWithin(t, dependent):
		return nil
	case t.Struct != nil:
		return code.Store("ResolveObject").Call(change, current, jen.Id(t.Struct.Go+"Patch").Dot("resolve"))
	}
	each := jen.Func().Params(jen.Id("c").Add(changeType(t.Elem)), jen.Id("v").Add(t.Elem.GoType())).Add(changeType(t.Elem)).Block(
		jen.Return(resolvedWithin(t.Elem, jen.Id("c"), jen.Id("v"))))
	return code.Store("ResolveEntries").Call(change, current, missingEntry(t.Elem), each)
}

// missingEntry returns what an entry of a map reads as that is not there.
func missingEntry(t *kinds.Type) jen.Code {
	switch {
	case t.Struct == nil:
		return jen.Nil()
	case t.Struct.HasDefaults():
		return jen.Id("default" + t.Struct.Go).Call()
	}
	return jen.Id(t.Struct.Go).Values()
}
