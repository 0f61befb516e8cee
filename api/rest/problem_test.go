package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/wire"
)

// TestProblems has a row for each kind of error: what it is answered with, the problem
// first, then what is wrong where, and the headers that go with it.
func TestProblems(t *testing.T) {
	t.Parallel()
	const wrong = "403 forbidden: never: forbidden"
	a := &api{}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"a refusal":             {refuse(http.StatusConflict, "taken", "It is taken"), "409 taken: It is taken"},
		"one of a handler's":    {Refuse(402, "payment", "Pay first", check.FieldError{Pointer: "/a", Code: "b", Message: "is c"}), "402 payment: Pay first; /a b is c"},
		"half a body":           {&wire.SyntaxError{Offset: 7, Reason: "an end"}, "400 body_invalid: the body is not a JSON object: an end at byte 7"},
		"what does not fit":     {invalid("/name", "required", "must be given"), "422 validation_failed: Some fields are invalid; /name required must be given"},
		"a key that is taken":   {&store.DuplicateError{Collection: "users", Field: "role.name"}, "409 duplicate: Another document has the same role.name; /role/name duplicate is taken"},
		"a key that has none":   {&store.DuplicateError{Collection: "users"}, "409 duplicate: Another document has the same unique key"},
		"a stored value":        {&store.DocumentError{Path: "role.name", Problem: "is no string"}, "409 document_invalid: The stored document does not fit the schema; /role/name stored_value is no string"},
		"a stored document":     {&store.DocumentError{Problem: "is none"}, "409 document_invalid: The stored document does not fit the schema;  stored_value is none"},
		"after a change":        {stored(&store.DocumentError{Path: "name", Problem: "is none"}), "409 document_invalid: The change was stored, but the document still does not fit the schema; /name stored_value is none"},
		"too many attempts":     {&auth.TooManyError{Of: "account", RetryAfter: 1001 * time.Millisecond}, "429 too_many_attempts: Too many attempts failed; try again later; Retry-After: 2"},
		"attempts, for seconds": {&auth.TooManyError{Of: "account", RetryAfter: 3 * time.Second}, "429 too_many_attempts: Too many attempts failed; try again later; Retry-After: 3"},
		"no route":              {echo.ErrNotFound, "404 route_not_found: There is nothing at this path"},
		"no such method":        {echo.ErrMethodNotAllowed, "405 method_not_allowed: This path does not support the method"},
		"echo's own":            {echo.ErrTeapot, "418 refused: I'm a teapot"},
		"another password":      {auth.ErrCredentials, `401 invalid_credentials: The email address or the password is wrong; WWW-Authenticate: Bearer realm="partywall"`},
		"another token":         {auth.ErrToken, `401 token_invalid: The token is not valid; WWW-Authenticate: Bearer realm="partywall", error="invalid_token"`},
		"no token":              {errNoToken, `401 token_missing: This needs a token: Authorization: Bearer …; WWW-Authenticate: Bearer realm="partywall"`},
		"no tenant":             {errNoTenant, "400 tenant_missing: No tenant specified"},
		"too many passwords":    {auth.ErrBusy, "503 busy: Too many passwords are waiting to be hashed; try again; Retry-After: 1"},
		"what one may not":      {fmt.Errorf("never: %w", auth.ErrForbidden), wrong},
		"another tenant":        {tenant.ErrUnknown, "403 tenant_unauthorized: Unauthorized tenant"},
		"a suspended tenant":    {tenant.ErrSuspended, "403 tenant_suspended: The tenant is suspended"},
		"no document":           {store.ErrNotFound, "404 not_found: There is no such document"},
		"another state":         {store.ErrStale, "412 stale: The document was changed meanwhile; read it again"},
		"no database":           {store.ErrUnavailable, "503 unavailable: The database does not answer; try again; Retry-After: 1"},
		"a tenant's crowd":      {store.ErrCrowded, "429 tenant_busy: Too many requests of the tenant are under way; try again later; Retry-After: 1"},
		"everybody's crowd":     {store.ErrOverloaded, "503 overloaded: Too many requests are under way; try again later; Retry-After: 1"},
		"no collection":         {&store.CollectionError{Tenant: "acme", Collection: "users", Reason: "of no concern"}, "503 collection_unavailable: The collection takes no documents now; Retry-After: 60"},
		"no collection yet":     {&store.CollectionError{Tenant: "acme", Collection: "users", Passing: true}, "503 collection_unavailable: The collection takes no documents now; Retry-After: 1"},
		"no time":               {context.DeadlineExceeded, "503 timeout: The request took too long; try again; Retry-After: 1"},
		"nobody who waits":      {context.Canceled, "503 canceled: The request was canceled; Retry-After: 1"},
		"not ready":             {notReady(errors.New("no catalog")), "503 not_ready: Requests cannot be served: no catalog; Retry-After: 1"},
		"no JSON":               {checkJSON(http.MethodPatch, nil), "415 unsupported_media_type: Send JSON, with Content-Type: application/json; Accept-Patch: application/merge-patch+json, application/json"},
		"anything":              {errors.New("of no concern"), "500 internal: Something went wrong here"},
	} {
		for _, err := range []error{test.err, fmt.Errorf("within: %w", test.err)} {
			want := test.want
			if want == wrong && err != test.err { //nolint:errorlint // the text is all that differs
				want = strings.Replace(want, ": never", ": within: never", 1)
			}
			c, answer := exchange(http.MethodPatch, "/", "", echo.HeaderAuthorization, "Bearer x")
			c.Response().Header().Set(echo.HeaderXRequestID, "r1")
			a.fail(err, c)
			var p problem
			if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(p.Status, " ", p.Code, ": ", p.Message)
			for _, e := range p.Errors {
				got += fmt.Sprint("; ", e.Pointer, " ", e.Code, " ", e.Message)
			}
			for _, name := range []string{echo.HeaderRetryAfter, echo.HeaderWWWAuthenticate, headerAcceptPatch} {
				if value := answer.Header().Get(name); value != "" {
					got += "; " + http.CanonicalHeaderKey(name) + ": " + value
				}
			}
			got = strings.ReplaceAll(got, "Www-Authenticate", "WWW-Authenticate")
			if got != want {
				t.Errorf("%s: %s\nwant %s", name, got, want)
			}
			if p.Detail != p.Message || p.Title != http.StatusText(p.Status) || p.Type != "about:blank" || p.RequestID != "r1" || answer.Code != p.Status ||
				answer.Header().Get(echo.HeaderContentType) != "application/problem+json" || c.Get(problemKey) != p.Code {
				t.Errorf("%s: not a whole problem: %d %v %s", name, answer.Code, answer.Header(), answer.Body)
			}
		}
	}
}

// TestChallengesSayWhatIsWrong with a token, where there is one.
func TestChallengesSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	without, _ := exchange(http.MethodGet, "/", "")
	if got := challenge(without, codeToken); got != `Bearer realm="partywall"` {
		t.Errorf("without a token: %s", got)
	}
	c, answer := exchange(http.MethodPost, "/", "")
	(&api{}).fail(checkJSON(http.MethodPost, nil), c)
	if answer.Code != http.StatusUnsupportedMediaType || answer.Header().Get(headerAcceptPatch) != "" {
		t.Errorf("of a POST: %d %v", answer.Code, answer.Header())
	}
}

// TestOneAnswer is all that a request gets: an error after it changes nothing.
func TestOneAnswer(t *testing.T) {
	t.Parallel()
	c, answer := exchange(http.MethodGet, "/", "")
	if err := done(c); err != nil {
		t.Fatal(err)
	}
	(&api{}).fail(errors.New("too late"), c)
	if answer.Code != http.StatusNoContent || answer.Body.Len() > 0 || c.Get(problemKey) != nil {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// TestRefuse takes the statuses that are refusals, and no others.
func TestRefuse(t *testing.T) {
	t.Parallel()
	for status, fits := range map[int]bool{200: false, 399: false, 400: true, 401: true, 598: true, 599: true, 600: false} {
		var p *problem
		err := Refuse(status, "code", "A sentence")
		if errors.As(err, &p) != fits {
			t.Errorf("%d: %v", status, err)
		}
		if fits && (p.Status != status || !p.custom || err.Error() != "code: A sentence") {
			t.Errorf("%d: %+v", status, p)
		}
		if want := fmt.Sprintf("a handler refuses with status %d, code code; write 400 to 599", status); !fits && err.Error() != want {
			t.Errorf("%d: %v", status, err)
		}
	}
}
