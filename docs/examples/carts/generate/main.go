// Command generate writes gen/ from schema/. With -check it writes nothing, and refuses what is
// not current; generate migration NAME begins the migration that a change of the schema needs.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/partywall/partywall/docs/examples/carts/schema"
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
	flag.BoolVar(&cfg.Check, "check", false, "write nothing; exit 1 if anything would change")
	flag.BoolVar(&cfg.Strict, "strict", false, "with -check: exit 1 if an index is redundant, too")
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
