// Package pipeline turns declarations into generated code: load, model, emit,
// format, write. It is pure up to the last step. Other modules call Run with
// their own declarations.
package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
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
	// Migrations is the folder with the migrations, relative to the module's root: the folder
	// "migrations" in Source if empty.
	Migrations string
	// Command is how people run the generator, for messages: "go run ./tools/schemagen" if
	// empty.
	Command string
	// Check writes nothing, reports what could be better, and makes Run return ErrStale if
	// anything would change, and ErrOwed if stored documents are owed a migration.
	Check bool
	// Strict makes a check return ErrRedundant if indexes are redundant, which is a warning
	// otherwise.
	Strict bool
	// Report receives a line for each file that changes or would change, and for each warning:
	// those about redundant indexes from every run, the others from a check. Nil for none.
	Report io.Writer
	// Notes receives what the changes since the last run mean for stored documents; nil for
	// none.
	Notes io.Writer
}

// ErrStale is returned if the generated code does not match the declarations.
var ErrStale = errors.New("generated code is not current; go generate ./... updates it")

// ErrRedundant is returned by a strict check if declared indexes are redundant.
var ErrRedundant = errors.New("indexes are redundant")

// Run generates code. It must be called from within the module. If declarations are
// wrong, the error is model.Mistakes and nothing is written.
func Run(cfg Config) error {
	if cfg.Strict && !cfg.Check {
		return errors.New("a strict run is a check: use -strict together with -check")
	}
	cfg = cfg.withDefaults()
	at, schema, err := load(cfg)
	if err != nil {
		return err
	}
	evolved, err := settle(cfg, at, schema)
	if err != nil {
		return err
	}
	if err := reportWarnings(cfg, schema.Warnings); err != nil {
		return err
	}
	if err := evolved.report(cfg); err != nil {
		return err
	}
	tree, err := generate(schema, at.genPath, cfg.Source)
	if err != nil {
		return err
	}
	err = write(cfg, at.out, tree)
	if err == nil || errors.Is(err, ErrStale) {
		err = cmp.Or(err, evolved.write(cfg))
	}
	return errors.Join(redundantError(cfg, schema.Warnings), evolved.owedError(cfg), err)
}

// withDefaults fills in what is left out.
func (cfg Config) withDefaults() Config {
	cfg.Source = cmp.Or(cfg.Source, "schema")
	cfg.Out = cmp.Or(cfg.Out, "gen")
	cfg.Migrations = cmp.Or(cfg.Migrations, path.Join(filepath.ToSlash(cfg.Source), "migrations"))
	cfg.Command = cmp.Or(cfg.Command, "go run ./tools/schemagen")
	if cfg.Report == nil {
		cfg.Report = io.Discard
	}
	if cfg.Notes == nil {
		cfg.Notes = io.Discard
	}
	return cfg
}

// load finds the module and resolves the declarations.
func load(cfg Config) (location, *model.Schema, error) {
	at, err := locate(cfg)
	if err != nil {
		return at, nil, err
	}
	schema, err := model.Load(model.Input{
		Collections: cfg.Collections, Policy: cfg.Policy, Dir: cfg.Source, Root: at.root,
	})
	return at, schema, err
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
