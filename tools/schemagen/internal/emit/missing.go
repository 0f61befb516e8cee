package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// An optional Object may be left out although it has members that must be given
// where it is not. In Go it is there all the same, so that its check has to know
// what one that is missing looks like.

// mayBeMissing says that f is such an Object.
func mayBeMissing(f *model.Field) bool {
	return f.Type.Kind == def.KindObject && !f.Required && slices.ContainsFunc(f.Type.Struct.Fields, refusesMissing)
}

// refusesMissing says that the check of f refuses what a missing f reads as.
func refusesMissing(f *model.Field) bool {
	if !f.Required {
		return false
	}
	switch f.Type.Kind {
	case def.KindBool:
		return false
	case def.KindInt, def.KindFloat, def.KindDecimal:
		return excludesZero(f)
	case def.KindList, def.KindSet, def.KindMap:
		return f.MinLen > 0
	case def.KindObject:
		return slices.ContainsFunc(f.Type.Struct.Fields, refusesMissing)
	}
	return true
}

// leavable are the value objects whose being missing some check asks for.
func leavable(c *model.Collection) []*model.Struct {
	asked := map[*model.Struct]bool{}
	var ask func(*model.Struct)
	ask = func(s *model.Struct) {
		asked[s] = true
		for _, f := range s.Fields {
			if f.Type.Kind == def.KindObject {
				ask(f.Type.Struct)
			}
		}
	}
	askFor := func(fields []*model.Field) {
		for _, f := range fields {
			if mayBeMissing(f) {
				ask(f.Type.Struct)
			}
		}
	}
	askFor(c.Fields)
	for _, s := range c.Structs {
		askFor(s.Fields)
	}
	return slices.DeleteFunc(slices.Clone(c.Structs), func(s *model.Struct) bool { return !asked[s] })
}

func missingName(s *model.Struct) string { return "missing" + s.Go }

// missing is the function that says whether a value object is as one that is
// missing reads.
func missing(s *model.Struct) jen.Code {
	all := &jen.Statement{}
	for i, f := range s.Fields {
		if i > 0 {
			all.Op("&&").Line()
		}
		all.Add(missingMember(f, jen.Id("v").Dot(f.Go)))
	}
	return jen.Func().Id(missingName(s)).Params(jen.Id("v").Id(s.Go)).Bool().Block(jen.Return(all))
}

// missingMember is the condition under which v, a value of f, is what a missing f
// reads as.
func missingMember(f *model.Field, v *jen.Statement) jen.Code {
	otherwise := defaultValue(f)
	switch f.Type.Kind {
	case def.KindBool:
		if otherwise != nil {
			return v
		}
		return jen.Op("!").Add(v)
	case def.KindTime:
		if otherwise != nil {
			return v.Dot("Equal").Call(otherwise)
		}
		return v.Dot("IsZero").Call()
	case def.KindDecimal:
		if otherwise == nil {
			return v.Dot("IsZero").Call()
		}
	case def.KindObjectID, def.KindRef, def.KindSecret:
		return v.Dot("IsZero").Call()
	case def.KindBytes, def.KindList, def.KindSet, def.KindMap:
		return jen.Len(v).Op("==").Lit(0)
	case def.KindObject:
		return jen.Id(missingName(f.Type.Struct)).Call(v)
	case def.KindEnum, def.KindNamedEnum:
		if otherwise != nil {
			return jen.Qual("cmp", "Or").Call(v, otherwise).Op("==").Add(otherwise)
		}
	}
	if otherwise == nil {
		otherwise = zeroLiteral(f.Type)
	}
	return v.Op("==").Add(otherwise)
}

func zeroLiteral(t *model.Type) jen.Code {
	if t.Kind == def.KindInt || t.Kind == def.KindFloat {
		return jen.Lit(0)
	}
	return jen.Lit("")
}
