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

// constrainText returns f's constraints on text, nil if there are none.
func constrainText(f *Field) *jen.Statement {
	members := append(required(f), lengths(f)...)
	var more []jen.Code
	if f.Pattern != "" {
		pattern := jen.Qual("regexp", "MustCompile").Call(code.RawLiteral("^(?:" + f.Pattern + ")$"))
		more = append(more, code.Member("Pattern", pattern))
	}
	if f.Format != "" {
		more = append(more, code.Member("Format", code.Check(formats[f.Format].name)))
	}
	for _, change := range []struct {
		name string
		set  bool
	}{{"Trim", f.Trim}, {"Lower", f.Lower}, {"Upper", f.Upper}} {
		if change.set {
			more = append(more, code.Member(change.name, jen.True()))
		}
	}
	if members = append(members, more...); members == nil {
		return nil
	}
	return code.Check("Text").Values(members...)
}

// required returns the member Required of f's constraints.
func required(f *Field) []jen.Code {
	if !f.Required {
		return nil
	}
	return []jen.Code{code.Member("Required", jen.True())}
}

// lengths returns the members with f's bounds on lengths.
func lengths(f *Field) []jen.Code {
	var members []jen.Code
	if f.MinLen > 0 {
		members = append(members, code.Member("MinLen", jen.Lit(f.MinLen)))
	}
	if f.MaxLen > 0 {
		members = append(members, code.Member("MaxLen", jen.Lit(f.MaxLen)))
	}
	return members
}

// bounds returns the members with f's bounds on values, nil if it has none.
func bounds(f *Field, bound func(any) jen.Code) []jen.Code {
	var members []jen.Code
	if f.Min != nil {
		members = append(members, code.Member("Min", bound(f.Min)))
	}
	if f.Max != nil {
		members = append(members, code.Member("Max", bound(f.Max)))
	}
	return members
}

// constrainNumber returns f's bounds on numbers as a value of type typ.
func constrainNumber(f *Field, typ *jen.Statement, bound func(any) jen.Code) *jen.Statement {
	members := bounds(f, bound)
	if members == nil {
		return nil
	}
	return typ.Values(members...)
}

// newLiteral returns a pointer to a bound.
func newLiteral(v any) jen.Code { return jen.New(jen.Lit(v)) }

// constrainElements returns the constraints on f, a list or map, as a value of the
// type of api/check called name; nil if every value is valid.
func constrainElements(f *Field, name string, always bool) *jen.Statement {
	each := f.Type.Elem.Checker()
	members := append(required(f), lengths(f)...)
	if each == nil && members == nil && !always {
		return nil
	}
	if each != nil {
		members = append(members, code.Member("Each", each))
	}
	if f.Type.HasIdentities() {
		members = append(members, code.Member("ID", f.Type.elementID()))
	}
	return code.Check(name).Types(f.Type.Elem.GoType()).Values(members...)
}

func isNotZero(v *jen.Statement) *jen.Statement { return jen.Op("!").Add(v).Dot("IsZero").Call() }

func isNotNil(v *jen.Statement) *jen.Statement { return v.Op("!=").Nil() }

// checkFunc returns a function of api/check that checks a value.
func checkFunc(name string) func(*Type) jen.Code {
	return func(*Type) jen.Code { return code.Check(name) }
}

// checkNotZero returns the function that checks a required value whose zero value counts
// as not given.
func checkNotZero(t *Type) jen.Code { return code.Check("NotZero").Types(t.GoType()) }
