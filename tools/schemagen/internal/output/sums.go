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

// sumsFile lists the generated files with their SHA-256 sums, so that a later run
// can tell edits from changes of the declarations.
const sumsFile = "gen.sum"

// WithSums returns files and the list of their sums.
func WithSums(files Tree) Tree {
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

// sums holds the listed hashes by path.
type sums map[string][]string

var sumsLine = regexp.MustCompile(`^([0-9a-f]{64})  (\S+)\r?$`)

// readSums reads a list that a merge may have left in any order, with foreign
// lines, and with two hashes for one file: both count.
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

// edited reports whether somebody changed a file after it was generated. Files that
// are not listed do not count, nor do line endings, which version control may
// convert.
func (s sums) edited(path string, content []byte) bool {
	if !s.has(path) || slices.Contains(s[path], sum(content)) {
		return false
	}
	return !slices.Contains(s[path], sum(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))))
}
