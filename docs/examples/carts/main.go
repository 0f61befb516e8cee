// Command carts serves a shop that was written for Mongoose.
package main

import (
	"os"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/docs/examples/carts/gen"
	"github.com/partywall/partywall/docs/examples/carts/migrations"
	"github.com/partywall/partywall/docs/examples/carts/schema"
)

//go:generate go run ./generate

func main() { os.Exit(server.Main(app())) }

// app is what is served.
func app() server.App {
	return server.App{
		Collections: gen.Collections(),
		OpenAPI:     gen.OpenAPI,
		Policy:      schema.Policy,
		Migrations:  migrations.Files,
		Checks:      map[string]any{"sums": checkSums},
		Computed: []rest.Computed{
			rest.NewComputed("carts", "total", "Total is what is to be paid for what was not cancelled.", total),
		},
	}
}
