// Command generate writes gen/ from schema/.
package main

import (
	"log"
	"os"

	"github.com/partywall/partywall/tools/schemagen/pipeline"

	"example.com/shop/schema"
)

func main() {
	err := pipeline.Run(pipeline.Config{Collections: schema.Collections, Policy: schema.Policy, Report: os.Stdout, Notes: os.Stderr})
	if err != nil {
		log.Fatal(err)
	}
}
