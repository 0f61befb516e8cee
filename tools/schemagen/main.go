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
	cfg := pipeline.Config{Collections: schema.Collections, Policy: schema.Policy, Report: os.Stdout, Notes: os.Stderr}
	flag.BoolVar(&cfg.Check, "check", false, "write nothing; exit 1 if anything would change")
	flag.BoolVar(&cfg.Strict, "strict", false, "with -check: exit 1 if an index is redundant, too")
	flag.StringVar(&cfg.Out, "out", "gen", "the folder to write, relative to the module's root")
	version := flag.Bool("version", false, "print the version and exit")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "schemagen writes typed repositories, codecs, indexes and the OpenAPI document from schema/,")
		fmt.Fprintln(os.Stderr, "and says what changes mean for stored documents; schemagen migration NAME begins the migration they need.")
		flag.PrintDefaults()
	}
	flag.Parse()
	run := pipeline.Run
	switch {
	case flag.NArg() == 2 && flag.Arg(0) == "migration":
		run = func(cfg pipeline.Config) error { return pipeline.Migration(cfg, flag.Arg(1)) }
	case flag.NArg() > 0:
		flag.Usage()
		os.Exit(2)
	}
	if *version {
		if _, err := fmt.Fprintln(os.Stdout, buildinfo.Line("schemagen")); err != nil {
			os.Exit(1)
		}
		return
	}
	if err := run(cfg); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
