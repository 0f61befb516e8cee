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
// the engine from opening the whole folder, and none holds any data.
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
	tables, err := readTables(path)
	switch {
	case err != nil:
		return fmt.Errorf("embedded server: cannot read the database %s: %w; move it out of the data folder, or mend it", path, err)
	case slices.Contains(tables, catalogTable):
		return nil
	case len(tables) > 0:
		return fmt.Errorf("embedded server: %s is not a database of this server: it has tables, but not %s; move it out of the data folder", path, catalogTable)
	}
	return removeDatabase(path)
}

// readTables reads a database's table names. A file with a rollback journal was killed before its first table
// could be written, as databases that have one keep a write-ahead log instead; SQLite has to write to such a
// file to read it, so it gets a copy.
func readTables(path string) ([]string, error) {
	if _, err := os.Stat(path + "-journal"); err == nil {
		return readTablesOfCopy(path)
	}
	return queryTables("file:" + path + "?mode=ro")
}

func readTablesOfCopy(path string) ([]string, error) {
	dir, err := os.MkdirTemp("", "sweep-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	duplicate := filepath.Join(dir, "copy")
	for _, part := range databaseParts {
		if err := copyFile(duplicate+part, path+part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return queryTables("file:" + duplicate)
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}

func queryTables(uri string) (names []string, err error) {
	db, err := sql.Open("sqlite", uri)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'table'")
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
