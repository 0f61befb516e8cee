package kinds

import "github.com/partywall/partywall/schema/def"

// A Ref is the _id of another document, which a response may replace by that document. It is of
// the kind that the other's collection declares.
var _ = register(refTo(objectIDKind))

// RefTo returns the kind of references to documents that are known by id.
func RefTo(id ID) *Kind { return refTo(byName[id.kind()]) }

func refTo(id *Kind) *Kind {
	k := *id
	k.Name = def.KindRef
	k.Noun, k.Says = "", func(t *Type) string { return "the _id of a document of " + t.Collection }
	k.Rules = Rules{Distinct: true, IsReference: true, Referred: id.Name}
	k.Transcode = identities[id.Name].transcodeRef
	if id.Text || id.IsNumber { // a reference is neither searched by its beginning nor added to
		k.Field = valueField
	}
	k.JSONSchema = func(t *Type, in SchemaContext) JSONObject { return in.Reference(t.Collection, id.JSONSchema(t, in)) }
	return &k
}
