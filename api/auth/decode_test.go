package auth_test

import (
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

// TestUsersAreDecoded by what the schema in use makes of them. One whose role has
// another form there than accounts read is an error that names the document.
func TestUsersAreDecoded(t *testing.T) {
	id := bson.NewObjectID()
	doc, err := bson.Marshal(bson.D{
		{Key: "_id", Value: id}, {Key: "email", Value: "ada@example.com"}, {Key: "_rev", Value: int64(7)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]*auth.User{
		`{"role":{"name":"hos","permission":["read"]}}`: {ID: id, Email: "ada@example.com", Role: "hos", Permissions: []string{"read"}, Rev: store.RevOf(doc)},
		`{"role":{"name":"hos","more":1},"name":5}`:     {ID: id, Email: "ada@example.com", Role: "hos", Rev: store.RevOf(doc)},
		`{}`:                            {ID: id, Email: "ada@example.com", Rev: store.RevOf(doc)},
		`{"role":"hos"}`:                nil,
		`{"role":{"name":1}}`:           nil,
		`{"role":{"permission":"all"}}`: nil,
	} {
		collection := users.Collection()
		collection.Codec.JSON = func(*wire.Reader, []byte) []byte { return []byte(answer) }
		got, err := auth.NewUsers(&collection).Decode(doc)
		var misfit *store.DocumentError
		if want == nil {
			if !errors.As(err, &misfit) || got != nil || !strings.Contains(err.Error(), "users") || !strings.Contains(err.Error(), id.Hex()) {
				t.Errorf("%s: %+v, %v", answer, got, err)
			}
			continue
		}
		if err != nil || got.ID != want.ID || got.Email != want.Email || got.Role != want.Role || got.Rev != want.Rev || len(got.Permissions) != len(want.Permissions) {
			t.Errorf("%s: %+v, %v", answer, got, err)
		}
	}
}
