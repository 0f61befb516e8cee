package kinds

import (
	"encoding/base64"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var _ = register(&Kind{
	Name:  def.KindBytes,
	Noun:  "binary data",
	Rules: Rules{Lengths: true},
	Codec: Codec{
		HoldsMissing:       true,
		OptionalJSONMember: wholeFunc("AppendJSONOptionalBytes"),
		Go:                 goType(func() *jen.Statement { return jen.Index().Byte() }),
		Append:             wireFunc("AppendBytes"),
		AppendGiven:        wireFunc("AppendOptionalBytes"),
		SizeGiven:          wireFunc("SizeOptionalBytes"),
		Size:               wireFunc("SizeBytes"),
		Read:               method("Bytes"),
		Transcode:          method("JSONBytes"),
		Marshal:            wireFunc("AppendJSONBytes"),
		ReadJSON:           method("Bytes"),
		Field:              valueField,
		Value:              func(*Type) *jen.Statement { return code.Wire("BytesValue") },
		Parse:              func(*Type) *jen.Statement { return code.Runtime("ParseBytes") },
		MissingJSON:        func(*Type, any) string { return `""` },
		Sample:             func(*Type, *Field, Named) jen.Code { return jen.Index().Byte().Call(jen.Lit("some bytes")) },
	},
	Check: Check{
		Constraints: func(f *Field) *jen.Statement {
			if members := append(required(f), lengths(f)...); members != nil {
				return code.Check("Bytes").Values(members...)
			}
			return nil
		},
		IsGiven: isNotNil,
	},
	Schema: Schema{
		JSONSchema: fixed(JSONObject{{"type", "string"}, {"contentEncoding", "base64"}}),
		SchemaLengths: func(least, most int) (int, int) {
			return base64.StdEncoding.EncodedLen(least), base64.StdEncoding.EncodedLen(most)
		},
	},
})
