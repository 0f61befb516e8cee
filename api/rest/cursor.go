package rest

import (
	"encoding/base64"
	"net/url"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
)

// A cursor contains stored values, which the database is asked to compare with.
// Clients get it sealed, so that they can only return one that they were given, for
// the same tenant and collection. The cursor also contains the query.

// afterParameter is the query parameter for a cursor.
const afterParameter = "after"

// cursorPurpose distinguishes the seals of cursors from others.
const cursorPurpose = "partywall page cursor"

// base64URL needs no escapes in URLs.
var base64URL = base64.RawURLEncoding

// seal returns a cursor, sealed for the session's tenant.
func (r *resource) seal(s *session, cursor store.Cursor) string {
	return base64URL.EncodeToString(r.Keys.Seal(cursorPurpose, r.cursorBound(s), []byte(cursor)))
}

// unseal returns the cursor in a query, empty if there is none.
func (r *resource) unseal(s *session, query url.Values) (store.Cursor, error) {
	if !query.Has(afterParameter) {
		return "", nil
	}
	text := query.Get(afterParameter)
	sealed, err := base64URL.DecodeString(text)
	if err == nil && base64URL.EncodeToString(sealed) == text { // other texts decode to the same bytes
		if cursor, ok := r.Keys.Unseal(cursorPurpose, r.cursorBound(s), sealed); ok {
			return store.Cursor(cursor), nil
		}
	}
	return "", queryProblem(check.FieldErrors{{
		Pointer: afterParameter, Code: "cursor", Message: "is not the cursor of a page of this query; use next as the answer before gave it",
	}})
}

// cursorBound returns what a cursor is bound to; the tenant's id has a fixed
// length.
func (r *resource) cursorBound(s *session) []byte { return append(s.tenant.ID[:], r.c.Name...) }
