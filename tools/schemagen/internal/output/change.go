package output

import (
	"bytes"
	"cmp"
	"slices"
)

// Change is a file that differs from what it should be.
type Change struct {
	// Mark is "+" for a file to add, "~" for one to overwrite, "-" for one to
	// remove.
	Mark string
	// Path is the file's path in a Tree.
	Path string
	// Edited reports whether somebody edited the file since it was generated, which
	// generating overwrites.
	Edited bool
}

// Compare returns how dir differs from want: a change for each file, sorted by
// path. It ignores files that no run of this generator wrote.
func Compare(dir string, want Tree) ([]Change, error) {
	have, err := read(dir)
	return diff(have, want), err
}

// diff is Compare on files already read.
func diff(have, want Tree) []Change {
	known := readSums(have[sumsFile])
	var changes []Change
	for p, content := range want {
		if old, there := have[p]; !there {
			changes = append(changes, Change{Mark: "+", Path: p})
		} else if !bytes.Equal(old, content) {
			changes = append(changes, Change{Mark: "~", Path: p, Edited: known.edited(p, old)})
		}
	}
	for p, old := range have {
		if _, wanted := want[p]; !wanted && isGenerated(p, old, known) {
			changes = append(changes, Change{Mark: "-", Path: p, Edited: known.edited(p, old)})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return changes
}
