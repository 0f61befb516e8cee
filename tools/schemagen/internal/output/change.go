package output

import (
	"bytes"
	"cmp"
	"slices"
)

// Change is a file that is not as it is to be.
type Change struct {
	// Mark is "+" for a file that is to be added, "~" for one that is to have other
	// content, "-" for one that is to go.
	Mark string
	// Path is the file's in a Tree.
	Path string
	// Edited reports whether somebody edited the file since it was generated, which
	// generating undoes.
	Edited bool
}

// Compare returns what sets dir apart from want, a change for each file, sorted by
// path. Files there that no run of this generator wrote do not count.
func Compare(dir string, want Tree) ([]Change, error) {
	have, err := read(dir)
	return diff(have, want), err
}

// diff returns Compare of what was read.
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
		if _, wanted := want[p]; !wanted && isOurs(p, old, known) {
			changes = append(changes, Change{Mark: "-", Path: p, Edited: known.edited(p, old)})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return changes
}
