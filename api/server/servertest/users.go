package servertest

import (
	"context"
	"sync"
	"testing"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

// Password is that of the users that AddUser makes.
const Password = "correct horse battery"

// Secret is Password's hash, made once: under the race detector one takes
// most of a second.
var Secret = sync.OnceValues(func() (store.Secret, error) {
	return auth.NewPasswords().Hash(context.Background(), Password)
})

// AddUser makes a user of the tenant, past the API. The address is name@example.com.
func AddUser(t *testing.T, tenant store.Tenant, name string, role users.Role) *users.User {
	t.Helper()
	secret, err := Secret()
	if err != nil {
		t.Fatal(err)
	}
	user, err := users.In(tenant).Create(t.Context(), users.New{Name: name, Email: name + "@example.com", Password: secret, Role: store.Some(role)})
	if err != nil {
		t.Fatal(err)
	}
	return user
}
