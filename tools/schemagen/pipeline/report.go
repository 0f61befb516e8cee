package pipeline

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/model"
	"github.com/partywall/partywall/tools/schemagen/internal/output"
)

// reportLines writes a line for each warning.
func reportLines[W fmt.Stringer](w io.Writer, warnings []W) error {
	for _, warning := range warnings {
		if _, err := fmt.Fprintln(w, warning.String()); err != nil {
			return err
		}
	}
	return nil
}

// reportWarnings writes a line for each warning that is for who runs the generator: what a strict check
// refuses is in its error.
func reportWarnings(cfg Config, warnings []model.Warning) error {
	return reportLines(cfg.Report, slices.DeleteFunc(slices.Clone(warnings), func(w model.Warning) bool {
		return w.Redundant && cfg.Strict || !w.Redundant && !cfg.Check
	}))
}

// redundantError returns what a strict check refuses, nil if that is nothing.
func redundantError(cfg Config, warnings []model.Warning) error {
	var lines []string
	for _, w := range warnings {
		if cfg.Strict && w.Redundant {
			lines = append(lines, w.Text())
		}
	}
	if lines == nil {
		return nil
	}
	return fmt.Errorf("%w:\n%s", ErrRedundant, strings.Join(lines, "\n"))
}

// reportChanges writes a line for each file that changes in dir, shown as out, one
// for each package that appears or disappears as a whole, and last those for files
// that somebody edited.
func reportChanges(w io.Writer, out, dir string, changes []output.Change) error {
	removed := map[string]int{}
	for _, change := range changes {
		if change.Mark == "-" {
			removed[path.Dir(change.Path)]++
		}
	}
	var lines, edited []string
	for _, change := range changes {
		folder := path.Dir(change.Path)
		switch {
		case change.Edited && change.Mark == "-":
			edited = append(edited, "! "+displayPath(out, change.Path)+byHand+"removes it")
		case change.Edited:
			edited = append(edited, "! "+displayPath(out, change.Path)+byHand+"overwrites it")
		case folder != "." && change.Mark != "~" && entries(dir, folder) == removed[folder]:
			lines = append(lines, change.Mark+" "+displayPath(out, folder)+"/")
		default:
			lines = append(lines, change.Mark+" "+displayPath(out, change.Path))
		}
	}
	for _, line := range append(slices.Compact(lines), edited...) {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

const byHand = " was edited by hand since it was generated; generating "

// displayPath returns a path relative to the folder that holds out, with slashes.
func displayPath(out, p string) string { return path.Join(filepath.ToSlash(out), p) }

// entries returns the number of files and folders in a folder, 0 if it does not
// exist.
func entries(dir, folder string) int {
	list, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(folder)))
	if err != nil {
		return 0
	}
	return len(list)
}
