package embedded

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The engine makes and drops collections and indexes in several steps, each of which is final. Killed between
// two of them, it leaves tables and indexes that its catalog does not list, and that it then refuses to make
// again for ever, or lists ones that are not there. The queries below find what nobody was ever told is done.
const (
	// halfMade are the collections that have no index yet: making them ends in the one on _id, before the first
	// document.
	halfMade = `SELECT table_name FROM _ferretdb_collections WHERE coalesce(json_array_length(settings, '$.indexes'), 0) = 0`

	// unlistedTables are the tables of no collection. The engine's names end in a hash of eight digits.
	unlistedTables = `SELECT name FROM sqlite_master WHERE type = 'table'
		AND name GLOB '*_[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'
		AND name NOT IN (` + listedTables + `)`

	listedTables = `SELECT table_name FROM _ferretdb_collections`

	listedIndexes = `SELECT table_name || '_' || json_extract(listed.value, '$.name')
		FROM _ferretdb_collections, json_each(settings, '$.indexes') AS listed WHERE listed.type = 'object'`

	// unlistedIndexes leave out those of half-made collections, which go with their tables or stay with their documents.
	unlistedIndexes = `SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
		AND tbl_name IN (` + listedTables + ` EXCEPT ` + halfMade + `)
		AND name NOT IN (` + listedIndexes + `)`

	// missingIndexes are the tables whose collections list an index that is not there.
	missingIndexes = `SELECT DISTINCT table_name FROM _ferretdb_collections, json_each(settings, '$.indexes') AS listed
		WHERE listed.type = 'object' AND table_name || '_' || json_extract(listed.value, '$.name')
		NOT IN (SELECT name FROM sqlite_master WHERE type = 'index')`

	unlist = `UPDATE _ferretdb_collections SET settings = json_set(settings, '$.indexes', (
		SELECT json_group_array(json(listed.value)) FROM json_each(settings, '$.indexes') AS listed
		WHERE table_name || '_' || json_extract(listed.value, '$.name') IN (SELECT name FROM sqlite_master WHERE type = 'index')
	)) WHERE table_name = ?`
)

// leftovers are what a killed engine left in one database, by name.
type leftovers struct{ collections, tables, indexes, listings []string }

func (l leftovers) none() bool {
	return len(l.collections)+len(l.tables)+len(l.indexes)+len(l.listings) == 0
}

func findLeftovers(db *sql.DB) (l leftovers, err error) {
	listed, err := queryNames(db, listedTables+" UNION ALL "+listedIndexes)
	if err != nil || slices.ContainsFunc(listed, escaped) {
		return l, err
	}
	for query, names := range map[string]*[]string{
		halfMade: &l.collections, unlistedTables: &l.tables, unlistedIndexes: &l.indexes, missingIndexes: &l.listings,
	} {
		if *names, err = queryNames(db, query); err != nil {
			return l, err
		}
	}
	return l, l.keepFilled(db)
}

// escaped reports whether SQLite has a name otherwise than the catalog: the engine quotes names as Go does. A
// database that lists one is left as it is, as nothing that is compared by name would be found.
func escaped(name string) bool { return strconv.Quote(name) != `"`+name+`"` }

// keepFilled leaves a collection alone that has documents, whatever else it lacks.
func (l *leftovers) keepFilled(db *sql.DB) error {
	var failed error
	l.collections = slices.DeleteFunc(l.collections, func(table string) bool {
		var filled bool
		err := db.QueryRow(`SELECT EXISTS (SELECT 1 FROM ` + quote(table) + `)`).Scan(&filled)
		failed = errors.Join(failed, err)
		return filled
	})
	return failed
}

// remove takes back what was half made in the database, and ends what was half dropped, in one transaction.
func (l leftovers) remove(path string) error {
	if l.none() {
		return nil
	}
	if err := withDatabase("file:"+path, l.removeFrom); err != nil {
		return fmt.Errorf("embedded server: cannot mend the database %s: %w; move it out of the data folder", path, err)
	}
	return nil
}

func (l leftovers) removeFrom(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := l.removeIn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (l leftovers) removeIn(tx *sql.Tx) error {
	var failed []error
	run := func(statement string, args ...any) {
		_, err := tx.Exec(statement, args...)
		failed = append(failed, err)
	}
	for _, index := range l.indexes {
		run(`DROP INDEX ` + quote(index))
	}
	for _, table := range l.listings {
		run(unlist, table)
	}
	for _, table := range l.collections {
		run(`DELETE FROM _ferretdb_collections WHERE table_name = ?`, table)
	}
	for _, table := range slices.Concat(l.collections, l.tables) {
		run(`DROP TABLE ` + quote(table))
	}
	return errors.Join(failed...)
}

// quote makes any text a name in SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
