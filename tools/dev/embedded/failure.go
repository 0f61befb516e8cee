package embedded

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// MongoDB's codes that the front answers with.
const (
	codeInternal              = 1
	codeBadValue              = 2
	codeFailedToParse         = 9
	codeTypeMismatch          = 14
	codeNamespaceNotFound     = 26
	codeIndexNotFound         = 27
	codeNamespaceExists       = 48
	codeCannotCreateIndex     = 67
	codeInvalidOptions        = 72
	codeIndexOptionsConflict  = 85
	codeIndexKeySpecsConflict = 86
	codeAmbiguousIndexKey     = 181
	codeInvalidSpecOption     = 197
	codeNotImplemented        = 238
	codeCannotConvert         = 359
	codeDuplicate             = 11000
)

var codeNames = map[int32]string{
	codeInternal: "InternalError", codeBadValue: "BadValue", codeFailedToParse: "FailedToParse", codeTypeMismatch: "TypeMismatch", codeIndexNotFound: "IndexNotFound",
	codeCannotCreateIndex: "CannotCreateIndex", codeInvalidOptions: "InvalidOptions", codeIndexOptionsConflict: "IndexOptionsConflict",
	codeIndexKeySpecsConflict: "IndexKeySpecsConflict", codeAmbiguousIndexKey: "AmbiguousIndexKeyPattern",
	codeInvalidSpecOption: "InvalidIndexSpecificationOption", codeNotImplemented: "NotImplemented",
	codeCannotConvert: "CannotConvertIndexToUnique", codeDuplicate: "DuplicateKey",
}

// failure is a reply that says the whole command failed. As an error it is answered with.
type failure struct {
	OK       float64 `bson:"ok"`
	Errmsg   string  `bson:"errmsg"`
	Code     int32   `bson:"code"`
	CodeName string  `bson:"codeName"`

	KeyPattern bson.D `bson:"keyPattern,omitempty"`
	KeyValue   bson.D `bson:"keyValue,omitempty"`
	Violations bson.A `bson:"violations,omitempty"`
}

func (f *failure) Error() string { return f.Errmsg }

// refuse makes an error that the client is answered with.
func refuse(code int32, format string, args ...any) *failure {
	return &failure{Errmsg: fmt.Sprintf(format, args...), Code: code, CodeName: codeNames[code]}
}

// failureOf is the error that a reply tells of, nil if it tells of none.
func failureOf(reply bson.Raw) error {
	var f failure
	if err := bson.Unmarshal(reply, &f); err != nil {
		return err
	}
	if f.OK == 1 {
		return nil
	}
	return &f
}

// hasCode reports whether an error is MongoDB's with that code.
func hasCode(err error, code int32) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.Code == code
}

// text is a document as messages quote it, in relaxed Extended JSON.
func text(doc bson.D) string { return extendedJSON(doc, false) }

// extended is a document in canonical Extended JSON, which keeps every type.
func extended(doc any) string { return extendedJSON(doc, true) }

func extendedJSON(doc any, canonical bool) string {
	json, err := bson.MarshalExtJSON(doc, canonical, false)
	if err != nil {
		return err.Error() // of values that no client can send
	}
	return string(json)
}
