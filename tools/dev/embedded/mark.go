package embedded

import "database/sql"

// The mark of databases with decimals is kept in the file, where SQLite has room for a number.
const (
	readMark  = `PRAGMA user_version`
	writeMark = `PRAGMA user_version = 1`
)

// hasDecimals reports whether decimals may be in a database.
func (k *keeper) hasDecimals(db string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.decimals[db]
}

// admitDecimals marks a database.
func (k *keeper) admitDecimals(db string) error {
	err := k.change(db, func(tx *sql.Tx) error {
		_, err := tx.Exec(writeMark)
		return err
	})
	if err == nil {
		k.noteDecimals(db)
	}
	return err
}

func (k *keeper) noteDecimals(db string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.decimals[db] = true
}

// forget is called for a database that was dropped.
func (k *keeper) forget(db string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.decimals, db)
	delete(k.expiring, db)
}
