package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// emailKind is the kind of a String with the Format def.Email.
var _ = registerFormat(def.Email, func() *Kind {
	k := *stringKind
	k.Append, k.Size = wireFunc("AppendEmail"), wireFunc("SizeEmail")
	k.Field = namedField("NewEmailField")
	k.Value = func(*Type) *jen.Statement { return code.Wire("EmailValue") }
	k.Parse = func(*Type) *jen.Statement { return code.Runtime("ParseEmail") }
	k.ParsePrefix = func() *jen.Statement { return code.Runtime("ParseEmailPrefix") }
	k.Sample = func(*Type, *Field, Named) jen.Code { return jen.Lit("ada@example.com") }
	k.Constraints = func(f *Field) *jen.Statement {
		return constrainText(f, code.Member("Email", jen.True()))
	}
	return &k
}())
