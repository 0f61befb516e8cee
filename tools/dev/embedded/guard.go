package embedded

import (
	"fmt"
	"strings"
)

// A guard enforces what a unique index asks, in the database itself, so that it holds whatever is written at the same
// time and whenever the process ends: SQLite's index of the keys of each document, one of those of documents with
// several, and triggers that refuse a key that is taken. An insert fails as at a unique index, which the engine
// understands; an update fails with an error that says the key. Documents that repeat a key already stay as they are.
const (
	createGuard = `
		CREATE INDEX {guard} ON {table} ({keys});
		CREATE INDEX {guard}_several ON {table} ({keys}) WHERE json_array_length({keys}) > 1;
		CREATE TRIGGER {guard}_insert BEFORE INSERT ON {table} BEGIN
			INSERT INTO _partywall_indexes (table_name, name, definition)
				SELECT table_name, name, definition FROM _partywall_indexes WHERE id = {id} AND EXISTS (
					SELECT 1 FROM json_each({keys of NEW}) mine WHERE ` + isTaken + `);
		END;
		CREATE TRIGGER {guard}_update BEFORE UPDATE ON {table} BEGIN
			SELECT partywall_taken({uniqueness}, NEW._ferretdb_sjson, mine.value) FROM json_each({keys of NEW}) mine
				WHERE mine.value NOT IN (SELECT value FROM json_each({keys of OLD})) AND ` + isTaken + `;
		END`

	dropGuard = `
		DROP TRIGGER IF EXISTS {guard}_insert; DROP TRIGGER IF EXISTS {guard}_update;
		DROP INDEX IF EXISTS {guard}; DROP INDEX IF EXISTS {guard}_several`

	// isTaken holds for a key, mine.value, that a stored document has.
	isTaken = `(
		EXISTS (SELECT 1 FROM {table} WHERE {keys} = '["' || mine.value || '"]') OR
		EXISTS (SELECT 1 FROM {table}, json_each({keys}) other WHERE json_array_length({keys}) > 1 AND other.value = mine.value))`

	// selectTaken selects those of the keys that it is given that stored documents have.
	selectTaken = `SELECT mine.value FROM json_each(?) mine WHERE ` + isTaken

	// selectStored selects all documents.
	selectStored = `SELECT '', _ferretdb_sjson FROM {table}`

	// selectRepeats selects the documents that repeat keys, and these, in their order.
	selectRepeats = `SELECT mine.value, _ferretdb_sjson FROM {table}, json_each({keys}) mine WHERE mine.value IN (
		SELECT value FROM {table}, json_each({keys}) GROUP BY value HAVING count(DISTINCT {table}.rowid) > 1) ORDER BY mine.value`
)

// sql puts the index's names into a statement.
func (x kept) sql(statement string) string {
	uniqueness := quote(x.uniqueness())
	keys := func(row string) string { return fmt.Sprintf("partywall_keys(%s, %s_ferretdb_sjson)", uniqueness, row) }
	return strings.NewReplacer(
		"{guard}", fmt.Sprintf("_partywall_%d", x.id), "{id}", fmt.Sprint(x.id), "{table}", fmt.Sprintf("%q", x.table), // as the engine quotes it
		"{uniqueness}", uniqueness, "{keys}", keys(""), "{keys of NEW}", keys("NEW."), "{keys of OLD}", keys("OLD."),
	).Replace(statement)
}

// quote is a text as SQL has it.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
