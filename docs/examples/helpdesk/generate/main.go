// Command generate writes gen/ from schema/, and says what changes mean for stored documents.
// With -check it writes nothing, and fails unless gen/ is current and no stored document is owed
// a migration; generate migration NAME begins the migration that is owed.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/partywall/partywall/docs/examples/helpdesk/schema"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

func main() {
	cfg := pipeline.Config{
		Collections: schema.Collections,
		Policy:      schema.Policy,
		Migrations:  "migrations",
		Command:     "go run ./generate",
		Report:      os.Stdout,
		Notes:       os.Stderr,
	}
	flag.BoolVar(&cfg.Check, "check", false, "write nothing, and fail if anything would change")
	flag.BoolVar(&cfg.Strict, "strict", false, "with -check: fail if an index is redundant, too")
	flag.Parse()
	if err := run(cfg, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(cfg pipeline.Config, args []string) error {
	if len(args) == 2 && args[0] == "migration" {
		return pipeline.Migration(cfg, args[1])
	}
	return pipeline.Run(cfg)
}
