// Command generate writes gen/ from schema/. With -check it writes nothing, and exits
// with 1 if anything would change or stored documents are owed a migration;
// generate migration NAME begins that migration.
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
		Report:      os.Stdout,
		Notes:       os.Stderr,
	}
	flag.BoolVar(&cfg.Check, "check", false, "write nothing; exit 1 if anything would change")
	flag.BoolVar(&cfg.Strict, "strict", false, "with -check: exit 1 if an index is redundant, too")
	flag.Parse()
	log.SetFlags(0)
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
