package wire_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

func TestPathsInGeneratedCode(t *testing.T) {
	for _, test := range []struct {
		name string
		doc  bson.D
		want string
	}{
		{"a member", bson.D{{Key: "name", Value: 7}}, "name must be a string, is a number"},
		{"_id", bson.D{{Key: "_id", Value: "x"}}, "_id must be an ObjectID, is a string"},
		{"a nested member", bson.D{{Key: "role", Value: bson.D{{Key: "name", Value: true}}}}, "role.name must be a string, is a boolean"},
		{"no document", bson.D{{Key: "role", Value: "super"}}, "role must be a document, is a string"},
		{
			"the first of a list",
			bson.D{{Key: "name", Value: "n"}, {Key: "role", Value: bson.D{{Key: "permission", Value: bson.A{bson.D{}}}}}},
			"role.permission.0 must be a string, is a document",
		},
		{
			"the last of a list",
			bson.D{{Key: "role", Value: bson.D{{Key: "other", Value: bson.A{1, 2}}, {Key: "permission", Value: bson.A{"read", nil, "x"}}}}},
			"role.permission.2 is \"x\", which is not one of the declared values",
		},
		{
			"a document that is unknown does not matter",
			bson.D{{Key: "unknown", Value: bson.D{{Key: "name", Value: 7}}}, {Key: "createdAt", Value: "now"}},
			"createdAt must be a date, is a string",
		},
		{
			"a long value is cut",
			bson.D{{Key: "role", Value: bson.D{{Key: "name", Value: strings.Repeat("x", 41)}}}},
			"role.name is \"" + strings.Repeat("x", 40) + "\"…, which is not one of the declared values",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, before := range []bson.D{nil, {{Key: "null"}, {Key: "undefined", Value: bson.Undefined{}}}} {
				b := raw(t, append(before, test.doc...))
				var u users.User
				if err := u.UnmarshalBSON(b); err == nil || err.Error() != test.want {
					t.Errorf("decoding: %v, want %s", err, test.want)
				}
				r := wire.NewReader(b)
				users.Collection().Codec.JSON(r, nil)
				if r.Err() == nil || r.Err().Error() != test.want {
					t.Errorf("transcoding: %v, want %s", r.Err(), test.want)
				}
			}
		})
	}
}
