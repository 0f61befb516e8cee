package kinds

import "github.com/partywall/partywall/schema/def"

// A Ref is an ObjectID that a response may replace by the document it refers to.
var _ = register(func() *Kind {
	k := *objectIDKind
	k.Name, k.IsReference = def.KindRef, true
	k.Noun, k.Says = "", func(t *Type) string { return "the _id of a document of " + t.Collection }
	k.Makes, k.Make = "", nil
	k.Transcode = method("JSONRef")
	k.JSONSchema = func(t *Type, in SchemaContext) JSONObject { return in.Reference(t.Collection, objectIDSchema) }
	return &k
}())
