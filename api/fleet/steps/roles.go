package steps

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// ObjectRoles makes an object of a user's role that is stored as its name alone,
// with no permissions besides. Names that users does not declare stay as they
// are: nobody is given rights by guessing.
func ObjectRoles(users *meta.Collection) Step {
	return Step{
		Name: "object_roles", Doc: "makes objects of users' roles that are stored as names",
		Read: func(*Members) Work {
			return Work{Collection: "users", Change: func(doc bson.Raw) (Edit, error) { return objectRole(users, doc), nil }}
		},
	}
}

func objectRole(users *meta.Collection, doc bson.Raw) Edit {
	name, ok := doc.Lookup("role").StringValueOK()
	declared, _, known := users.Field("role.name")
	if !ok || !known || !slices.Contains(declared.Values, name) {
		return Edit{}
	}
	role := bson.D{{Key: "name", Value: name}, {Key: "permission", Value: bson.A{}}}
	return Edit{When: bson.D{{Key: "role", Value: name}}, Set: bson.D{{Key: "role", Value: role}}}
}
