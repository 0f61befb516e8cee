// Command tenantctl is for the shop's operators.
package main

import (
	"os"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/tools/tenantctl/command"

	"example.com/shop/gen"
	"example.com/shop/migrations"
)

func main() {
	os.Exit(command.Main(server.App{Collections: gen.Collections(), Migrations: migrations.Files}))
}
