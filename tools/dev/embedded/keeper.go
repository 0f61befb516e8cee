package embedded

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// keeper keeps the definitions of indexes, which say more than the engine can hold, in the databases that they belong
// to: they are dropped with their collection and found under its other name, and what enforces them is made in one
// transaction with them. No client sees them, because the engine serves what its own catalog lists. Who calls the
// keeper holds the database's gate.
type keeper struct {
	dir string
	log *slog.Logger

	mu       sync.Mutex
	expiring map[string]bool // databases with an index that removes documents
	decimals map[string]bool // databases that may have decimals
	told     map[remark]bool // what is not enforced and was said to be
}

func newKeeper(dir string, log *slog.Logger) *keeper {
	return &keeper{dir: dir, log: log, expiring: map[string]bool{}, decimals: map[string]bool{}, told: map[remark]bool{}}
}

const (
	createKept = `
		CREATE TABLE IF NOT EXISTS _partywall_indexes (id INTEGER PRIMARY KEY, table_name TEXT NOT NULL, name TEXT NOT NULL,
			definition TEXT NOT NULL, UNIQUE (table_name, name)) STRICT;
		CREATE TRIGGER IF NOT EXISTS _partywall_dropped AFTER DELETE ON ` + catalog + ` BEGIN
			DELETE FROM _partywall_indexes WHERE table_name = OLD.table_name;
		END`

	hasKept = `SELECT name FROM sqlite_master WHERE name = '_partywall_indexes'`

	selectKept = `SELECT id, table_name, c.name, definition FROM _partywall_indexes JOIN ` + catalog + ` c USING (table_name) ORDER BY id`

	selectTable = `SELECT table_name FROM ` + catalog + ` WHERE name = ?`
)

// indexes are those of a collection, in the order in which they came.
func (k *keeper) indexes(db, collection string) ([]kept, error) {
	indexes, err := k.all(db)
	return slices.DeleteFunc(indexes, func(x kept) bool { return x.collection != collection }), err
}

// all are the indexes of a database's collections. There are none of a database that was dropped.
func (k *keeper) all(db string) (indexes []kept, err error) {
	if _, err := os.Stat(k.file(db)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	err = k.read(db, func(file *sql.DB) error {
		indexes, err = readKept(file)
		return err
	})
	return indexes, err
}

// documents calls do with each document of the command's collection.
func (k *keeper) documents(cmd command, do func(bson.D)) error {
	if _, err := os.Stat(k.file(cmd.db)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return k.read(cmd.db, func(file *sql.DB) error {
		tables, err := queryTexts(file, selectTable, cmd.target)
		if err != nil || len(tables) == 0 {
			return err
		}
		return eachStored(file, kept{table: tables[0]}.sql(selectStored), func(_ string, doc bson.D) bool {
			do(doc)
			return true
		})
	})
}

// databases are those with an index that removes documents, some of which may be dropped.
func (k *keeper) databases() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Sorted(maps.Keys(k.expiring))
}

func (k *keeper) file(db string) string { return filepath.Join(k.dir, db+".sqlite") }

// read opens a database while do runs.
func (k *keeper) read(db string, do func(*sql.DB) error) error {
	return answerable(withDatabase("file:"+k.file(db)+"?mode=ro&_pragma=busy_timeout(10000)", do))
}

// change runs do in one transaction, which waits until the engine is through with its own.
func (k *keeper) change(db string, do func(*sql.Tx) error) error {
	uri := "file:" + k.file(db) + "?mode=rw&_pragma=busy_timeout(10000)&_txlock=immediate"
	return answerable(withDatabase(uri, func(file *sql.DB) error { return inTransaction(file, do) }))
}

// answerable makes any error one that the client is answered with.
func answerable(err error) error {
	if _, ok := errors.AsType[*failure](err); ok || err == nil {
		return err
	}
	return refuse(codeInternal, "embedded server: indexes: %s", err)
}

// readKept returns the indexes of all collections of a database.
func readKept(file *sql.DB) (indexes []kept, err error) {
	if found, err := queryTexts(file, hasKept); err != nil || len(found) == 0 {
		return nil, err
	}
	rows, err := file.Query(selectKept)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var x kept
		var text string
		if err := rows.Scan(&x.id, &x.table, &x.collection, &text); err != nil {
			return nil, err
		}
		var doc bson.D
		if err := bson.UnmarshalExtJSON([]byte(text), true, &doc); err != nil {
			return nil, fmt.Errorf("the index %s: %w", text, err)
		}
		if x.definition, err = readDefinition(doc); err != nil {
			return nil, fmt.Errorf("the index %s: %w", text, err)
		}
		indexes = append(indexes, x)
	}
	return indexes, rows.Err()
}
