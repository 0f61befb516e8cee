// Command dev runs what developing this product needs: the API with an embedded
// MongoDB-compatible server, and that server alone for tests.
package main

import (
	"fmt"
	"os"
)

const usage = `usage: dev [COMMAND] [flags]

commands:
  run      serve the API, its database and demo tenants (without a command, this is run)
  mongod   serve the database alone until standard input ends or a signal comes

"dev COMMAND -h" shows what a command takes.
`

func main() {
	args := append(os.Args[1:], "run")
	switch args[0] {
	case "run":
		os.Exit(run(os.Args[min(2, len(os.Args)):]))
	case "mongod":
		os.Exit(mongod(os.Args[2:]))
	}
	fmt.Fprint(os.Stderr, usage)
	os.Exit(2)
}
