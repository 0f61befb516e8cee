package raw

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// unansweredError is ErrUnavailable with its causes. It is also context.DeadlineExceeded
// if a deadline has passed, the caller's or the driver's for finding a server.
type unansweredError struct {
	text       string
	sent, late bool
}

func (e *unansweredError) Error() string { return e.text }

func (e *unansweredError) Is(target error) bool {
	return target == store.ErrUnavailable || e.sent && target == store.ErrUncertain || e.late && target == context.DeadlineExceeded
}

// NewDocumentError names the document that err, a *wire.ValueError, is about.
func NewDocumentError(collection string, doc bson.Raw, err error) *store.DocumentError {
	e := &store.DocumentError{Collection: collection, ID: IDText(doc), Problem: err.Error()}
	if value, ok := errors.AsType[*wire.ValueError](err); ok {
		e.Path, e.Problem = value.Path, value.Reason
	}
	return e
}

// IDText returns a document's _id for people and JSON, as it is in URLs.
func IDText(doc bson.Raw) string {
	id := doc.Lookup("_id")
	switch id.Type {
	case bson.TypeObjectID:
		return id.ObjectID().Hex()
	case bson.TypeString:
		return id.StringValue()
	case bson.TypeBinary:
		if u, ok := wire.UUIDOf(id); ok {
			return u.String()
		}
	}
	if n, ok := wholeNumber(id); ok {
		return strconv.FormatInt(n, 10)
	}
	return id.String()
}

// WrapError turns an error of the driver about subject into one of api/store. Callers do not
// see the driver's types: its message is kept as text, for logs.
func WrapError(subject string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return store.ErrNotFound
	case refusalOf(err) != nil:
		return refusalOf(err)
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case isUnavailable(err):
		return &unansweredError{
			text: fmt.Sprintf("%s: %s: %s", subject, store.ErrUnavailable, err.Error()), sent: isSent(err), late: mongo.IsTimeout(err),
		}
	}
	return fmt.Errorf("%s: %s", subject, err.Error())
}

// unanswered are the codes with which a server, or the router before it, gives no answer
// now, and may give one later: it is shutting down or no longer the
// primary (the driver specifications' state change errors), does not reach the others,
// was interrupted, has lost a cursor, or waited in vain for a majority, a lock or a
// conflicting write (MongoDB's list of error codes).
var unanswered = []int{
	6, 7, 43, 64, 89, 91, 112, 133, 134, 175, 189, 202, 237, 262, 317, 365,
	9001, 10107, 11600, 11601, 11602, 13435, 13436,
}

// untouched are those codes among them after which nothing was carried out: the server is no
// primary.
var untouched = []int{10107, 13435, 13436}

// isSent reports whether a server may have carried out what it gave no answer to. Nothing was
// sent if the driver found no server: if one broke off before that, it returns that error
// instead.
func isSent(err error) bool {
	var command mongo.CommandError
	var write mongo.WriteException
	switch {
	case errors.As(err, &write):
		return true
	case errors.As(err, &command):
		return command.Raw == nil || !slices.Contains(untouched, int(command.Code))
	}
	_, isUnsent := errors.AsType[topology.ServerSelectionError](err)
	return !isUnsent
}

// again are the labels of errors after which a command may be sent once more, whatever its
// code.
var again = []string{"RetryableWriteError", "TransientTransactionError"}

// isUnavailable reports whether err is not a server's answer to the operation. For most
// of what keeps one from being given, such as a deployment without a server, the
// driver exports no type; a cleared pool it gives as a command's error, which only
// the missing answer tells from a server's.
func isUnavailable(err error) bool {
	server, ok := errors.AsType[mongo.ServerError](err)
	if !ok {
		return true
	}
	if command, ok := errors.AsType[mongo.CommandError](err); ok && command.Raw == nil {
		return true
	}
	return mongo.IsTimeout(err) || slices.ContainsFunc(unanswered, server.HasErrorCode) || slices.ContainsFunc(again, server.HasErrorLabel)
}
