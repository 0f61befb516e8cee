package steps

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/gen/users"
)

// ObjectRoles makes an object of a user's role that is stored as its name alone,
// with no permissions besides. Names that the schema does not declare stay as they
// are: nobody is given rights by guessing.
func ObjectRoles() Step {
	return Step{
		Name: "object_roles", Doc: "makes objects of users' roles that are stored as names",
		Collection: "users", Change: objectRole,
	}
}

func objectRole(doc bson.Raw) (Edit, error) {
	name, ok := doc.Lookup("role").StringValueOK()
	if !ok || !slices.Contains(users.RoleNameValues(), users.RoleNameValue(name)) {
		return Edit{}, nil
	}
	role := bson.D{{Key: "name", Value: name}, {Key: "permission", Value: bson.A{}}}
	return Edit{When: bson.D{{Key: "role", Value: name}}, Set: bson.D{{Key: "role", Value: role}}}, nil
}
