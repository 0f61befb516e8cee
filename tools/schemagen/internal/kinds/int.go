package kinds

import (
	"math"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var intKind = register(&Kind{
	Name: def.KindInt,
	Noun: "a whole number",
	Rules: Rules{
		Bounds: true,
		Convert: func(_ *Type, v any) (any, string, string) {
			if i, ok := integer(v); ok {
				return i, "", ""
			}
			return nil, wrongType(def.KindInt, v), "an integer"
		},
		Distinct: true, Ordered: true, IsNumber: true, Zero: int64(0),
		Least: int64(math.MinInt64), Greatest: int64(math.MaxInt64),
	},
	Codec: Codec{
		Go:        goType(jen.Int64),
		Append:    wireFunc("AppendInt"),
		Size:      wireFunc("SizeInt"),
		Read:      method("Int"),
		Transcode: method("JSONInt"),
		Marshal:   wireFunc("AppendJSONInt"),
		ReadJSON:  method("Int"),
		Field:     valueField,
		Value:     func(*Type) *jen.Statement { return code.Wire("IntValue") },
		Parse:     func(*Type) *jen.Statement { return code.Runtime("ParseInt") },
		Literal:   func(_ *Type, v any) jen.Code { return jen.Lit(int(v.(int64))) },
		MissingJSON: func(_ *Type, v any) string {
			i, _ := v.(int64)
			return strconv.FormatInt(i, 10)
		},
		Sample:      func(*Type, *Field, Named) jen.Code { return jen.Lit(1) },
		TypedSample: func(sample jen.Code) jen.Code { return jen.Int64().Call(sample) },
	},
	Check: Check{
		Constraints: func(f *Field) *jen.Statement {
			return constrainNumber(f, code.Check("Number").Types(jen.Int64()), newLiteral)
		},
	},
	Schema: Schema{JSONSchema: fixed(JSONObject{{"type", "integer"}, {"format", "int64"}})},
})
