// Command generate writes gen/ from schema/, or with -check says whether it is current.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/partywall/partywall/tools/bench/internal/vocabulary/schema"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

func main() {
	check := flag.Bool("check", false, "write nothing, and fail if gen/ is not current")
	flag.Parse()
	err := pipeline.Run(pipeline.Config{
		Collections: schema.Collections, Source: "internal/vocabulary/schema", Out: "internal/vocabulary/gen", Check: *check, Report: os.Stdout,
		Command: "go run ./internal/vocabulary/generate",
	})
	if err != nil {
		log.Fatal(err)
	}
}
