package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var _ = register(&Kind{
	Name: def.KindUUID,
	Noun: "a UUID",
	Rules: Rules{
		Distinct: true,
		Makes:    def.NewUUID, Make: func() *jen.Statement { return code.Store("NewUUID").Call() },
	},
	Codec: Codec{
		Go:          goType(func() *jen.Statement { return code.Store("UUID") }),
		Append:      wireFunc("AppendUUID"),
		Size:        wireFunc("SizeUUID"),
		Read:        method("UUID"),
		Transcode:   method("JSONUUID"),
		Marshal:     wireFunc("AppendJSONUUID"),
		ReadJSON:    method("UUID"),
		Field:       valueField,
		Value:       func(*Type) *jen.Statement { return code.Wire("UUIDValue") },
		Parse:       func(*Type) *jen.Statement { return code.Runtime("ParseUUID") },
		MissingJSON: func(*Type, any) string { return "" },
		Sample:      func(*Type, *Field, Named) jen.Code { return code.Store("NewUUID").Call() },
	},
	Check: Check{
		IsGiven:       isNotZero,
		CheckRequired: checkNotZero,
	},
	Schema: Schema{JSONSchema: fixed(JSONObject{{"type", "string"}, {"format", "uuid"}})},
})
