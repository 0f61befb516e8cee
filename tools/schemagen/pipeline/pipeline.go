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

// Config configures Run.
type Config struct {
	// Collections and Policy are the declarations.
	Collections []def.Collection
	Policy      def.Policy
	// Source is the folder with the declarations' source, relative to the module's
	// root: "schema" if empty. Mistakes and generated headers name its files.
	Source string
	// Out is the folder to write, relative to the module's root: "gen" if empty.
	// Generated files in it belong to the generator alone.
	Out string
	// Check writes nothing, reports what could be better, and makes Run return ErrStale if
	// anything would change.
	Check bool
	// Report receives a line for each file that changes or would change, and for each warning;
	// nil for none.
	Report io.Writer
}

// ErrStale is returned if the generated code does not match the declarations.
var ErrStale = errors.New("generated code is not current; go generate ./... updates it")

// Run generates code. It must be called from within the module. If declarations are
// wrong, the error is model.Mistakes and nothing is written.
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
	if cfg.Check {
		if err := reportWarnings(cfg.Report, schema.Warnings); err != nil {
			return err
		}
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
		return staleError(cfg.Out, changes)
	}
	return output.Write(dir, tree)
}

// staleError wraps ErrStale and names files that were edited by hand, because
// following the advice overwrites them.
func staleError(out string, changes []output.Change) error {
	var names []string
	for _, change := range changes {
		if change.Edited {
			names = append(names, displayPath(out, change.Path))
		}
	}
	if names == nil {
		return ErrStale
	}
	return fmt.Errorf("%w, and overwrites what was edited by hand in %s", ErrStale, strings.Join(names, ", "))
}
