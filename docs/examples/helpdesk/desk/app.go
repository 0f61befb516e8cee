// Package desk is the help desk: what is served, and what its generated code does not do.
package desk

import (
	"net/http"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/docs/examples/helpdesk/gen"
	"github.com/partywall/partywall/docs/examples/helpdesk/migrations"
	"github.com/partywall/partywall/docs/examples/helpdesk/schema"
)

// App is what the server serves and tenantctl compares databases with.
func App() server.App {
	return server.App{
		Collections: gen.Collections(),
		OpenAPI:     gen.OpenAPI,
		Policy:      schema.Policy,
		Migrations:  migrations.Files,
		Checks:      map[string]any{"color": checkColor, "html": checkHTML},
		Computed: []rest.Computed{
			rest.NewComputed("tickets", "statusName", "StatusName is the status in a word.", statusName),
			rest.NewComputed("tags", "normalized", "Normalized is the name in lower case.", normalized),
			rest.NewComputed("priorities", "durationFormatted", "DurationFormatted is the time that a ticket has, in words.", duration),
		},
		Routes: []rest.Route{
			{Method: http.MethodPost, Path: "/api/tickets/open", Permission: "read", Handler: openTicket},
			{Method: http.MethodPost, Path: "/api/tickets/{id}/status", Permission: "write", Handler: setStatus},
		},
	}
}
