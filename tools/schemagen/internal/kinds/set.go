package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
)

// A Set is a List without duplicates.
var _ = register(func() *Kind {
	k := *listKind
	k.Name, k.HoldsDistinct = def.KindSet, true
	k.Says = func(t *Type) string { return "a list without repeats, each element " + t.Elem.Words() }
	k.Append, k.Size, k.Read = elementsFunc("AppendSet"), elementsFunc("SizeSet"), elementsFunc("ReadSet")
	k.AppendGiven, k.SizeGiven = elementsFunc("AppendOptionalSet"), elementsFunc("SizeOptionalSet")
	k.Transcode, k.ReadJSON = elementsFunc("JSONSet"), elementsFunc("ReadJSONSet")
	k.Constraints = func(f *Field) *jen.Statement { return constrainElements(f, "Set", false) }
	k.JSONSchema = func(t *Type, in SchemaContext) JSONObject {
		o := listKind.JSONSchema(t, in)
		if !in.IsResponse() {
			o = append(o, Keyword{"uniqueItems", true})
		}
		return o
	}
	return &k
}())
