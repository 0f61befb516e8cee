package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// ErrsParam declares the parameter that checks add problems to.
func ErrsParam() jen.Code { return jen.Id("errs").Op("*").Add(code.Check("FieldErrors")) }

// atAndValue returns the arguments of a check: the problems, the value's JSON
// pointer and the value.
func atAndValue() []jen.Code {
	return []jen.Code{jen.Id("errs"), jen.Id("at"), jen.Id("v")}
}

// TextRule returns a check.Text with f's constraints on text.
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
	return code.Check("Text").Values(append(members, more...)...)
}

// constrainText checks a text against f's constraints.
func constrainText(owner string, f *Field, more ...jen.Code) []jen.Code {
	var pattern []jen.Code
	if f.Pattern != "" {
		pattern = append(pattern, code.Member("Pattern", jen.Id(PatternName(owner, f))))
	}
	return []jen.Code{jen.Id("errs").Dot("Text").Call(jen.Id("at"), jen.Id("v"), TextRule(f, append(pattern, more...)...))}
}

// PatternName returns the name of the variable that holds f's compiled Pattern.
func PatternName(owner string, f *Field) string { return "pattern" + f.Go + "Of" + owner }

// ifGiven guards statements of an optional field, which may be left out whatever
// its constraints are.
func ifGiven(given jen.Code, body ...jen.Code) []jen.Code {
	return []jen.Code{jen.If(given).Block(body...)}
}

// constrainBounds checks a number against f's bounds by the function check. The
// zero of an optional number passes even if it is out of bounds: it was not given.
func constrainBounds(f *Field, check string, isGiven jen.Code, bound func(any) jen.Code) []jen.Code {
	if f.Min == nil && f.Max == nil {
		return nil
	}
	call := code.Check(check).Call(append(atAndValue(), bound(f.Min), bound(f.Max))...)
	if !f.Required && f.Declared() == nil && f.excludesZero() {
		return ifGiven(isGiven, call)
	}
	return []jen.Code{call}
}

// excludesZero reports whether f's bounds exclude zero.
func (f *Field) excludesZero() bool {
	zero := f.Type.Zero
	return f.Min != nil && Compare(f.Min, zero) > 0 || f.Max != nil && Compare(f.Max, zero) < 0
}

// newOrNil returns a pointer to a bound in Go, or nil.
func newOrNil(v any) jen.Code {
	if v == nil {
		return jen.Nil()
	}
	return jen.New(jen.Lit(v))
}

// constrainCount checks the number of elements or entries with a method of
// check.FieldErrors.
func constrainCount(f *Field, method string, counted jen.Code) []jen.Code {
	if f.MinLen == 0 && f.MaxLen == 0 {
		return nil
	}
	check := jen.Id("errs").Dot(method).Call(jen.Id("at"), jen.Len(counted), jen.Lit(f.MinLen), jen.Lit(f.MaxLen))
	if f.MinLen > 0 && !f.Required {
		return ifGiven(jen.Len(jen.Id("v")).Op(">").Lit(0), check)
	}
	return []jen.Code{check}
}

// Conditions that several kinds use.

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

// checkFunc returns a function of api/check that checks a value.
func checkFunc(name string) func(*Type) jen.Code {
	return func(*Type) jen.Code { return code.Check(name) }
}

// rejectsMissing and acceptsMissing are the RejectsMissing of kinds for which
// constraints make no difference.
func rejectsMissing(*Field) bool { return true }
func acceptsMissing(*Field) bool { return false }
