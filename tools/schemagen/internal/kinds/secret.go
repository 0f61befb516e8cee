package kinds

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// Requests, filters and responses have no code for a Secret: emitters ask IsHashed.
var _ = register(&Kind{
	Name: def.KindSecret,
	Noun: "a secret",
	Rules: Rules{
		Lengths: true, IsHashed: true,
		Unindexed: func(path string, _ *Type) (string, string) {
			return fmt.Sprintf("%s is a Secret, which nothing can look up", path), "an index without it"
		},
	},
	Codec: Codec{
		Go:          goType(func() *jen.Statement { return code.Store("Secret") }),
		Append:      runtimeFunc("AppendSecret"),
		Size:        runtimeFunc("SizeSecret"),
		Read:        runtimeFunc("ReadSecret"),
		MissingJSON: func(*Type, any) string { return "" },
		Sample:      func(*Type, *Field, Named) jen.Code { return code.Store("Secret").Values() },
	},
	Check: Check{
		// They are those on the plain text; what is stored is checked by its type.
		Constraints: func(f *Field) *jen.Statement {
			if text := constrainText(f); text != nil {
				return text
			}
			return code.Check("Text").Values()
		},
		CheckValue: func(*Type) jen.Code { return code.Runtime("CheckSecret") },
	},
	Schema: Schema{
		JSONSchema: fixed(JSONObject{{"type", "string"}, {"format", "password"}, {"writeOnly", true}}),
		// An empty one is none.
		SchemaLengths: func(least, most int) (int, int) { return max(least, 1), most },
	},
})
