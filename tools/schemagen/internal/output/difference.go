package output

import (
	"bytes"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Difference is what sets a folder apart from a Tree, each path once, sorted. A
// path that ends in a slash is a whole package.
type Difference struct {
	Added, Changed, Removed []string
	// Edited and EditedOrphans were changed by somebody after they were generated:
	// the former are to be as declared again, the latter to go.
	Edited, EditedOrphans []string
}

// IsEmpty says that there is none.
func (d Difference) IsEmpty() bool {
	return len(d.Added)+len(d.Changed)+len(d.Removed)+len(d.Edited)+len(d.EditedOrphans) == 0
}

// Lines are the difference for people, a path a line, under dir. isCheck says that
// nothing is written.
func (d Difference) Lines(dir string, isCheck bool) []string {
	const byHand = " was edited by hand since it was generated; "
	overwritten, removed := "overwritten", "removed"
	if isCheck {
		overwritten, removed = "generating overwrites it", "generating removes it"
	}
	var lines []string
	for _, group := range []struct {
		mark  string
		paths []string
		note  string
	}{
		{"+", d.Added, ""},
		{"~", d.Changed, ""},
		{"-", d.Removed, ""},
		{"!", d.Edited, byHand + overwritten},
		{"!", d.EditedOrphans, byHand + removed},
	} {
		for _, p := range group.paths {
			lines = append(lines, group.mark+" "+Under(dir, p)+group.note)
		}
	}
	return lines
}

// Under is a path of a Tree or a Difference as people know it: from where dir is
// seen, and with slashes.
func Under(dir, p string) string {
	joined := path.Join(filepath.ToSlash(dir), p)
	if strings.HasSuffix(p, "/") {
		return joined + "/"
	}
	return joined
}

// Compare says how dir differs from want. Files there that no run of this
// generator wrote do not count.
func Compare(dir string, want Tree) (Difference, error) {
	have, err := read(dir)
	if err != nil {
		return Difference{}, err
	}
	var d Difference
	known := readSums(have[sumsFile])
	for p, content := range want {
		switch old, ok := have[p]; {
		case !ok:
			d.Added = append(d.Added, p)
		case bytes.Equal(old, content):
		case known.edited(p, old):
			d.Edited = append(d.Edited, p)
		default:
			d.Changed = append(d.Changed, p)
		}
	}
	stays := Tree{}
	for p, content := range have {
		switch _, wanted := want[p]; {
		case wanted:
		case !isOurs(p, content, known):
			stays[p] = content
		case known.edited(p, content):
			d.EditedOrphans = append(d.EditedOrphans, p)
		default:
			d.Removed = append(d.Removed, p)
		}
	}
	d.Added, d.Removed = byPackage(d.Added, have), byPackage(d.Removed, want, stays)
	for _, paths := range [][]string{d.Changed, d.Edited, d.EditedOrphans} {
		slices.Sort(paths)
	}
	return d, nil
}

// byPackage sorts paths, and puts the folder in the place of those in it if none
// of others has a file there.
func byPackage(paths []string, others ...Tree) []string {
	shared := map[string]bool{".": true}
	for _, files := range others {
		for p := range files {
			for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
				shared[dir] = true
			}
		}
	}
	var list []string
	for _, p := range paths {
		if dir := path.Dir(p); !shared[dir] {
			p = dir + "/"
		}
		list = append(list, p)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
