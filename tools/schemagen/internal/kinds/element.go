package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
)

// ElementID returns the field with the _id of elements of lists. One that was not given is
// made when the element is written; in stored elements it may be missing. at is the Struct.
func ElementID(at Place) *Field {
	return &Field{
		Name: "_id", Go: "ID", Type: &Type{Kind: elementIDKind}, Immutable: true, Default: def.NewObjectID, At: at,
		Doc: "ID is the element's _id, by which writes find it again.",
	}
}

// elementIDKind is the kind of the _id of elements of lists.
var elementIDKind = func() *Kind {
	k := *objectIDKind
	k.Append, k.Size, k.ReadJSON = wireFunc("AppendElementID"), wireFunc("SizeElementID"), method("ElementID")
	k.IsGiven = nil
	return &k
}()

// HasIdentities reports whether the values are lists of elements that have an _id.
func (t *Type) HasIdentities() bool {
	return t.IsSequence && t.Elem.Struct != nil && t.Elem.Struct.HasID
}

// elementID returns the method that returns the _id of t's elements.
func (t *Type) elementID() jen.Code { return jen.Id(t.Elem.Struct.Go).Dot("ElementID") }
