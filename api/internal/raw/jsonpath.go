package raw

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
)

// Everything here goes by paths as stored. What is said to others names what JSON and Go
// call the members.

// pointer returns the JSON pointer of a path as stored.
func (c *Collection) pointer(path string) string { return check.Pointer(c.JSONPath(path)) }

// invalidFields returns the error about members, whose pointers are of paths as stored.
func (c *Collection) invalidFields(fields check.FieldErrors) error {
	for i, f := range fields {
		fields[i].Pointer = c.jsonPointer(f.Pointer)
	}
	return &store.InvalidError{Collection: c.Name, Fields: fields}
}

// jsonPointer returns a JSON pointer into a stored document as one into its JSON.
func (c *Collection) jsonPointer(pointer string) string {
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	names := strings.Split(c.JSONPath(strings.Join(tokens, ".")), ".")
	if len(names) != len(tokens) { // the name of an entry has a dot
		return pointer
	}
	return "/" + strings.Join(names, "/")
}

// DocumentError says why doc does not fit, by the names of its JSON; err is a *wire.ValueError.
func (c *Collection) DocumentError(doc bson.Raw, err error) *store.DocumentError {
	e := NewDocumentError(c.Name, doc, err)
	e.Path = c.JSONPath(e.Path)
	return e
}

// duplicateOf says that the first key of a unique index, a path as stored, is taken.
func (c *Collection) duplicateOf(path string) *store.DuplicateError {
	return &store.DuplicateError{Collection: c.Name, Field: c.JSONPath(path)}
}
