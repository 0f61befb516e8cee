package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var _ = register(&Kind{
	Name: def.KindBool,
	Rules: Rules{
		Convert: func(v any) (any, string, string) {
			if b, ok := v.(bool); ok {
				return b, "", ""
			}
			return nil, wrongType(def.KindBool, v), "true or false"
		},
		Distinct: true, Zero: false, Stored: true,
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
			if v != nil {
				return "true"
			}
			return "false"
		},
		Sample: func(*Type, *Field, Named) jen.Code { return jen.True() },
	},
	Check: Check{
		IsGiven: func(v *jen.Statement) *jen.Statement { return v },
		IsMissing: func(f *Field, v *jen.Statement) jen.Code {
			if f.DefaultValue() != nil {
				return v
			}
			return jen.Op("!").Add(v)
		},
		RejectsMissing: acceptsMissing,
	},
	Schema: Schema{JSONSchema: fixed(JSONObject{{"type", "boolean"}})},
})
