// Command helpdesk serves a help desk to many organizations, each with a database of its own.
package main

import (
	"os"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/docs/examples/helpdesk/desk"
)

//go:generate go run ./generate

func main() { os.Exit(server.Main(desk.App())) }
