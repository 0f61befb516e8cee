package evolve

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	upFile        = regexp.MustCompile(`^([0-9]+_.+)\.up\.json$`)
	migrationName = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
)

// Newest returns the newest migration in a folder, the zero Migration if there is none.
func Newest(folder fs.FS) (Migration, error) {
	entries, err := fs.ReadDir(folder, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return Migration{}, nil
	}
	if err != nil {
		return Migration{}, err
	}
	var newest Migration
	for _, entry := range entries {
		if parts := upFile.FindStringSubmatch(entry.Name()); parts != nil {
			if m := (Migration{Name: parts[1]}); newest.Name == "" || m.isNewer(newest) {
				newest = m
			}
		}
	}
	if newest.Name == "" {
		return newest, nil
	}
	content, err := fs.ReadFile(folder, newest.Name+".up.json")
	newest.Checksum = checksum(content)
	return newest, err
}

// checksum returns a hash of a migration that white space between tokens does not change.
func checksum(content []byte) string {
	var compact bytes.Buffer
	if json.Compact(&compact, content) == nil {
		content = compact.Bytes()
	}
	hash := sha256.Sum256(content)
	return hex.EncodeToString(hash[:8])
}

// File is a file to write.
type File struct {
	Name    string
	Content []byte
}

// Files returns the two files of a migration that carries what is owed, numbered after the
// newest.
func Files(name string, newest Migration, owed []Change) ([]File, error) {
	if !migrationName.MatchString(name) {
		return nil, fmt.Errorf("the migration's name %q is not made of a-z, 0-9 and single _; write one such as add_phone", name)
	}
	var up, down []string
	for _, c := range owed {
		if !c.Unreached {
			up = append(up, c.Up...)
			down = append(slices.Clone(c.Down), down...)
		}
	}
	number, err := strconv.Atoi("0" + newest.number())
	if err != nil {
		return nil, fmt.Errorf("number of %s: %w", newest.Name, err)
	}
	base := fmt.Sprintf("%04d_%s", number+1, name)
	return []File{{base + ".up.json", array(up)}, {base + ".down.json", array(down)}}, nil
}

// array returns the text of a migration file.
func array(elements []string) []byte {
	if len(elements) == 0 {
		return []byte("[]\n")
	}
	return []byte("[\n  " + strings.Join(elements, ",\n  ") + "\n]\n")
}
