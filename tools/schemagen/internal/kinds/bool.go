package kinds

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var _ = register(&Kind{
	Name: def.KindBool,
	Noun: "true or false",
	Rules: Rules{
		Convert: func(_ *Type, v any) (any, string, string) {
			if b, ok := v.(bool); ok {
				return b, "", ""
			}
			return nil, wrongType(def.KindBool, v), "true or false"
		},
		Distinct: true,
	},
	Codec: Codec{
		Go:        goType(jen.Bool),
		Append:    wireFunc("AppendBool"),
		Size:      wireFunc("SizeBool"),
		Read:      method("Bool"),
		Transcode: method("JSONBool"),
		Marshal:   wireFunc("AppendJSONBool"),
		ReadJSON:  method("Bool"),
		Field:     valueField,
		Value:     func(*Type) *jen.Statement { return code.Wire("BoolValue") },
		Parse:     func(*Type) *jen.Statement { return code.Runtime("ParseBool") },
		Literal:   plain,
		MissingJSON: func(_ *Type, v any) string {
			b, _ := v.(bool)
			return strconv.FormatBool(b)
		},
		Sample: func(*Type, *Field, Named) jen.Code { return jen.True() },
	},
	Check:  Check{},
	Schema: Schema{JSONSchema: fixed(JSONObject{{"type", "boolean"}})},
})
