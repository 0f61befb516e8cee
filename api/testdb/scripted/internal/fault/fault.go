// Package fault holds the errors that commands are answered with, under the codes
// that MongoDB gives them.
package fault

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Error is why a command, or one of its statements, was refused.
type Error struct {
	Code int32
	Name string
	Text string
	// Fields go beside the code: keyPattern and keyValue of a key that is taken.
	Fields bson.D
	// Labels tell drivers what they may do: errorLabels.
	Labels []string
}

func (e *Error) Error() string { return fmt.Sprintf("(%s) %s", e.Name, e.Text) }

// New is an error under the name that its code has. Values and documents among args
// are shown as MongoDB shows them.
func New(code int32, format string, args ...any) *Error {
	for i, arg := range args {
		switch v := arg.(type) {
		case bson.RawValue:
			args[i] = value.Show(v)
		case bson.Raw:
			args[i] = value.ShowDocument(v)
		}
	}
	return &Error{Code: code, Name: Name(code), Text: fmt.Sprintf(format, args...)}
}

// Name is MongoDB's name of a code, which is a place in its source for those without
// one.
func Name(code int32) string {
	if name, ok := names[code]; ok {
		return name
	}
	return fmt.Sprintf("Location%d", code)
}

// BadValue is an operand that the command cannot take.
func BadValue(format string, args ...any) *Error { return New(2, format, args...) }

// TypeMismatch is an operand, or a stored value, of another type than is needed.
func TypeMismatch(format string, args ...any) *Error { return New(14, format, args...) }

// NotModelled is what MongoDB knows and the scripted server does not.
func NotModelled(what string) *Error {
	return New(238, "the scripted server does not model %s", what)
}

// names are those of codes that have one.
var names = map[int32]string{
	1: "InternalError", 2: "BadValue", 6: "HostUnreachable", 7: "HostNotFound", 9: "FailedToParse", 11: "UserNotFound", 13: "Unauthorized",
	14: "TypeMismatch", 18: "AuthenticationFailed", 20: "IllegalOperation", 22: "InvalidBSON", 26: "NamespaceNotFound", 27: "IndexNotFound",
	28: "PathNotViable", 40: "ConflictingUpdateOperators", 43: "CursorNotFound", 48: "NamespaceExists", 50: "MaxTimeMSExpired",
	52: "DollarPrefixedFieldName", 53: "InvalidIdField", 54: "NotSingleValueField", 56: "EmptyFieldName", 59: "CommandNotFound",
	64: "WriteConcernTimeout", 65: "MultipleErrorsOccurred", 66: "ImmutableField", 67: "CannotCreateIndex", 72: "InvalidOptions",
	73: "InvalidNamespace", 85: "IndexOptionsConflict", 86: "IndexKeySpecsConflict", 89: "NetworkTimeout", 91: "ShutdownInProgress",
	100: "UnsatisfiableWriteConcern", 112: "WriteConflict", 115: "CommandNotSupported", 121: "DocumentValidationFailure",
	125: "CommandFailed", 133: "FailedToSatisfyReadPreference", 134: "ReadConcernMajorityNotAvailableYet", 171: "CannotIndexParallelArrays",
	175: "QueryPlanKilled", 189: "PrimarySteppedDown", 197: "InvalidIndexSpecificationOption", 202: "NetworkInterfaceExceededTimeLimit",
	211: "KeyNotFound", 225: "TransactionTooOld", 237: "CursorKilled", 238: "NotImplemented", 251: "NoSuchTransaction",
	262: "ExceededTimeLimit", 263: "OperationNotSupportedInTransaction", 276: "IndexBuildAborted", 286: "ChangeStreamHistoryLost",
	292: "QueryExceededMemoryLimitNoDiskUseAllowed", 317: "ConnectionPoolExpired", 359: "CannotConvertIndexToUnique",
	8000: "AtlasError", 9001: "SocketException", 10003: "CannotGrowDocumentInCappedNamespace", 10107: "NotWritablePrimary",
	10334: "BSONObjectTooLarge", 11000: "DuplicateKey", 11600: "InterruptedAtShutdown", 11601: "Interrupted",
	11602: "InterruptedDueToReplStateChange", 13388: "StaleConfig", 13435: "NotPrimaryNoSecondaryOk", 13436: "NotPrimaryOrSecondary",
}
