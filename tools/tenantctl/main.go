// Command tenantctl is for operators and CI of this repository's schema.
package main

import (
	"os"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema/migrations"
	"github.com/partywall/partywall/tools/tenantctl/command"
)

func main() {
	os.Exit(command.Main(server.App{Collections: gen.Collections(), Migrations: migrations.Files}))
}
