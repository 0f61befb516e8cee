// Command dev runs what developing this product needs: mongod, the embedded MongoDB-compatible server of the
// tests.
package main

import (
	"fmt"
	"os"
)

const usage = `usage: dev COMMAND [flags]

commands:
  mongod   serve an embedded MongoDB-compatible server until standard input ends or a signal comes

"dev COMMAND -h" shows a command's flags.
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	switch os.Args[1] {
	case "run":
		os.Exit(run(os.Args[2:]))
	case "mongod":
		os.Exit(mongod(os.Args[2:]))
	default:
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
}
