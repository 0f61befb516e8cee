// Command setup makes a tenant and its first account: PASSWORD=… setup TENANT ADDRESS. The
// command tenantctl user add gives users a name, which these accounts do not have.
package main

import (
	"context"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/docs/examples/helpdesk/desk"
)

func main() {
	if len(os.Args) != 3 || os.Getenv("PASSWORD") == "" {
		log.Fatal("setup takes a tenant's name and an address, and PASSWORD")
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
	stack, err := server.OpenStack(ctx, env.Database, desk.App(), time.Minute, slog.Default())
	if err != nil {
		return err
	}
	defer stack.Close()
	_, err = desk.Found(ctx, stack.Fleet, name, email, os.Getenv("PASSWORD"))
	return err
}
