package kinds

import (
	"encoding/json"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var stringKind = register(&Kind{
	Name: def.KindString,
	Noun: "text",
	Rules: Rules{
		Lengths: true, Text: true, Convert: convertText(def.KindString),
		Distinct: true, Ordered: true, Least: "",
	},
	Codec: Codec{
		Go:          goType(jen.String),
		Append:      wireFunc("AppendString"),
		Size:        wireFunc("SizeString"),
		Read:        method("String"),
		Transcode:   method("JSONString"),
		Marshal:     typedFunc("AppendJSONString"),
		ReadJSON:    method("String"),
		Field:       namedField("NewTextField"),
		Value:       func(*Type) *jen.Statement { return code.Wire("StringValue").Types(jen.String()) },
		Parse:       func(*Type) *jen.Statement { return code.Runtime("ParseString") },
		Literal:     plain,
		MissingJSON: textJSON,
		Sample: func(_ *Type, f *Field, _ Named) jen.Code {
			switch {
			case f == nil:
				return jen.Lit("some text")
			case f.Format != "":
				return jen.Lit(formats[f.Format].sample)
			}
			return jen.Lit("some " + f.Name)
		},
	},
	Check: Check{
		Constraints: constrainText,
		CheckValue:  checkFunc("AnyText"),
	},
	Schema: Schema{JSONSchema: fixed(JSONObject{{"type", "string"}})},
})

// textJSON returns a text as api/wire encodes it: characters that are special in
// HTML are not escaped.
func textJSON(_ *Type, v any) string {
	if v == nil {
		v = ""
	}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("kinds: a default that was checked has no JSON: " + err.Error())
	}
	return wireEscapes.Replace(strings.TrimSuffix(text.String(), "\n"))
}

// wireEscapes are the sequences that api/wire writes differently from
// encoding/json. The escaped backslash is listed so that what follows it is not
// taken for an escape.
var wireEscapes = strings.NewReplacer(`\\`, `\\`, `\b`, `\u0008`, `\f`, `\u000c`)
