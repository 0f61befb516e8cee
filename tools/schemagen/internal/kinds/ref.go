package kinds

import "github.com/partywall/partywall/schema/def"

// A Ref is an ObjectID in whose place an answer may have the document.
var _ = register(func() *Kind {
	k := *objectIDKind
	k.Name, k.IsReference = def.KindRef, true
	k.Transcode = method("JSONRef")
	k.JSONSchema = func(t *Type, in Document) Object { return in.Reference(t.Collection, objectIDSchema) }
	return &k
}())
