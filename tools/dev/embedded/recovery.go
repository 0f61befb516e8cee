package embedded

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	_ "modernc.org/sqlite" // the SQLite driver that the engine uses
)

// The engine creates and drops databases, collections and indexes in several steps, each of which is final. If it is
// killed between two of them, it does not open the folder again, or refuses for ever to create a table or an index
// that its catalog does not list, or trusts a listed index that does not exist. The statements below complete or
// undo what nobody was told is done. Documents of listed collections stay.
const (
	catalog = "_ferretdb_collections"

	createCatalog = `CREATE TABLE ` + catalog + ` (name TEXT NOT NULL UNIQUE CHECK(name != ''),
		table_name TEXT NOT NULL UNIQUE CHECK(table_name != ''), settings TEXT NOT NULL CHECK(settings != '')) STRICT`

	tables       = `SELECT name FROM sqlite_master WHERE type = 'table'`
	listedTables = `SELECT table_name FROM ` + catalog

	// listedIndexes leaves out the null that the engine lists if it failed to create the index on _id.
	listedIndexes = `SELECT table_name || '_' || json_extract(value, '$.name')
		FROM ` + catalog + `, json_each(settings, '$.indexes') WHERE type = 'object'`

	// unfinished selects the statements that create and list each missing index on _id, the first that a collection
	// gets; drop the tables and indexes that are not listed; and list no index that does not exist. The names of the
	// engine's tables end in a hash of eight digits; others are left alone.
	unfinished = `SELECT format('CREATE UNIQUE INDEX "%w__id_" ON "%w" (_ferretdb_sjson->"_id")', table_name, table_name)
			FROM ` + catalog + ` WHERE table_name || '__id_' NOT IN (SELECT name FROM sqlite_master)
		UNION ALL SELECT ` + updateIndexes + `json('[{"name":"_id_","key":[{"field":"_id"}],"unique":true}]')), table_name)
			FROM ` + catalog + ` WHERE coalesce(json_array_length(settings, '$.indexes'), 0) = 0
		UNION ALL SELECT format('DROP TABLE "%w"', name) FROM sqlite_master WHERE type = 'table'
			AND name GLOB '*_[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]' AND name NOT IN (` + listedTables + `)
		UNION ALL SELECT format('DROP INDEX "%w"', name) FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
			AND tbl_name IN (` + listedTables + `) AND name != tbl_name || '__id_' AND name NOT IN (` + listedIndexes + `)
			AND name NOT GLOB '_partywall_*'
		UNION ALL SELECT ` + updateIndexes + `(SELECT json_group_array(json(value)) FROM json_each(settings, '$.indexes')
				WHERE table_name || '_' || json_extract(value, '$.name') IN (SELECT name FROM sqlite_master))), table_name)
			FROM ` + catalog + ` WHERE EXISTS (SELECT 1 FROM json_each(settings, '$.indexes')
				WHERE table_name || '_' || json_extract(value, '$.name') NOT IN (SELECT name FROM sqlite_master))`

	// updateIndexes begins the expression of a statement that lists other indexes.
	updateIndexes = `format('UPDATE ` + catalog + ` SET settings = %Q WHERE table_name = %Q', json_set(settings, '$.indexes', `
)

// recoverDatabases completes or undoes what a killed engine left unfinished in the databases of a folder.
func recoverDatabases(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.sqlite"))
	for _, path := range paths {
		if err := recoverDatabase(path); err != nil {
			return fmt.Errorf("embedded server: cannot recover the database %s: %w; move it out of the data folder", path, err)
		}
	}
	return err
}

func recoverDatabase(path string) error {
	var statements []string
	err := withDatabase("file:"+path+"?mode="+readMode(path), func(db *sql.DB) (err error) {
		statements, err = findUnfinished(db)
		return err
	})
	if err != nil || len(statements) == 0 {
		return err
	}
	return withDatabase("file:"+path, func(db *sql.DB) error { return execute(db, statements) })
}

// readMode is read-only, because to close a database that may be written copies its log into it, which takes longer
// than all else here. What a rollback journal holds has to be written before the database can be read.
func readMode(path string) string {
	if _, err := os.Stat(path + "-journal"); err == nil {
		return "rw"
	}
	return "ro"
}

// withDatabase opens a database while do runs.
func withDatabase(uri string, do func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", uri)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// findUnfinished returns the statements that a database needs.
func findUnfinished(db *sql.DB) ([]string, error) {
	found, err := queryTexts(db, tables)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return []string{createCatalog}, nil
	case !slices.Contains(found, catalog):
		return nil, errors.New("it is not of this server: it has tables, but not " + catalog)
	}
	listed, err := queryTexts(db, listedTables+" UNION ALL "+listedIndexes)
	if err != nil || slices.ContainsFunc(listed, isEscaped) {
		return nil, err
	}
	return queryTexts(db, unfinished)
}

// isEscaped reports whether SQLite has a name in another form than the catalog: the engine quotes names as Go does.
// A database that lists such a name is left as it is, because its tables would be taken for unlisted.
func isEscaped(name string) bool { return strconv.Quote(name) != `"`+name+`"` }

// queryTexts returns what a query of one column selects.
func queryTexts(db *sql.DB, query string, args ...any) (texts []string, err error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}

// execute runs statements in one transaction.
func execute(db *sql.DB, statements []string) error {
	return inTransaction(db, func(tx *sql.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// inTransaction runs do in a transaction, which an error of its takes back.
func inTransaction(db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
