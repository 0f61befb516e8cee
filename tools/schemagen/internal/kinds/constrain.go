package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// Problems declares the parameter to which checks add what is wrong.
func Problems() jen.Code { return jen.Id("problems").Op("*").Add(code.Wire("Problems")) }

// atAndValue returns the arguments of a check: where what is wrong is noted, the
// value's JSON pointer and the value.
func atAndValue() []jen.Code {
	return []jen.Code{jen.Id("problems"), jen.Id("at"), jen.Id("v")}
}

// TextRule returns the wire.Text that holds f's rules about a text.
func TextRule(f *Field, more ...jen.Code) *jen.Statement {
	var members []jen.Code
	if f.Required {
		members = append(members, code.Member("Required", jen.True()))
	}
	if f.MinLen > 0 {
		members = append(members, code.Member("MinLen", jen.Lit(f.MinLen)))
	}
	if f.MaxLen > 0 {
		members = append(members, code.Member("MaxLen", jen.Lit(f.MaxLen)))
	}
	return code.Wire("Text").Values(append(members, more...)...)
}

// constrainText judges a text by f's rules.
func constrainText(owner string, f *Field, more ...jen.Code) []jen.Code {
	var pattern []jen.Code
	if f.Pattern != "" {
		pattern = append(pattern, code.Member("Pattern", jen.Id(PatternName(owner, f))))
	}
	return []jen.Code{jen.Id("problems").Dot("Text").Call(jen.Id("at"), jen.Id("v"), TextRule(f, append(pattern, more...)...))}
}

// PatternName returns the variable with the regular expression of a field.
func PatternName(owner string, f *Field) string { return "pattern" + f.Go + "Of" + owner }

// guarded returns statements for values that were given: those of an optional field
// may be left out, whatever else is demanded of them.
func guarded(given jen.Code, body ...jen.Code) []jen.Code {
	return []jen.Code{jen.If(given).Block(body...)}
}

// constrainBounds judges a number by f's bounds with the function check. The zero of
// an optional number passes although its bounds exclude it: it was not given.
func constrainBounds(f *Field, check string, isGiven jen.Code, bound func(any) jen.Code) []jen.Code {
	if f.Min == nil && f.Max == nil {
		return nil
	}
	call := code.Wire(check).Call(append(atAndValue(), bound(f.Min), bound(f.Max))...)
	if !f.Required && f.Declared() == nil && f.excludesZero() {
		return guarded(isGiven, call)
	}
	return []jen.Code{call}
}

// excludesZero reports whether a number's bounds do.
func (f *Field) excludesZero() bool {
	zero := f.Type.Zero
	return f.Min != nil && Compare(f.Min, zero) > 0 || f.Max != nil && Compare(f.Max, zero) < 0
}

// newOrNil returns a bound in Go: nil where there is none.
func newOrNil(v any) jen.Code {
	if v == nil {
		return jen.Nil()
	}
	return jen.New(jen.Lit(v))
}

// constrainCount judges how many elements or entries there are: counted, by judge.
func constrainCount(f *Field, judge string, counted jen.Code) []jen.Code {
	if f.MinLen == 0 && f.MaxLen == 0 {
		return nil
	}
	check := jen.Id("problems").Dot(judge).Call(jen.Id("at"), jen.Len(counted), jen.Lit(f.MinLen), jen.Lit(f.MaxLen))
	if f.MinLen > 0 && !f.Required {
		return guarded(jen.Len(jen.Id("v")).Op(">").Lit(0), check)
	}
	return []jen.Code{check}
}

// The conditions below are those of several kinds.

func isNotZero(v *jen.Statement) *jen.Statement { return jen.Op("!").Add(v).Dot("IsZero").Call() }

func isNotNil(v *jen.Statement) *jen.Statement { return v.Op("!=").Nil() }

func isZero(_ *Field, v *jen.Statement) jen.Code { return v.Dot("IsZero").Call() }

func isEmpty(_ *Field, v *jen.Statement) jen.Code { return jen.Len(v).Op("==").Lit(0) }

// isNot returns the condition that v differs from the zero value.
func isNot(zero any) func(*jen.Statement) *jen.Statement {
	return func(v *jen.Statement) *jen.Statement { return v.Op("!=").Lit(zero) }
}

// isDefault returns the condition that v is f's default, or the zero value.
func isDefault(zero any) func(*Field, *jen.Statement) jen.Code {
	return func(f *Field, v *jen.Statement) jen.Code {
		if otherwise := f.DefaultValue(); otherwise != nil {
			return v.Op("==").Add(otherwise)
		}
		return v.Op("==").Lit(zero)
	}
}

// judged returns the function of api/wire that judges a value.
func judged(name string) func(*Type) jen.Code {
	return func(*Type) jen.Code { return code.Wire(name) }
}

// refuses and lets are RefusesMissing of kinds whose rules do not matter.
func refuses(*Field) bool { return true }
func lets(*Field) bool    { return false }
