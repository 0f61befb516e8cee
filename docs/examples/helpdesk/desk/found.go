package desk

import (
	"context"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/docs/examples/helpdesk/gen/users"
)

// Found makes a tenant with its first account, which may do everything, and returns the tenant.
// One whose creation was interrupted is completed.
func Found(ctx context.Context, f *fleet.Fleet, name, email, password string) (*tenant.Entry, error) {
	secret, err := auth.NewPasswords().Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	made, err := f.Provision(ctx, name, tenant.DefaultCluster)
	if err != nil {
		return nil, err
	}
	_, err = users.In(made.Handle()).Create(ctx, users.New{
		Username: "admin", Fullname: "Admin", Email: email, Password: secret,
		Role: store.Some(users.Role{Name: users.RoleNameAdmin}),
	})
	return made, err
}
