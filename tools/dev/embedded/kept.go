package embedded

import "database/sql"

// kept is an index that a collection has.
type kept struct {
	definition
	id         int64
	collection string
	table      string // of the collection's documents
}

// add keeps indexes of a collection that the engine has, all or none.
func (k *keeper) add(cmd command, definitions []definition) error {
	if len(definitions) == 0 {
		return nil
	}
	var added []kept
	err := k.change(cmd.db, func(tx *sql.Tx) error {
		if _, err := tx.Exec(createKept); err != nil {
			return err
		}
		x := kept{collection: cmd.target}
		if err := tx.QueryRow(selectTable, cmd.target).Scan(&x.table); err != nil {
			return err // it was dropped, or renamed, meanwhile
		}
		for _, x.definition = range definitions {
			if err := x.refuseRepeats(tx, cmd.namespace()); err != nil {
				return err
			}
			if err := x.insert(tx); err != nil {
				return err
			}
			added = append(added, x)
		}
		return nil
	})
	if err == nil {
		k.tell(k.notice(cmd.db, added))
	}
	return err
}

// insert writes the index, and what enforces it.
func (x *kept) insert(tx *sql.Tx) error {
	inserted, err := tx.Exec(`INSERT INTO _partywall_indexes (table_name, name, definition) VALUES (?, ?, ?)`,
		x.table, x.name, extended(x.document()))
	if err != nil {
		return err
	}
	if x.id, err = inserted.LastInsertId(); err != nil {
		return err
	}
	return x.enforce(tx)
}

// remove takes indexes away.
func (k *keeper) remove(db string, indexes []kept) error {
	return k.change(db, func(tx *sql.Tx) error {
		for _, x := range indexes {
			if _, err := tx.Exec(x.sql(dropGuard + `; DELETE FROM _partywall_indexes WHERE id = {id}`)); err != nil {
				return err
			}
		}
		return nil
	})
}

// replace gives an index the options of x.
func (k *keeper) replace(db string, x kept) error {
	err := k.change(db, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`UPDATE _partywall_indexes SET definition = ? WHERE id = ?`, extended(x.document()), x.id); err != nil {
			return err
		}
		return x.enforce(tx)
	})
	if err == nil {
		k.tell(k.notice(db, []kept{x}))
	}
	return err
}

// enforce makes the guard of an index that is to be unique, and takes it away from others.
func (x kept) enforce(tx *sql.Tx) error {
	statements := dropGuard
	if x.isGuarded() {
		statements += ";" + createGuard
	}
	_, err := tx.Exec(x.sql(statements))
	return err
}

// isGuarded reports whether the index refuses keys that are taken.
func (x kept) isGuarded() bool { return x.is("unique") || x.is("prepareUnique") }
