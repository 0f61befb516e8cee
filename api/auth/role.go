package auth

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// DecodeRole reads only what the rules about accounts need of a stored user: _id,
// revision and the name of the role, whatever else does not fit the schema. A role
// that is stored as its name alone, as in older deployments, is the role of that
// name; one that cannot be read may be any.
func (u Users) DecodeRole(doc bson.Raw) *User {
	user, err := u.Decode(roleOnly(doc))
	if err != nil {
		user = &User{unknownRole: true}
	}
	user.ID = userID(doc)
	user.Rev = u.c.RevOf(doc)
	return user
}

// roleOnly returns a user with only the name of the role of doc: missing members
// have the schema's defaults.
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
