package auth

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// DecodeRole reads of a stored user what the rules about accounts go by: _id, revision
// and the name of the role, whatever else does not fit the schema. A role that is
// stored as its name alone, as an older deployment did, is the role of that name;
// one that cannot be read at all may be any.
func (u Users) DecodeRole(doc bson.Raw) *User {
	user, err := u.Decode(roleOnly(doc))
	if err != nil {
		user = &User{unknownRole: true}
	}
	user.ID, _ = doc.Lookup("_id").ObjectIDOK()
	user.Rev = store.RevOf(doc)
	return user
}

// roleOnly returns a user with nothing of doc but the name of the role: what is
// missing has the schema's default.
func roleOnly(doc bson.Raw) bson.Raw {
	role := doc.Lookup("role")
	if within, ok := role.DocumentOK(); ok {
		role = within.Lookup("name")
	}
	only, start := wire.BeginDocument(nil)
	if !role.IsZero() {
		inner, at := wire.BeginDocument(wire.AppendHeader(only, bson.TypeEmbeddedDocument, "role"))
		inner = append(wire.AppendHeader(inner, role.Type, "name"), role.Value...)
		only = wire.EndDocument(inner, at)
	}
	return wire.EndDocument(only, start)
}
