package auth_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

// TestUsersAreDecoded with the schema's defaults, and only if they fit the schema.
func TestUsersAreDecoded(t *testing.T) {
	t.Parallel()
	id := bson.NewObjectID()
	for name, test := range map[string]struct {
		role any
		want *auth.User
	}{
		"a role":              {bson.D{{Key: "name", Value: "hos"}, {Key: "permission", Value: bson.A{"read", "write"}}}, &auth.User{Role: "hos", Permissions: []string{"read", "write"}}},
		"one without members": {bson.D{}, &auth.User{Role: "basic"}},
		"nulls":               {bson.D{{Key: "name", Value: nil}, {Key: "permission", Value: nil}}, &auth.User{Role: "basic"}},
		"none":                {nil, &auth.User{Role: "basic"}},
		"a name":              {"hos", nil},
		"a number":            {bson.D{{Key: "name", Value: 1}}, nil},
		"another one":         {bson.D{{Key: "name", Value: "owner"}}, nil},
		"all permissions":     {bson.D{{Key: "permission", Value: "all"}}, nil},
	} {
		doc, err := bson.Marshal(bson.D{
			{Key: "_id", Value: id}, {Key: "email", Value: "ada@example.com"}, {Key: "_rev", Value: int64(7)}, {Key: "role", Value: test.role},
		})
		if err != nil {
			t.Fatal(err)
		}
		collection := users.Collection()
		got, err := auth.NewUsers(&collection).Decode(doc)
		var misfit *store.DocumentError
		if test.want == nil {
			if !errors.As(err, &misfit) || got != nil || !strings.Contains(err.Error(), "users") || !strings.Contains(err.Error(), id.Hex()) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		if err != nil || got.ID != id || got.Email != "ada@example.com" || got.Role != test.want.Role || got.Rev != store.RevOf(doc, "updatedAt") || !slices.Equal(got.Permissions, test.want.Permissions) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
