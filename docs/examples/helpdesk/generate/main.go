// Command generate writes gen/ from schema/. With -check it writes nothing, and fails unless
// gen/ is current and no stored document is owed a migration.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/partywall/partywall/docs/examples/helpdesk/schema"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

func main() {
	check := flag.Bool("check", false, "write nothing, and fail if anything would change")
	flag.Parse()
	cfg := pipeline.Config{
		Collections: schema.Collections,
		Policy:      schema.Policy,
		Migrations:  "migrations",
		Command:     "go run ./generate",
		Check:       *check,
		Report:      os.Stdout,
		Notes:       os.Stderr,
	}
	if err := pipeline.Run(cfg); err != nil {
		log.Fatal(err)
	}
}
