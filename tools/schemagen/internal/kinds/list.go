package kinds

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var listKind = register(&Kind{
	Name: def.KindList,
	Rules: Rules{
		Lengths: true, Stored: true, IsSequence: true,
		Unindexed: func(path string, _ *Type) (string, string) {
			return fmt.Sprintf("%s is a list of lists, which no index looks into", path), "an index without it, or a List of Objects"
		},
	},
	Codec: Codec{
		Go:          func(t *Type, own Named) *jen.Statement { return jen.Index().Add(t.Elem.Go(t.Elem, own)) },
		Append:      elementsFunc("AppendList"),
		Size:        elementsFunc("SizeList"),
		Read:        elementsFunc("ReadList"),
		Transcode:   elementsFunc("JSONList"),
		Marshal:     elementsFunc("AppendJSONList"),
		Request:     elementsFunc("ReadRequestList"),
		MissingJSON: func(*Type, any) string { return "[]" },
		Sample: func(t *Type, _ *Field, own Named) jen.Code {
			return t.Go(t, own).Values(t.Elem.Sample(t.Elem, nil, own))
		},
	},
	Check: Check{
		Constrain: func(_ string, f *Field) []jen.Code {
			return append(judgeEach(f.Type), constrainCount(f, "Length", jen.Id("v"))...)
		},
		Judge:          judgeElements(judgeEach),
		IsGiven:        isNotNil,
		IsMissing:      isEmpty,
		RefusesMissing: func(f *Field) bool { return f.MinLen > 0 },
	},
	Schema: Schema{
		JSONSchema: func(t *Type, in Document) Object {
			return Object{{"type", "array"}, {"items", in.Element(t.Elem)}}
		},
		LengthUnit: "Items",
	},
})

// judgeEach returns the statement that judges the elements of v; none where every
// one will do. It comes before what is said of the whole, which would hide it.
func judgeEach(t *Type) []jen.Code {
	check := t.Elem.Judged()
	if check == nil {
		return nil
	}
	return []jen.Code{code.Wire("Each").Call(append(atAndValue(), check)...)}
}

// judgeElements returns Judge of a kind whose values are judged by what they hold.
func judgeElements(statements func(*Type) []jen.Code) func(*Type) jen.Code {
	return func(t *Type) jen.Code {
		body := statements(t)
		if body == nil {
			return nil
		}
		return jen.Func().Params(Problems(), jen.Id("at").String(), value(t)).Block(body...)
	}
}

// Judged returns the function that judges a value of which only the type is known,
// such as an element of a list or map; nil where every one will do.
func (t *Type) Judged() jen.Code {
	if t.Judge == nil {
		return nil
	}
	return t.Judge(t)
}
