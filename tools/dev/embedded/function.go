package embedded

import (
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// The functions are known to every connection of this process, the engine's among them, which run the triggers.
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("partywall_keys", 2, keysFunction)
	sqlite.MustRegisterScalarFunction("partywall_taken", 3, takenFunction)
}

// keysFunction is partywall_keys(uniqueness, document): the keys of a stored document, as list has them. SQLite stores
// them in its indexes, so that a function that has others needs another name.
func keysFunction(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	_, keys, err := storedKeys(args)
	return keys.list(), err
}

// takenFunction is partywall_taken(uniqueness, document, key): the error that the document's key is taken.
func takenFunction(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	u, keys, err := storedKeys(args)
	if err != nil {
		return nil, err
	}
	key, _ := args[2].(string)
	return nil, errors.New(takenMark + extended(taken{u.Name, u.Key, keys[key]}))
}

func storedKeys(args []driver.Value) (*uniqueness, keySet, error) {
	text, _ := args[0].(string)
	u, err := parseUniqueness(text)
	if err != nil {
		return nil, nil, fmt.Errorf("partywall: %s: %w", text, err)
	}
	stored, _ := args[1].(string)
	doc, err := readStored(stored)
	if err != nil {
		return nil, nil, fmt.Errorf("partywall: a stored document: %w", err)
	}
	return u, u.keys(doc), nil
}
