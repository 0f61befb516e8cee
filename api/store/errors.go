package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/partywall/partywall/api/check"
)

var (
	// ErrNoTenant refuses an operation on a handle that stands for no database.
	ErrNoTenant = errors.New("no tenant: the handle is a zero value; take one from the resolver")
	// ErrNotFound says that no document has the _id or the key.
	ErrNotFound = errors.New("no such document")
	// ErrStale says that a document is no longer as the Rev it was to have says.
	ErrStale = errors.New("the document was changed meanwhile; read it again")
	// ErrUnavailable says that the database did not answer, or not in time.
	ErrUnavailable = errors.New("the database did not answer")
	// ErrUncertain is an ErrUnavailable after which a write may have been stored all the
	// same: it was sent. Any other ErrUnavailable stored nothing.
	ErrUncertain = errors.New("what was to be written may be stored")
)

// DuplicateError says that another document already has a unique key.
type DuplicateError struct {
	Collection string
	// Field is the path of the key, of its first part for a compound one, and
	// empty where the server does not let it be known.
	Field string
}

func (e *DuplicateError) Error() string {
	if e.Field == "" {
		return e.Collection + ": another document has the same unique key"
	}
	return fmt.Sprintf("%s: another document has the same %s", e.Collection, e.Field)
}

// InvalidError says what is wrong with a document, a patch or a query, field by
// field. Nothing was written.
type InvalidError struct {
	Collection string
	Fields     check.FieldErrors
}

func (e *InvalidError) Error() string {
	problems := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		problems[i] = f.Pointer + " " + f.Message
	}
	return e.Collection + ": " + strings.Join(problems, "; ")
}

// DocumentError says that a stored document does not fit its schema. It is left
// as it is.
type DocumentError struct {
	Collection string
	// ID is the document's _id: hexadecimal for an ObjectID, else in Extended JSON.
	ID string
	// Path is dotted; Problem is a predicate.
	Path, Problem string
}

func (e *DocumentError) Error() string {
	return fmt.Sprintf("%s: document %s: %s %s", e.Collection, e.ID, e.Path, e.Problem)
}
