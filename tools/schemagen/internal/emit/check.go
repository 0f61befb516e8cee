package emit

import (
	"cmp"
	"time"

	"github.com/dave/jennifer/jen"
	driver "go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addChecks writes what a document and a patch must fulfil: a function a field
// that is constrained, and one for each type that calls them.
func addChecks(f *jen.File, c *model.Collection) {
	add(f, checkDocument(c), checkPatch(c))
	addFieldChecks(f, c.Entity, c.Fields)
	for _, s := range c.Structs {
		add(f, checkStruct(s))
		addFieldChecks(f, s.Go, s.Fields)
	}
	for _, s := range patched(c) {
		add(f, checkStructPatch(s))
	}
	for _, s := range leavable(c) {
		add(f, missing(s))
	}
	for _, e := range c.Enums {
		add(f, checkEnum(e))
	}
	for _, field := range patterns(c) {
		add(f, patternVar(field.owner, field.field))
	}
}

func problemsParam() jen.Code { return jen.Id("problems").Op("*").Add(wire("Problems")) }

func addFieldChecks(f *jen.File, owner string, fields []*model.Field) {
	for _, field := range fields {
		if body := constraints(owner, field); len(body) > 0 {
			add(f, jen.Func().Id(checkName(owner, field)).
				Params(problemsParam(), jen.Id("at").String(), jen.Id("v").Add(goType(field.Type))).Block(body...))
		}
	}
}

func checkDocument(c *model.Collection) jen.Code {
	return jen.Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("check").Params(problemsParam()).
		Block(callChecks(c.Entity, "d", "", c.Fields)...)
}

func checkStruct(s *model.Struct) jen.Code {
	return jen.Func().Id("check"+s.Go).
		Params(problemsParam(), jen.Id("at").String(), jen.Id("v").Id(s.Go)).
		Block(callChecks(s.Go, "v", "at", s.Fields)...)
}

func callChecks(owner, own, at string, fields []*model.Field) []jen.Code {
	var calls []jen.Code
	for _, f := range fields {
		check, v, leftOut := checker(owner, f), jen.Id(own).Dot(f.Go), isLeftOut(f, at)
		if check == nil || leftOut && isID(f.Type) { // any will do that is there
			continue
		}
		call := jen.Add(check).Call(jen.Id("problems"), pointer(at, f), v)
		if leftOut {
			call = jen.If(isThere(f.Type, v)).Block(call)
		}
		calls = append(calls, call)
	}
	return calls
}

// checker is the function that judges a value of f that was given; nil where every
// value will do.
func checker(owner string, f *model.Field) jen.Code {
	if len(constraints(owner, f)) > 0 {
		return jen.Id(checkName(owner, f))
	}
	return elementCheck(f.Type)
}

// isLeftOut says that the zero value of f says in Go that f was not given. A member
// of a document that has a default is a pointer in New, which says so itself.
func isLeftOut(f *model.Field, at string) bool {
	return zeroIsMissing(f.Type) && !f.Required && (at != "" || !byPointer(f))
}

// zeroIsMissing says that the zero value of t is never stored: it stands for one
// that is missing.
func zeroIsMissing(t *model.Type) bool {
	return t.Kind == def.KindTime || t.Kind == def.KindSecret || isEnum(t) || isID(t)
}

// isThere is the condition under which v, of such a type, is no zero value.
func isThere(t *model.Type, v *jen.Statement) *jen.Statement {
	if isEnum(t) {
		return v.Clone().Op("!=").Lit("")
	}
	return jen.Op("!").Add(v).Dot("IsZero").Call()
}

func checkPatch(c *model.Collection) jen.Code {
	return jen.Func().Params(jen.Id("p").Op("*").Id("Patch")).Id("check").Params(problemsParam()).
		Block(checkChanges(c.Entity, "", c.Fields)...)
}

func checkStructPatch(s *model.Struct) jen.Code {
	return jen.Func().Id("check"+s.Go+"Patch").
		Params(problemsParam(), jen.Id("at").String(), jen.Id("p").Id(s.Go+"Patch")).
		Block(checkChanges(s.Go, "at", s.Fields)...)
}

func checkChanges(owner, at string, fields []*model.Field) []jen.Code {
	var calls []jen.Code
	for _, f := range changeable(fields) {
		check := checker(owner, f)
		if f.Type.Kind == def.KindObject || f.Type.Kind == def.KindMap {
			check = changeCheck(f.Type)
		}
		if check == nil && !f.Required {
			continue
		}
		calls = append(calls, store("CheckChange").Call(
			jen.Id("problems"), pointer(at, f), jen.Id("p").Dot(f.Go), jen.Lit(f.Required), orNil(check)))
	}
	return calls
}

// constraints are the statements that judge v, a value of f, whose JSON pointer
// is at; none where f has no rules but its type's.
func constraints(owner string, f *model.Field) []jen.Code {
	switch f.Type.Kind {
	case def.KindString:
		return constrainText(owner, f)
	case def.KindInt, def.KindFloat:
		return constrainNumber(f)
	case def.KindTime:
		return constrainTime(f)
	case def.KindDecimal:
		return constrainDecimal(f)
	case def.KindBytes:
		return []jen.Code{jen.Id("problems").Dot("Bytes").Call(jen.Id("at"), jen.Id("v"), rule(f))}
	case def.KindEnum, def.KindNamedEnum:
		return constrainEnum(f)
	case def.KindList, def.KindSet, def.KindMap:
		return constrainContainer(f)
	case def.KindObject:
		return constrainObject(f)
	}
	return nil
}

func constrainObject(f *model.Field) []jen.Code {
	check := jen.Id("check"+f.Type.Struct.Go).Call(jen.Id("problems"), jen.Id("at"), jen.Id("v"))
	if mayBeMissing(f) {
		return guarded(jen.Op("!").Id(missingName(f.Type.Struct)).Call(jen.Id("v")), check)
	}
	return []jen.Code{check}
}

// guarded are statements for values that were given: those of an optional field
// may be left out, whatever else is demanded of them.
func guarded(given jen.Code, body ...jen.Code) []jen.Code {
	return []jen.Code{jen.If(given).Block(body...)}
}

func constrainText(owner string, f *model.Field) []jen.Code {
	members := ruleMembers(f)
	if f.Pattern != "" {
		members = append(members, member("Pattern", jen.Id(patternName(owner, f))))
	}
	if f.Format == def.Email {
		members = append(members, member("Email", jen.True()))
	}
	rule := wire("Text").Values(members...)
	return []jen.Code{jen.Id("problems").Dot("Text").Call(jen.Id("at"), jen.Id("v"), rule)}
}

// rule is the wire.Text of a secret's plain text.
func rule(f *model.Field) jen.Code { return wire("Text").Values(ruleMembers(f)...) }

func ruleMembers(f *model.Field) []jen.Code {
	var members []jen.Code
	if f.Required {
		members = append(members, member("Required", jen.True()))
	}
	if f.MinLen > 0 {
		members = append(members, member("MinLen", jen.Lit(f.MinLen)))
	}
	if f.MaxLen > 0 {
		members = append(members, member("MaxLen", jen.Lit(f.MaxLen)))
	}
	return members
}

func constrainNumber(f *model.Field) []jen.Code {
	var body []jen.Code
	if f.Type.Kind == def.KindFloat {
		body = append(body, jen.Id("problems").Dot("Finite").Call(jen.Id("at"), jen.Id("v")))
	}
	if f.Min == nil && f.Max == nil {
		return body
	}
	check := wire("Bounds").Call(jen.Id("problems"), jen.Id("at"), jen.Id("v"), bound(f.Min), bound(f.Max))
	return append(body, unlessMissing(f, jen.Id("v").Op("!=").Lit(0), check)...)
}

func constrainDecimal(f *model.Field) []jen.Code {
	body := []jen.Code{wire("CheckDecimal").Call(jen.Id("problems"), jen.Id("at"), jen.Id("v"))}
	if f.Min == nil && f.Max == nil {
		return body
	}
	check := wire("DecimalBounds").Call(jen.Id("problems"), jen.Id("at"), jen.Id("v"), bound(f.Min), bound(f.Max))
	return append(body, unlessMissing(f, jen.Op("!").Id("v").Dot("IsZero").Call(), check)...)
}

// unlessMissing lets the zero of an optional number pass check, if its bounds
// exclude it: it was not given.
func unlessMissing(f *model.Field, given, check jen.Code) []jen.Code {
	if !f.Required && declared(f) == nil && excludesZero(f) {
		return guarded(given, check)
	}
	return []jen.Code{check}
}

// excludesZero says that a number's bounds do.
func excludesZero(f *model.Field) bool { return sign(f.Min) > 0 || sign(f.Max) < 0 }

// sign is that of a number, 0 for nil.
func sign(v any) int {
	switch v := v.(type) {
	case int64:
		return cmp.Compare(v, 0)
	case float64:
		return cmp.Compare(v, 0)
	case driver.Decimal128:
		n, _, _ := v.BigInt()
		return n.Sign()
	}
	return 0
}

func bound(v any) jen.Code {
	switch v := v.(type) {
	case nil:
		return jen.Nil()
	case driver.Decimal128:
		return jen.New(decimalValue(v))
	}
	return jen.New(jen.Lit(v))
}

func constrainTime(f *model.Field) []jen.Code {
	if f.Min == nil && f.Max == nil {
		return nil
	}
	return []jen.Code{
		wire("CheckTime").Call(jen.Id("problems"), jen.Id("at"), jen.Id("v")),
		jen.Id("problems").Dot("Between").Call(jen.Id("at"), jen.Id("v"), timeBound(f.Min), timeBound(f.Max)),
	}
}

func timeBound(v any) jen.Code {
	if t, ok := v.(time.Time); ok {
		return timeValue(t)
	}
	return jen.Qual("time", "Time").Values()
}

// constrainEnum says of the zero value that it was not given, before it says that it
// is no value of the enum.
func constrainEnum(f *model.Field) []jen.Code {
	if !f.Required {
		return nil
	}
	return []jen.Code{
		jen.Id("problems").Dot("Given").Call(jen.Id("at"), isThere(f.Type, jen.Id("v"))),
		jen.Add(elementCheck(f.Type)).Call(jen.Id("problems"), jen.Id("at"), jen.Id("v")),
	}
}

func constrainContainer(f *model.Field) []jen.Code {
	// The elements come first: a problem with the whole would hide theirs.
	var body []jen.Code
	if check := checkElements(f.Type); check != nil {
		body = append(body, check)
	}
	return append(body, constrainCount(f)...)
}

// constrainCount judges how many elements or entries there are.
func constrainCount(f *model.Field) []jen.Code {
	if f.MinLen == 0 && f.MaxLen == 0 {
		return nil
	}
	judge, counted := "Length", jen.Id("v")
	switch f.Type.Kind {
	case def.KindSet:
		counted = wire("Unique").Call(counted)
	case def.KindMap:
		judge = "Size"
	}
	check := jen.Id("problems").Dot(judge).Call(jen.Id("at"), jen.Len(counted), jen.Lit(f.MinLen), jen.Lit(f.MaxLen))
	if f.MinLen > 0 && !f.Required {
		return guarded(jen.Len(jen.Id("v")).Op(">").Lit(0), check)
	}
	return []jen.Code{check}
}

// checkElements is the statement that judges what v, a list or map, holds; nil
// where everything will do.
func checkElements(t *model.Type) jen.Code {
	check := elementCheck(t.Elem)
	switch {
	case t.Kind == def.KindMap:
		return wire("Entries").Call(jen.Id("problems"), jen.Id("at"), jen.Id("v"), orNil(check))
	case check == nil:
		return nil
	}
	return wire("Each").Call(jen.Id("problems"), jen.Id("at"), jen.Id("v"), check)
}

// elementCheck is the function that judges a value of which only the type is known,
// such as an element of a list or map; nil where every one will do.
func elementCheck(t *model.Type) jen.Code {
	switch {
	case isContainer(t):
		check := checkElements(t)
		if check == nil {
			return nil
		}
		return jen.Func().Params(problemsParam(), jen.Id("at").String(), jen.Id("v").Add(goType(t))).Block(check)
	case isEnum(t):
		return jen.Id("check" + t.Enum.Go)
	case t.Kind == def.KindObject:
		return jen.Id("check" + t.Struct.Go)
	case t.Kind == def.KindString:
		return wire("CheckText")
	case t.Kind == def.KindFloat:
		return jen.Parens(jen.Op("*").Add(wire("Problems"))).Dot("Finite")
	case t.Kind == def.KindDecimal:
		return wire("CheckDecimal")
	case t.Kind == def.KindTime:
		return wire("CheckTime")
	case isID(t):
		return wire("CheckObjectID")
	case t.Kind == def.KindSecret:
		return store("CheckSecret")
	}
	return nil
}

func checkEnum(e *model.Enum) jen.Code {
	return jen.Func().Id("check"+e.Go).
		Params(problemsParam(), jen.Id("at").String(), jen.Id("v").Id(e.Go)).Block(
		wire("Member").Call(jen.Id("problems"), jen.Id("at"), jen.Id("v"), jen.Id("parse"+e.Go), jen.Id("listed"+e.Go)),
	)
}

type ownedField struct {
	owner string
	field *model.Field
}

// patterns are the fields that a regular expression constrains.
func patterns(c *model.Collection) []ownedField {
	var list []ownedField
	collect := func(owner string, fields []*model.Field) {
		for _, f := range fields {
			if f.Pattern != "" {
				list = append(list, ownedField{owner, f})
			}
		}
	}
	collect(c.Entity, c.Fields)
	for _, s := range c.Structs {
		collect(s.Go, s.Fields)
	}
	return list
}

func patternName(owner string, f *model.Field) string { return "pattern" + f.Go + "Of" + owner }

func patternVar(owner string, f *model.Field) jen.Code {
	anchored := rawLiteral("^(?:" + f.Pattern + ")$")
	return jen.Var().Id(patternName(owner, f)).Op("=").Qual("regexp", "MustCompile").Call(anchored)
}
