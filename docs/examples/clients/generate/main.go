// Command generate writes gen/ from schema/.
package main

import (
	"log"

	"github.com/partywall/partywall/docs/examples/clients/schema"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

func main() {
	if err := pipeline.Run(pipeline.Config{Collections: schema.Collections, Policy: schema.Policy}); err != nil {
		log.Fatal(err)
	}
}
