// Package script reads migration files, and carries them out on one database.
package script

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/golang-migrate/migrate/v4/source"
	"github.com/golang-migrate/migrate/v4/source/iofs"

	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/meta"
)

// Files are the migrations of a module in order: versions count from 1 without gaps.
type Files struct {
	list   []*Migration
	known  []steps.Step
	source source.Driver
}

// Migration is one change of data, and the way back.
type Migration struct {
	// Version is its number, and Name the rest of its files' names.
	Version  int64
	Name     string
	Up, Down *Script
	// Checksum identifies what Up does, however it is laid out.
	Checksum string
}

// Load reads all migrations in files, which may name the known steps, and compares the newest
// with the collections of tenants' databases. The error names every mistake: no migration may
// run while there is one. Without files there are no migrations.
func Load(files fs.FS, known []steps.Step, collections []meta.Collection) (*Files, error) {
	if files == nil {
		return &Files{known: known}, nil
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	l := &loader{files: files, known: known}
	for _, entry := range entries {
		if !entry.IsDir() && strings.HasSuffix(entry.Name(), ".json") {
			l.read(entry.Name())
		}
	}
	l.complete()
	l.compare(collections)
	if err := errors.Join(l.problems...); err != nil {
		return nil, err
	}
	driver, err := iofs.New(files, ".")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	// The first look-up sorts the driver's list; after it, the driver may be shared.
	_, _ = driver.First()
	return &Files{list: l.list, known: known, source: driver}, nil
}

// Latest returns the newest migration's version, 0 without any.
func (f *Files) Latest() int64 { return int64(len(f.list)) }

// Source gives the files to golang-migrate's engine. It may be shared.
func (f *Files) Source() source.Driver { return f.source }

// Get returns the migration with that version, nil if there is none.
func (f *Files) Get(version int64) *Migration {
	if version < 1 || version > f.Latest() {
		return nil
	}
	return f.list[version-1]
}

// Checksums returns the checksums of the first migrations, up to version.
func (f *Files) Checksums(version int64) []string {
	var sums []string
	for _, m := range f.list[:min(version, f.Latest())] {
		sums = append(sums, m.Checksum)
	}
	return sums
}

// Edited returns the migrations that were edited since they were applied, given the
// checksums of the applied ones from the first on.
func (f *Files) Edited(checksums []string) []*Migration {
	var edited []*Migration
	for i, m := range f.list {
		if i < len(checksums) && checksums[i] != m.Checksum {
			edited = append(edited, m)
		}
	}
	return edited
}

// loader collects migrations, and what is wrong with them.
type loader struct {
	files    fs.FS
	known    []steps.Step
	list     []*Migration
	problems []error
}

func (l *loader) add(file, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("migrations/%s: %s", file, fmt.Sprintf(format, args...)))
}

var fileForm = regexp.MustCompile(`^([0-9]{4})_([a-z0-9_]+)\.(up|down)\.json$`)

// read reads one file. Files are read in the order of their names, and so of their
// versions.
func (l *loader) read(file string) {
	parts := fileForm.FindStringSubmatch(file)
	if parts == nil {
		l.add(file, "is not called as a migration is; write NNNN_name.up.json and NNNN_name.down.json, with a-z, 0-9 and _ in the name")
		return
	}
	version, _ := strconv.ParseInt(parts[1], 10, 64)
	m := l.last()
	if m == nil || m.Version != version {
		if want := int64(len(l.list)) + 1; version != want {
			l.add(file, "its number is to be %04d: they count from 0001, and none is left out", want)
		}
		m = &Migration{Version: version, Name: parts[2]}
		l.list = append(l.list, m)
	}
	if m.Name != parts[2] {
		l.add(file, "has the number of %04d_%s; give it the next one", version, m.Name)
		return
	}
	text, err := fs.ReadFile(l.files, file)
	if err != nil {
		l.add(file, "%v", err)
		return
	}
	s := l.parse(file, text)
	if parts[3] == "down" {
		m.Down = s
		return
	}
	m.Up, m.Checksum = s, checksum(text)
}

func (l *loader) last() *Migration {
	if len(l.list) == 0 {
		return nil
	}
	return l.list[len(l.list)-1]
}

// complete looks for files without their counterpart.
func (l *loader) complete() {
	for _, m := range l.list {
		name := fmt.Sprintf("%04d_%s", m.Version, m.Name)
		if m.Up == nil {
			l.add(name+".down.json", "has no %s.up.json", name)
		}
		if m.Down == nil {
			l.add(name+".up.json", "has no %s.down.json; write [] there if there is no way back", name)
		}
	}
}

// checksumSize is how many bytes of a hash tell an edited file from the applied one.
const checksumSize = 12

// checksum returns the checksum of the text without white space between its tokens.
func checksum(text []byte) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return ""
	}
	sum := sha256.Sum256(compact.Bytes())
	return hex.EncodeToString(sum[:checksumSize])
}
