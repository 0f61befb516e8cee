// Command tenantctl is for the help desk's operators and for CI.
package main

import (
	"os"

	"github.com/partywall/partywall/docs/examples/helpdesk/desk"
	"github.com/partywall/partywall/tools/tenantctl/command"
)

func main() { os.Exit(command.Main(desk.App())) }
