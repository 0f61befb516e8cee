package pipeline

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/partywall/partywall/tools/schemagen/internal/output"
)

// reportChanges writes a line for each file that changes in dir, which people know
// as out, one for each package that comes or goes as a whole, and last those for
// files that somebody edited.
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
			edited = append(edited, "! "+under(out, change.Path)+byHand+"removes it")
		case change.Edited:
			edited = append(edited, "! "+under(out, change.Path)+byHand+"overwrites it")
		case folder != "." && change.Mark != "~" && entries(dir, folder) == removed[folder]:
			lines = append(lines, change.Mark+" "+under(out, folder)+"/")
		default:
			lines = append(lines, change.Mark+" "+under(out, change.Path))
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

// under returns a path as people know it: from where out is seen, with slashes.
func under(out, p string) string { return path.Join(filepath.ToSlash(out), p) }

// entries returns how many files and folders are in a folder: none where it is not
// there yet.
func entries(dir, folder string) int {
	list, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(folder)))
	if err != nil {
		return 0
	}
	return len(list)
}
