package embedded

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the SQLite driver that the engine uses
)

const (
	databaseSuffix = ".sqlite"

	// catalogTable lists the collections of a database. It is the first thing the engine writes to a new file.
	catalogTable = "_ferretdb_collections"
)

// sweep removes the databases of which a killed process had created only the file. One of them is enough to keep
// the engine from opening the whole folder, and none holds any data. It mends the others.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("embedded server: cannot read the data folder: %w", err)
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), databaseSuffix) {
			continue
		}
		if err := sweepDatabase(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func sweepDatabase(path string) error {
	found, err := inspect(path)
	switch {
	case err != nil:
		return fmt.Errorf("embedded server: cannot read the database %s: %w; move it out of the data folder, or mend it", path, err)
	case slices.Contains(found.tables, catalogTable):
		return found.leftovers.remove(path)
	case len(found.tables) > 0:
		return fmt.Errorf("embedded server: %s is not a database of this server: it has tables, but not %s; move it out of the data folder", path, catalogTable)
	}
	return removeDatabase(path)
}

// contents are what a database holds, its documents aside.
type contents struct {
	tables    []string
	leftovers leftovers
}

// inspect reads what a database holds. A file with a rollback journal was killed before its first table
// could be written, as databases that have one keep a write-ahead log instead; SQLite has to write to such a
// file to read it, so it gets a copy.
func inspect(path string) (contents, error) {
	if _, err := os.Stat(path + "-journal"); err == nil {
		return inspectCopy(path)
	}
	return inspectAt("file:" + path + "?mode=ro")
}

func inspectCopy(path string) (contents, error) {
	dir, err := os.MkdirTemp("", "sweep-")
	if err != nil {
		return contents{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	duplicate := filepath.Join(dir, "copy")
	for _, part := range databaseParts {
		if err := copyFile(duplicate+part, path+part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return contents{}, err
		}
	}
	return inspectAt("file:" + duplicate)
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}

func inspectAt(uri string) (found contents, err error) {
	err = withDatabase(uri, func(db *sql.DB) error {
		if found.tables, err = queryNames(db, `SELECT name FROM sqlite_master WHERE type = 'table'`); err != nil {
			return err
		}
		if slices.Contains(found.tables, catalogTable) {
			found.leftovers, err = findLeftovers(db)
		}
		return err
	})
	return found, err
}

// withDatabase opens a database for as long as do runs.
func withDatabase(uri string, do func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", uri)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// queryNames runs a query of one column.
func queryNames(db *sql.DB, query string) (names []string, err error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// databaseParts are the files of one database by suffix, the database itself last: whatever moment the process
// is killed at, what is left is swept next time.
var databaseParts = []string{"-shm", "-wal", "-journal", ""}

func removeDatabase(path string) error {
	for _, part := range databaseParts {
		if err := os.Remove(path + part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("embedded server: cannot remove a half-created database: %w", err)
		}
	}
	return nil
}
