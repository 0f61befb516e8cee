package embedded

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sqlite makes a database in a new folder by running the statements, and returns its path.
func sqlite(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.sqlite")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range append([]string{"SELECT 1"}, statements...) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func TestSweepRemovesHalfCreatedDatabases(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "shop.sqlite")
	write(t, empty, "")
	tests := map[string]string{"no bytes": empty, "no tables": sqlite(t)}
	for name, path := range tests {
		t.Run(name, func(t *testing.T) {
			for _, suffix := range []string{"-wal", "-shm"} {
				write(t, path+suffix, "")
			}
			if err := sweep(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
			for _, part := range databaseParts {
				if exists(path + part) {
					t.Errorf("%s is still there", filepath.Base(path+part))
				}
			}
		})
	}
}

func TestSweepRemovesADatabaseWithARollbackJournal(t *testing.T) {
	path := sqlite(t)
	write(t, path+"-journal", "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"+strings.Repeat("\x00", 504))
	if err := sweep(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if exists(path) || exists(path+"-journal") {
		t.Error("it is still there")
	}
}

func TestSweepKeepsDatabases(t *testing.T) {
	path := sqlite(t, "CREATE TABLE "+catalogTable+" (name TEXT, table_name TEXT, settings TEXT)")
	if err := sweep(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if !exists(path) {
		t.Error("a database was removed")
	}
}

// TestSweepReadsTheLog holds the database open, so that its only table is in the write-ahead log.
func TestSweepReadsTheLog(t *testing.T) {
	path := sqlite(t)
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("CREATE TABLE " + catalogTable + " (name TEXT, table_name TEXT, settings TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := sweep(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if !exists(path) || !exists(path+"-wal") {
		t.Error("a database was removed")
	}
}

func TestSweepRefusesWhatItCannotJudge(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "shop.sqlite")
	write(t, garbage, strings.Repeat("not a database ", 1000))
	tests := map[string]struct{ path, want string }{
		"garbage":       {garbage, "cannot read the database"},
		"foreign table": {sqlite(t, "CREATE TABLE orders (id INTEGER)"), "is not a database of this server"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := sweep(filepath.Dir(test.path))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.path) {
				t.Errorf("got %v, want %q and the file's name", err, test.want)
			}
			if !exists(test.path) {
				t.Error("the file was removed")
			}
		})
	}
}
