package output

import (
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

// Sealed is files and the list of them.
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

var sumsLine = regexp.MustCompile(`^([0-9a-f]{64})  (\S+)\r?$`)

// sums are the hashes that a folder's list names, by path. Lines that are none,
// as a merge leaves them, are passed over: of the files that they name nothing is
// known.
func sums(list []byte) map[string]string {
	known := map[string]string{}
	for line := range strings.Lines(string(list)) {
		if parts := sumsLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); parts != nil {
			known[parts[2]] = parts[1]
		}
	}
	return known
}
