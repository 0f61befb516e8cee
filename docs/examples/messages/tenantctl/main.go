// Command tenantctl is for the operators of the example.
package main

import (
	"os"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/tools/tenantctl/command"

	"github.com/partywall/partywall/docs/examples/messages/gen"
)

func main() { os.Exit(command.Main(server.App{Collections: gen.Collections()})) }
