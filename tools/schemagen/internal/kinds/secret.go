package kinds

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// Requests, filters and answers have no code for a Secret: emitters ask IsHashed.
var _ = register(&Kind{
	Name: def.KindSecret,
	Rules: Rules{
		Lengths: true, IsHashed: true,
		Unindexed: func(path string, _ *Type) (string, string) {
			return fmt.Sprintf("%s is a Secret, which nothing can look up", path), "an index without it"
		},
	},
	Codec: Codec{
		Go:          bare(func() *jen.Statement { return code.Store("Secret") }),
		Append:      storeFunc("AppendSecret"),
		Size:        storeFunc("SizeSecret"),
		Read:        storeFunc("ReadSecret"),
		MissingJSON: func(*Type, any) string { return "" },
		Sample:      func(*Type, *Field, Named) jen.Code { return code.Store("Secret").Values() },
	},
	Check: Check{
		Judge:          func(*Type) jen.Code { return code.Store("CheckSecret") },
		IsThere:        isNotZero,
		IsGiven:        isNotZero,
		IsMissing:      isZero,
		RefusesMissing: refuses,
	},
	Schema: Schema{
		JSONSchema: fixed(Object{{"type", "string"}, {"format", "password"}, {"writeOnly", true}}),
		// An empty one is none.
		SchemaLengths: func(least, most int) (int, int) { return max(least, 1), most },
	},
})
