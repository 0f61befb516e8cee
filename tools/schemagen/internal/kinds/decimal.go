package kinds

import (
	"fmt"
	"strconv"

	"github.com/dave/jennifer/jen"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var _ = register(&Kind{
	Name: def.KindDecimal,
	Noun: "a decimal number",
	Rules: Rules{
		Bounds: true, Convert: convertDecimal,
		Ordered: true, IsNumber: true, Zero: zeroDecimal,
	},
	Codec: Codec{
		Go:        goType(func() *jen.Statement { return code.BSON("Decimal128") }),
		Append:    wireFunc("AppendDecimal"),
		Size:      wireFunc("SizeDecimal"),
		Read:      method("Decimal"),
		Transcode: method("JSONDecimal"),
		Marshal:   wireFunc("AppendJSONDecimal"),
		ReadJSON:  method("Decimal"),
		Field:     valueField,
		Value:     func(*Type) *jen.Statement { return code.Wire("DecimalValue") },
		Parse:     func(*Type) *jen.Statement { return code.Runtime("ParseDecimal") },
		Literal:   func(_ *Type, v any) jen.Code { return decimalValue(v.(bson.Decimal128)) },
		MissingJSON: func(_ *Type, v any) string {
			if v == nil {
				v = zeroDecimal
			}
			return strconv.Quote(v.(bson.Decimal128).String())
		},
		Sample: func(*Type, *Field, Named) jen.Code { return code.BSON("Decimal128").Values() },
	},
	Check: Check{
		Constraints: func(f *Field) *jen.Statement {
			return constrainNumber(f, code.Check("Decimal"), func(v any) jen.Code { return jen.New(decimalValue(v.(bson.Decimal128))) })
		},
		CheckValue: checkFunc("AnyDecimal"),
	},
	Schema: Schema{JSONSchema: fixed(JSONObject{{"type", "string"}, {"format", "decimal128"}})},
})

func decimalValue(d bson.Decimal128) jen.Code {
	high, low := d.GetBytes()
	return code.BSON("NewDecimal128").Call(jen.Op(fmt.Sprintf("%#x", high)), jen.Op(fmt.Sprintf("%#x", low)))
}

func convertDecimal(_ *Type, v any) (any, string, string) {
	const remedy = `a string such as "12.50"`
	s, ok := v.(string)
	if !ok {
		return nil, wrongType(def.KindDecimal, v), remedy
	}
	d, err := bson.ParseDecimal128(s)
	switch {
	case err != nil || d.IsNaN() || d.IsInf() != 0:
		return nil, fmt.Sprintf("%q is no decimal number of at most 34 digits", s), remedy
	case d == bson.Decimal128{}:
		return nil, fmt.Sprintf("%q is no number", s), `"0"`
	}
	return d, "", ""
}
