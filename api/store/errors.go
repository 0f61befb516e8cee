package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/wire"
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

// unansweredError is ErrUnavailable, and what else is known of it. It is also
// context.DeadlineExceeded where a deadline had passed, be it the caller's or the
// driver's for finding a server.
type unansweredError struct {
	text       string
	sent, late bool
}

func (e *unansweredError) Error() string { return e.text }

func (e *unansweredError) Is(target error) bool {
	return target == ErrUnavailable || e.sent && target == ErrUncertain || e.late && target == context.DeadlineExceeded
}

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
	Fields     wire.Problems
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

// NewDocumentError names the document that err, a *wire.ValueError, is about.
func NewDocumentError(collection string, doc bson.Raw, err error) *DocumentError {
	e := &DocumentError{Collection: collection, ID: idText(doc), Problem: err.Error()}
	var value *wire.ValueError
	if errors.As(err, &value) {
		e.Path, e.Problem = value.Path, value.Problem
	}
	return e
}

// idText is a document's _id for people and JSON.
func idText(doc bson.Raw) string {
	id := doc.Lookup("_id")
	if oid, ok := id.ObjectIDOK(); ok {
		return oid.Hex()
	}
	if s, ok := id.StringValueOK(); ok {
		return s
	}
	return id.String()
}

// Failure turns an error of the driver, met while working on subject, into one
// of this package. Callers see no driver's type: what the driver said is kept as
// text, for logs.
func Failure(subject string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return ErrNotFound
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case isUnavailable(err):
		return &unansweredError{
			text: fmt.Sprintf("%s: %s: %s", subject, ErrUnavailable, err.Error()), sent: isSent(err), late: mongo.IsTimeout(err),
		}
	}
	return fmt.Errorf("%s: %s", subject, err.Error())
}

// unanswered are the codes with which a server, or the router before it, says that it
// gives no answer now, and may give one later: it is shutting down or no longer the
// primary (the driver specifications' state change errors), does not reach the others,
// was interrupted, has lost a cursor, or waited in vain for a majority, a lock or a
// conflicting write (MongoDB's list of error codes).
var unanswered = []int{
	6, 7, 43, 64, 89, 91, 112, 133, 134, 175, 189, 202, 237, 262, 317, 365,
	9001, 10107, 11600, 11601, 11602, 13435, 13436,
}

// untouched are the codes among them of servers that do not carry out what they refuse:
// they are no primary.
var untouched = []int{10107, 13435, 13436}

// isSent says that a server may have carried out what it gave no answer to. The driver
// exports no type for that it found no server to send anything to, and after a try that
// broke off it tells of the next: in doubt something was sent.
func isSent(err error) bool {
	var command mongo.CommandError
	var write mongo.WriteException
	switch {
	case errors.As(err, &write):
		return true
	case errors.As(err, &command):
		return command.Raw == nil || !slices.Contains(untouched, int(command.Code))
	}
	return !strings.HasPrefix(err.Error(), "server selection error")
}

// again are the labels with which servers and the driver say that a command may be
// sent once more, whatever its code.
var again = []string{"RetryableWriteError", "TransientTransactionError"}

// isUnavailable says that err is not a server's answer to the operation. For most
// of what keeps one from being given, such as a deployment without a server, the
// driver exports no type; a cleared pool it gives as a command's error, which only
// the missing answer tells from a server's.
func isUnavailable(err error) bool {
	var server mongo.ServerError
	if !errors.As(err, &server) {
		return true
	}
	var command mongo.CommandError
	if errors.As(err, &command) && command.Raw == nil {
		return true
	}
	return mongo.IsTimeout(err) || slices.ContainsFunc(unanswered, server.HasErrorCode) || slices.ContainsFunc(again, server.HasErrorLabel)
}
