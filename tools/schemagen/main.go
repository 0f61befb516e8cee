// Command schemagen writes gen/ from the declarations in schema/.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/partywall/partywall/api/buildinfo"
	"github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

func main() {
	cfg := pipeline.Config{Collections: schema.Collections, Policy: schema.Policy, Report: os.Stdout}
	flag.BoolVar(&cfg.Check, "check", false, "write nothing; exit 1 if anything would change")
	flag.StringVar(&cfg.Out, "out", "gen", "the folder to write, relative to the module's root")
	version := flag.Bool("version", false, "print the version and exit")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "schemagen writes typed repositories, codecs, indexes and the OpenAPI document from schema/.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if *version {
		if _, err := fmt.Fprintln(os.Stdout, buildinfo.Line("schemagen")); err != nil {
			os.Exit(1)
		}
		return
	}
	if err := pipeline.Run(cfg); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
