package kinds

import (
	"fmt"
	"math"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var _ = register(&Kind{
	Name: def.KindFloat,
	Noun: "a number",
	Rules: Rules{
		Bounds: true, Convert: convertFloat,
		Ordered: true, IsNumber: true, Zero: 0.0,
	},
	Codec: Codec{
		Go:        goType(jen.Float64),
		Append:    wireFunc("AppendFloat"),
		Size:      wireFunc("SizeFloat"),
		Read:      method("Float"),
		Transcode: method("JSONFloat"),
		Marshal:   wireFunc("AppendJSONFloat"),
		ReadJSON:  method("Float"),
		Field:     valueField,
		Value:     func(*Type) *jen.Statement { return code.Wire("FloatValue") },
		Parse:     func(*Type) *jen.Statement { return code.Runtime("ParseFloat") },
		Literal:   plain,
		MissingJSON: func(_ *Type, v any) string {
			f, _ := v.(float64)
			return strconv.FormatFloat(f, 'g', -1, 64)
		},
		Sample: func(*Type, *Field, Named) jen.Code { return jen.Lit(1.5) },
	},
	Check: Check{
		Constraints: func(f *Field) *jen.Statement {
			return constrainNumber(f, code.Check("Number").Types(jen.Float64()), newLiteral)
		},
		CheckValue: checkFunc("Finite"),
	},
	Schema: Schema{JSONSchema: fixed(JSONObject{{"type", "number"}, {"format", "double"}})},
})

func convertFloat(_ *Type, v any) (any, string, string) {
	if i, ok := integer(v); ok {
		return float64(i), "", ""
	}
	f, ok := v.(float64)
	switch {
	case !ok:
		return nil, wrongType(def.KindFloat, v), "a number"
	case math.IsNaN(f) || math.IsInf(f, 0):
		return nil, fmt.Sprintf("is %v", f), "a finite number"
	}
	return f, "", ""
}
