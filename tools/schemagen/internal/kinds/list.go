package kinds

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var listKind = register(&Kind{
	Name: def.KindList,
	Says: func(t *Type) string { return "a list, each element " + t.Elem.Words() },
	Rules: Rules{
		Lengths: true, IsSequence: true, Convert: convertElements,
		Unindexed: func(path string, _ *Type) (string, string) {
			return fmt.Sprintf("%s is a list of lists, which no index looks into", path), "an index without it, or a List of Objects"
		},
	},
	Codec: Codec{
		HoldsMissing:       true,
		JSONMember:         elementsFunc("AppendJSONListMember"),
		OptionalJSONMember: elementsFunc("AppendJSONOptionalList"),
		Go:                 func(t *Type, own Named) *jen.Statement { return jen.Index().Add(t.Elem.Go(t.Elem, own)) },
		Append:             elementsFunc("AppendList"),
		AppendGiven:        elementsFunc("AppendOptionalList"),
		SizeGiven:          elementsFunc("SizeOptionalList"),
		Size:               elementsFunc("SizeList"),
		Read:               elementsFunc("ReadList"),
		Transcode:          elementsFunc("JSONList"),
		Marshal:            elementsFunc("AppendJSONList"),
		ReadJSON:           elementsFunc("ReadJSONList"),
		MissingJSON:        elementsJSON,
		Literal:            func(t *Type, v any) jen.Code { return t.GoType().Values(elementLiterals(t, v)...) },
		Sample: func(t *Type, _ *Field, own Named) jen.Code {
			return t.Go(t, own).Values(t.Elem.Sample(t.Elem, nil, own))
		},
	},
	Check: Check{
		Constraints: func(f *Field) *jen.Statement { return constrainElements(f, "List", false) },
		CheckValue:  checkElements(checkEach),
		IsGiven:     isNotNil,
	},
	Schema: Schema{
		JSONSchema: func(t *Type, in SchemaContext) JSONObject {
			return JSONObject{{"type", "array"}, {"items", in.Element(t.Elem)}}
		},
		LengthUnit: "Items",
	},
})

// checkEach returns the statement that checks the elements of v, none if every
// element is valid.
func checkEach(t *Type) []jen.Code {
	check := t.Elem.Checker()
	if check == nil {
		return nil
	}
	statements := []jen.Code{code.Check("Each").Call(append(atAndValue(), check)...)}
	if t.HasIdentities() {
		statements = append(statements, code.Check("DistinctIDs").Call(append(atAndValue(), t.elementID())...))
	}
	return statements
}

// checkElements returns the CheckValue of a kind whose values are checked by their
// elements.
func checkElements(statements func(*Type) []jen.Code) func(*Type) jen.Code {
	return func(t *Type) jen.Code {
		body := statements(t)
		if body == nil {
			return nil
		}
		return jen.Func().Params(ErrsParam(), jen.Id("at").String(), value(t)).Block(body...)
	}
}

// Checker returns the function that checks a value of which only the type is known,
// such as an element of a list or map; nil if every value is valid.
func (t *Type) Checker() jen.Code {
	if t.Of != nil && t.Constraints != nil && t.Constraints(t.Of) != nil {
		return jen.Id(t.Of.Rule).Dot("Check")
	}
	if t.CheckValue == nil {
		return nil
	}
	return t.CheckValue(t)
}
