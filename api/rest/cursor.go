package rest

import (
	"encoding/base64"
	"net/url"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// A cursor holds stored values, which the database is asked to compare with.
// Clients get it sealed, so that none comes back that was not given out, nor to
// another tenant or collection. The query is in the cursor itself.

// afterParameter is the query parameter that brings one back.
const afterParameter = "after"

// cursorPurpose keeps a cursor's seal from being good for anything else.
const cursorPurpose = "partywall page cursor"

// base64URL is text that needs no escapes in a URL.
var base64URL = base64.RawURLEncoding

// seal returns the text of a cursor of the session's tenant.
func (r *resource) seal(s *session, cursor store.Cursor) string {
	return base64URL.EncodeToString(r.Keys.Seal(cursorPurpose, r.cursorBound(s), []byte(cursor)))
}

// unseal returns the cursor that a query goes on from, empty without one.
func (r *resource) unseal(s *session, query url.Values) (store.Cursor, error) {
	if !query.Has(afterParameter) {
		return "", nil
	}
	text := query.Get(afterParameter)
	sealed, err := base64URL.DecodeString(text)
	if err == nil && base64URL.EncodeToString(sealed) == text { // other texts decode to the same
		if cursor, ok := r.Keys.Unseal(cursorPurpose, r.cursorBound(s), sealed); ok {
			return store.Cursor(cursor), nil
		}
	}
	return "", queryProblem(wire.FieldErrors{{
		Pointer: afterParameter, Code: "cursor", Message: "is not the cursor of a page of this query; use next as the answer before gave it",
	}})
}

// cursorBound returns what a cursor is good for; the tenant's id has a fixed
// length.
func (r *resource) cursorBound(s *session) []byte { return append(s.tenant.ID[:], r.c.Name...) }
