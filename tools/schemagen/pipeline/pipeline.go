// Package pipeline turns declarations into generated code: load, model, emit,
// format, write. It is pure up to the last step. Other modules call Run with
// their own declarations.
package pipeline

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
	"github.com/partywall/partywall/tools/schemagen/internal/output"
)

// Config says what to generate from what.
type Config struct {
	// Collections and Policy are the declarations.
	Collections []def.Collection
	Policy      def.Policy
	// Source is the folder with the declarations' source, from the module's root:
	// "schema" if empty. Mistakes and generated headers name its files.
	Source string
	// Out is the folder to write, from the module's root: "gen" if empty. What is
	// generated there belongs to the generator alone.
	Out string
	// Check writes nothing; Run then returns ErrStale if anything would change.
	Check bool
	// Report gets a line for each file that changes, or would; nil for none.
	Report io.Writer
}

// ErrStale says that generated code is not what the declarations give.
var ErrStale = errors.New("generated code is not current; go generate ./... updates it")

// Run generates. It must be called from within the module. The error is
// model.Mistakes if declarations are wrong; nothing is written then.
func Run(cfg Config) error {
	if cfg.Source == "" {
		cfg.Source = "schema"
	}
	if cfg.Out == "" {
		cfg.Out = "gen"
	}
	if cfg.Report == nil {
		cfg.Report = io.Discard
	}
	at, err := locate(cfg)
	if err != nil {
		return err
	}
	schema, err := model.Load(model.Input{
		Collections: cfg.Collections, Policy: cfg.Policy, Dir: cfg.Source, Root: at.root,
	})
	if err != nil {
		return err
	}
	tree, err := generate(schema, at.genPath, cfg.Source)
	if err != nil {
		return err
	}
	return write(cfg, at.out, tree)
}

func write(cfg Config, dir string, tree output.Tree) error {
	changes, err := output.Compare(dir, tree)
	if err != nil {
		return fmt.Errorf("compare with %s: %w", dir, err)
	}
	if err := reportChanges(cfg.Report, cfg.Out, dir, changes); err != nil {
		return err
	}
	switch {
	case len(changes) == 0:
		return nil
	case cfg.Check:
		return stale(cfg.Out, changes)
	}
	return output.Write(dir, tree)
}

// stale returns ErrStale, and names what was edited by hand: that is lost when
// somebody follows the advice.
func stale(out string, changes []output.Change) error {
	var names []string
	for _, change := range changes {
		if change.Edited {
			names = append(names, under(out, change.Path))
		}
	}
	if names == nil {
		return ErrStale
	}
	return fmt.Errorf("%w, and overwrites what was edited by hand in %s", ErrStale, strings.Join(names, ", "))
}
