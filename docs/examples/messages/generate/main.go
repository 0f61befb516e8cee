// Command generate writes gen/ from schema/; with -check it writes nothing, and exits
// with 1 if anything would change or stored documents are owed a migration.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/partywall/partywall/docs/examples/messages/schema"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

func main() {
	cfg := pipeline.Config{
		Collections: schema.Collections,
		Policy:      schema.Policy,
		Command:     "go run ./generate",
		Notes:       os.Stderr,
	}
	flag.BoolVar(&cfg.Check, "check", false, "write nothing; exit 1 if anything would change")
	flag.Parse()
	if err := pipeline.Run(cfg); err != nil {
		log.Fatal(err)
	}
}
