// Command generate writes gen/ from schema/, and with migration NAME the beginning of the
// migration that a change of the schema needs.
package main

import (
	"log"
	"os"

	"github.com/partywall/partywall/docs/examples/carts/schema"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

func main() {
	cfg := pipeline.Config{
		Collections: schema.Collections, Policy: schema.Policy, Migrations: "migrations", Command: "go run ./generate",
		Report: os.Stdout, Notes: os.Stderr,
	}
	err := func() error {
		if len(os.Args) == 3 && os.Args[1] == "migration" {
			return pipeline.Migration(cfg, os.Args[2])
		}
		return pipeline.Run(cfg)
	}()
	if err != nil {
		log.Fatal(err)
	}
}
