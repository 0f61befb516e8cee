package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var objectIDKind = register(&Kind{
	Name: def.KindObjectID,
	Noun: "an ObjectID",
	Rules: Rules{
		Distinct: true,
		Makes:    def.NewObjectID, Make: func() *jen.Statement { return code.BSON("NewObjectID").Call() },
	},
	Codec: Codec{
		Go:          goType(func() *jen.Statement { return code.BSON("ObjectID") }),
		Append:      wireFunc("AppendObjectID"),
		Size:        wireFunc("SizeObjectID"),
		Read:        method("ObjectID"),
		Transcode:   method("JSONObjectID"),
		Marshal:     wireFunc("AppendJSONObjectID"),
		ReadJSON:    method("ObjectID"),
		Field:       namedField("NewObjectIDField"),
		Value:       func(*Type) *jen.Statement { return code.Wire("ObjectIDValue") },
		Parse:       func(*Type) *jen.Statement { return code.Runtime("ParseObjectID") },
		MissingJSON: func(*Type, any) string { return "" },
		Sample:      func(*Type, *Field, Named) jen.Code { return code.BSON("NewObjectID").Call() },
	},
	Check: Check{
		IsGiven:       isNotZero,
		CheckRequired: checkNotZero,
	},
	Schema: Schema{JSONSchema: fixed(objectIDSchema)},
})

var objectIDSchema = JSONObject{{"type", "string"}, {"pattern", "^[0-9a-f]{24}$"}}
