package output

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// sumsFile lists the generated files with the SHA-256 of each, so that a later
// run can tell what was edited by hand from what the declarations changed.
const sumsFile = "gen.sum"

// Sealed returns files and the list of them.
func Sealed(files Tree) Tree {
	var list strings.Builder
	for _, path := range slices.Sorted(maps.Keys(files)) {
		list.WriteString(sum(files[path]) + "  " + path + "\n")
	}
	sealed := maps.Clone(files)
	sealed[sumsFile] = []byte(list.String())
	return sealed
}

func sum(content []byte) string {
	hash := sha256.Sum256(content)
	return hex.EncodeToString(hash[:])
}

// sums are the hashes that a folder's list gives, by path.
type sums map[string][]string

var sumsLine = regexp.MustCompile(`^([0-9a-f]{64})  (\S+)\r?$`)

// readSums reads a list as it is found, which a merge may have left in any order,
// with lines that are none, and with two hashes of one file: each is one that it
// had when it was generated.
func readSums(list []byte) sums {
	known := sums{}
	for line := range strings.Lines(string(list)) {
		if parts := sumsLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); parts != nil {
			known[parts[2]] = append(known[parts[2]], parts[1])
		}
	}
	return known
}

// has reports whether the list names a file.
func (s sums) has(path string) bool { return len(s[path]) > 0 }

// edited reports whether somebody changed a file after it was generated. Nothing is
// known of files that the list does not name, and other line ends are the work of a
// version control system.
func (s sums) edited(path string, content []byte) bool {
	if !s.has(path) || slices.Contains(s[path], sum(content)) {
		return false
	}
	return !slices.Contains(s[path], sum(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))))
}
