// Package pipeline turns declarations into generated code: load, model, emit,
// format, write. It is pure up to the last step. Other modules call Run with
// their own declarations.
package pipeline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

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
var ErrStale = errors.New("generated code is not current; go generate ./... makes it so")

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
	root, module, err := findModule()
	if err != nil {
		return err
	}
	schema, err := model.Load(model.Input{
		Collections: cfg.Collections, Policy: cfg.Policy, Dir: cfg.Source, Root: root,
	})
	if err != nil {
		return err
	}
	tree, err := generate(schema, path.Join(module, cfg.Out), cfg.Source)
	if err != nil {
		return err
	}
	return write(cfg, filepath.Join(root, cfg.Out), tree)
}

func write(cfg Config, dir string, tree output.Tree) error {
	if !cfg.Check {
		if err := output.Recover(dir); err != nil {
			return fmt.Errorf("clear away what an interrupted run left beside %s: %w", dir, err)
		}
	}
	diff, err := output.Compare(dir, tree)
	if err != nil {
		return fmt.Errorf("compare with %s: %w", dir, err)
	}
	for _, line := range diff.Lines(cfg.Out) {
		if _, err := fmt.Fprintln(cfg.Report, line); err != nil {
			return err
		}
	}
	switch {
	case diff.IsEmpty():
		return nil
	case cfg.Check && len(diff.Edited) > 0:
		return fmt.Errorf("%w, and loses what was edited by hand in %s", ErrStale, strings.Join(diff.Edited, ", "))
	case cfg.Check:
		return ErrStale
	}
	return output.Write(dir, tree)
}

// findModule is the root folder and the path of the module that the working
// folder belongs to.
func findModule() (root, module string, err error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			if module = modfile.ModulePath(text); module == "" {
				return "", "", fmt.Errorf("%s declares no module", filepath.Join(dir, "go.mod"))
			}
			return dir, module, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", "", errors.New("no go.mod here or above; run the generator within a Go module")
		}
		dir = parent
	}
}
