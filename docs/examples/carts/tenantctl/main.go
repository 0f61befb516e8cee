// Command tenantctl is for the shop's operators.
package main

import (
	"os"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/docs/examples/carts/gen"
	"github.com/partywall/partywall/docs/examples/carts/migrations"
	"github.com/partywall/partywall/tools/tenantctl/command"
)

func main() {
	os.Exit(command.Main(server.App{Collections: gen.Collections(), Migrations: migrations.Files}))
}
