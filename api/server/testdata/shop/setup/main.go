// Command setup makes a tenant and its first owner, and prints the name of the
// tenant's database: PASSWORD=… setup TENANT ADDRESS.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"

	"example.com/shop/gen"
	"example.com/shop/gen/users"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("setup takes a tenant's name and an address")
	}
	if err := setup(context.Background(), os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func setup(ctx context.Context, name, email string) error {
	var env struct{ server.Database }
	if err := server.LoadEnvironment(&env); err != nil {
		return err
	}
	stack, err := server.OpenStack(ctx, env.Database, server.App{Collections: gen.Collections()}, time.Minute, slog.Default())
	if err != nil {
		return err
	}
	defer stack.Close()
	made, err := stack.Fleet.Provision(ctx, name, tenant.DefaultCluster)
	if err != nil {
		return err
	}
	password, err := auth.NewPasswords().Hash(ctx, os.Getenv("PASSWORD"))
	if err != nil {
		return err
	}
	owner := users.New{Email: email, Password: password, Role: store.Some(users.Role{Name: users.RoleNameOwner})}
	if _, err := users.In(made.Handle()).Create(ctx, owner); err != nil {
		return err
	}
	fmt.Println(made.Database)
	return nil
}
