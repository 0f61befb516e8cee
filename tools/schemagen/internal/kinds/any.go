package kinds

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var _ = register(&Kind{
	Name: def.KindAny,
	Noun: "a value of any type",
	Rules: Rules{
		Lengths: true, IsMerged: true,
		Unindexed: func(path string, _ *Type) (string, string) {
			return fmt.Sprintf("%s is an Any, whose values have no order to find them by", path), "an index without it, and a field of its own for what is looked for"
		},
	},
	Codec: Codec{
		HoldsMissing:       true,
		Go:                 goType(func() *jen.Statement { return code.BSON("RawValue") }),
		Append:             wireFunc("AppendAny"),
		AppendGiven:        wireFunc("AppendOptionalAny"),
		Size:               wireFunc("SizeAny"),
		SizeGiven:          wireFunc("SizeOptionalAny"),
		Read:               method("Any"),
		Transcode:          method("JSONAny"),
		Marshal:            wireFunc("AppendJSONAny"),
		JSONMember:         wholeFunc("AppendJSONOptionalAny"),
		OptionalJSONMember: wholeFunc("AppendJSONOptionalAny"),
		ReadJSON:           method("Any"),
		MissingJSON:        func(*Type, any) string { return "" },
		Sample: func(*Type, *Field, Named) jen.Code {
			return code.BSON("RawValue").Values(
				code.Member("Type", code.BSON("TypeBoolean")), code.Member("Value", jen.Index().Byte().Values(jen.Lit(1))))
		},
	},
	Check: Check{
		Constraints: func(f *Field) *jen.Statement {
			return code.Check("Any").Values(append(required(f), lengths(f)...)...)
		},
		CheckValue: checkFunc("AnyValue"),
		IsGiven:    func(v *jen.Statement) *jen.Statement { return code.Wire("IsGiven").Call(v) },
	},
	Schema: Schema{
		JSONSchema: fixed(JSONObject{{"title", "Any value, as relaxed Extended JSON"}}),
		// They are of BSON, not of its JSON.
		SchemaLengths: func(int, int) (int, int) { return 0, 0 },
	},
})
