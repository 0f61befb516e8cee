package embedded

import (
	"database/sql"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// refuseRepeats returns MongoDB's error if the index is to be unique and documents repeat its keys.
func (x kept) refuseRepeats(tx *sql.Tx, namespace string) error {
	if !x.is("unique") {
		return nil
	}
	repeats, err := x.repeats(tx)
	if err != nil || len(repeats) == 0 {
		return err
	}
	u, err := parseUniqueness(x.uniqueness())
	if err != nil {
		return err
	}
	t := taken{u.Name, u.Key, u.keys(repeats[0].doc)[repeats[0].key]}
	return t.failure(namespace)
}

// repeat is a document that repeats a key of others.
type repeat struct {
	key string // as list has it
	doc bson.D
}

// repeats are the documents that repeat keys, in the order of these.
func (x kept) repeats(q querier) (repeats []repeat, err error) {
	err = eachStored(q, x.sql(selectRepeats), func(key string, doc bson.D) bool {
		repeats = append(repeats, repeat{key, doc})
		return true
	})
	return repeats, err
}

// querier is a database or a transaction.
type querier interface {
	Query(query string, args ...any) (*sql.Rows, error)
}

// eachStored calls do with what a query selects, a text and a stored document, until it wants no more.
func eachStored(q querier, query string, do func(text string, doc bson.D) (more bool)) (err error) {
	rows, err := q.Query(query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text, stored string
		if err := rows.Scan(&text, &stored); err != nil {
			return err
		}
		doc, err := readStored(stored)
		if err != nil || !do(text, doc) {
			return err
		}
	}
	return rows.Err()
}
