package kinds

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var _ = register(&Kind{
	Name: def.KindMap,
	Says: func(t *Type) string { return "a map, each entry " + t.Elem.Words() },
	Rules: Rules{
		Lengths: true, IsEntries: true, Convert: convertEntries,
		Unindexed: func(path string, _ *Type) (string, string) {
			return fmt.Sprintf("%s is a Map, whose entries an index cannot name", path), "an index without it, or a List of Objects"
		},
	},
	Codec: Codec{
		HoldsMissing:       true,
		JSONMember:         elementsFunc("AppendJSONMapMember"),
		OptionalJSONMember: elementsFunc("AppendJSONOptionalMap"),
		Go: func(t *Type, own Named) *jen.Statement {
			return jen.Map(jen.String()).Add(t.Elem.Go(t.Elem, own))
		},
		Append:      elementsFunc("AppendMap"),
		AppendGiven: elementsFunc("AppendOptionalMap"),
		SizeGiven:   elementsFunc("SizeOptionalMap"),
		Size:        elementsFunc("SizeMap"),
		Read:        elementsFunc("ReadMap"),
		Transcode:   elementsFunc("JSONMap"),
		Marshal:     elementsFunc("AppendJSONMap"),
		ReadJSON:    elementsFunc("ReadJSONMap"),
		MissingJSON: entriesJSON,
		Literal:     func(t *Type, v any) jen.Code { return t.GoType().Values(entryLiterals(t, v)) },
		Sample: func(t *Type, _ *Field, own Named) jen.Code {
			return t.Go(t, own).Values(jen.Dict{jen.Lit("some name"): t.Elem.Sample(t.Elem, nil, own)})
		},
	},
	Check: Check{
		Constraints: func(f *Field) *jen.Statement { return constrainElements(f, "Map", true) },
		CheckValue:  checkElements(checkEntries),
		IsGiven:     isNotNil,
	},
	Schema: Schema{
		JSONSchema: func(t *Type, in SchemaContext) JSONObject {
			o := JSONObject{{"type", "object"}, {"additionalProperties", in.Entry(t.Elem)}}
			if !in.IsResponse() {
				o = append(o, Keyword{"propertyNames", entryNames})
			}
			return o
		},
		LengthUnit: "Properties",
	},
})

// entryNames is the schema of a map's keys.
var entryNames = JSONObject{{"pattern", "^[^$.][^.]*$"}, {"maxLength", 255}}

// checkEntries returns the statement that checks the keys and values of v's
// entries.
func checkEntries(t *Type) []jen.Code {
	return []jen.Code{code.Check("Entries").Call(append(atAndValue(), code.OrNil(t.Elem.Checker()))...)}
}
