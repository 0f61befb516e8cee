// Command api serves the HTTP API of this repository's schema.
package main

import (
	"os"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/migrations"
)

func main() {
	os.Exit(server.Main(server.App{
		Collections: gen.Collections(),
		OpenAPI:     gen.OpenAPI,
		Policy:      schema.Policy,
		Migrations:  migrations.Files,
	}))
}
