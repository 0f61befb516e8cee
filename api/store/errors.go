package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/partywall/partywall/api/check"
)

var (
	// ErrNoTenant is returned for an operation on a handle without a database.
	ErrNoTenant = errors.New("no tenant: the handle is a zero value; take one from the resolver")
	// ErrNotFound is returned if no document has the _id or the key.
	ErrNotFound = errors.New("no such document")
	// ErrStale is returned if a document is not in the required state any more.
	ErrStale = errors.New("the document was changed meanwhile; read it again")
	// ErrCrowded is returned if too many operations of the same tenant wait for a connection already.
	ErrCrowded = errors.New("too many operations of the tenant are waiting")
	// ErrOverloaded is returned if too many operations of all tenants wait for a connection already.
	ErrOverloaded = errors.New("too many operations are waiting")
	// ErrUnavailable is returned if the database did not answer, or not in time.
	ErrUnavailable = errors.New("the database did not answer")
	// ErrUncertain is an ErrUnavailable after which a write may be stored all the same,
	// because it was sent. After any other ErrUnavailable nothing is stored.
	ErrUncertain = errors.New("what was to be written may be stored")
)

// DuplicateError is returned if another document already has a unique key.
type DuplicateError struct {
	Collection string
	// Field is the path of the key, or of its first part if it is compound, and empty if
	// the server does not name it.
	Field string
}

func (e *DuplicateError) Error() string {
	if e.Field == "" {
		return e.Collection + ": another document has the same unique key"
	}
	return fmt.Sprintf("%s: another document has the same %s", e.Collection, e.Field)
}

// InvalidError is returned for a document, a patch or a query that is invalid, and says what
// is wrong field by field. Nothing was written.
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

// DocumentError is returned if a stored document does not fit its schema. It is left
// as it is.
type DocumentError struct {
	Collection string
	// ID is the document's _id: as in URLs, or in Extended JSON if no document can be known by such a value.
	ID string
	// Path is dotted; Problem is a predicate.
	Path, Problem string
}

func (e *DocumentError) Error() string {
	return fmt.Sprintf("%s: document %s: %s %s", e.Collection, e.ID, e.Path, e.Problem)
}

// CollectionError is returned for a document that is not stored because its collection is not there yet, and could not
// be made with its indexes.
type CollectionError struct {
	Tenant, Collection string
	// Reason says why, and what to do about it.
	Reason string
	// Passing reports whether the same write may succeed in a moment.
	Passing bool
}

func (e *CollectionError) Error() string {
	return fmt.Sprintf("collection %s of tenant %q takes no documents: %s", e.Collection, e.Tenant, e.Reason)
}
