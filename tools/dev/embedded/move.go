package embedded

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	// selectEngines selects the indexes that earlier versions had the engine hold.
	selectEngines = `SELECT json_object('table', table_name, 'index', json(value)) FROM ` + catalog + `, json_each(settings, '$.indexes')
		WHERE json_extract(value, '$.name') != '_id_'`

	forgetEngines = `UPDATE ` + catalog + ` SET settings = json_set(settings, '$.indexes', (
		SELECT json_group_array(json(value)) FROM json_each(settings, '$.indexes') WHERE json_extract(value, '$.name') = '_id_'))`
)

// engineIndex is an index as the engine's catalog has it.
type engineIndex struct {
	Table string
	Index struct {
		Name string
		Key  []struct {
			Field      string
			Descending bool
		}
		Unique bool
	}
}

// move has the keeper keep indexes that the engine holds. Documents that repeat keys which the engine did not take for
// equal stay.
func (k *keeper) move(db string, engines []string) error {
	return k.change(db, func(tx *sql.Tx) error {
		if _, err := tx.Exec(createKept + "; " + forgetEngines); err != nil {
			return err
		}
		for _, text := range engines {
			if err := moveIndex(tx, text); err != nil {
				return err
			}
		}
		return nil
	})
}

func moveIndex(tx *sql.Tx, text string) error {
	var e engineIndex
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	x := kept{table: e.Table, definition: definition{name: e.Index.Name}}
	for _, key := range e.Index.Key {
		direction := int32(1)
		if key.Descending {
			direction = -1
		}
		x.key = append(x.key, bson.E{Key: key.Field, Value: direction})
	}
	if e.Index.Unique {
		x.definition = x.with("unique", true)
	}
	if _, err := tx.Exec(fmt.Sprintf("DROP INDEX %q", e.Table+"_"+e.Index.Name)); err != nil { // as the engine quotes it
		return err
	}
	return x.insert(tx)
}
