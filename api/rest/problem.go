package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/wire"
)

// problem is an error response (RFC 9457). Code is stable, for programs. The
// sentence is in Message as well as in Detail, since clients of the design that
// this API replaces look for it there.
type problem struct {
	Type      string             `json:"type"`
	Title     string             `json:"title"`
	Status    int                `json:"status"`
	Detail    string             `json:"detail"`
	Code      string             `json:"code"`
	Message   string             `json:"message"`
	Errors    []check.FieldError `json:"errors,omitempty"`
	RequestID string             `json:"requestId,omitempty"`

	// retryAfter is when to try again, 0 if the response does not say.
	retryAfter time.Duration
	// custom reports whether the problem is from a custom handler, whose codes are
	// not known here.
	custom bool
}

// Error makes a problem an error that handlers return.
func (p *problem) Error() string { return p.Code + ": " + p.Detail }

// Refuse returns an error for a Handler to return, which is sent as a problem: with
// a status of 400 to 599, a code for programs, and a sentence for people. errs name
// members of the request and what is wrong with each. With status 429 or 503 the response
// says that the client may try again after a second.
func Refuse(status int, code, sentence string, errs ...check.FieldError) error {
	if status < 400 || status > 599 {
		return fmt.Errorf("a handler refuses with status %d, code %s; write 400 to 599", status, code)
	}
	p := refuse(status, code, sentence, errs...)
	p.custom = true
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		p.retryAfter = retryDelay
	}
	return p
}

func refuse(status int, code, sentence string, errs ...check.FieldError) *problem {
	return &problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: sentence, Code: code, Message: sentence, Errors: errs,
	}
}

// retryDelay is how long a client waits that was refused for what may be over in a moment.
const retryDelay = time.Second

// refuseFor refuses a request that may succeed after the delay.
func refuseFor(delay time.Duration, status int, code, sentence string) *problem {
	p := refuse(status, code, sentence)
	p.retryAfter = delay
	return p
}

// fail sends the problem for err. Errors without a rule here become internal
// errors, with the details in the log alone.
func (a *api) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := *problemOf(err)
	if errors.Is(err, store.ErrUncertain) && !slices.Contains(safeMethods, c.Request().Method) {
		p.Detail = "The database does not answer; the request may have been carried out nevertheless: check before you try again"
		p.Message = p.Detail
	}
	a.count(&p)
	c.Set(problemKey, p.Code)
	h := c.Response().Header()
	p.RequestID = h.Get(echo.HeaderXRequestID)
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set(echo.HeaderWWWAuthenticate, challenge(c, p.Code))
	case http.StatusUnsupportedMediaType:
		if c.Request().Method == http.MethodPatch {
			h.Set(headerAcceptPatch, acceptPatch)
		}
	case http.StatusInternalServerError: // of what was about to be sent
		h.Del(headerETag)
		h.Del(echo.HeaderLocation)
	}
	if p.retryAfter > 0 {
		h.Set(echo.HeaderRetryAfter, seconds(p.retryAfter))
	}
	body, _ := json.Marshal(p) // texts and numbers only, which have a JSON form
	_ = sendBlob(c, p.Status, "application/problem+json", body)
}

// safeMethods are the methods that change nothing (RFC 9110, section 9.2.1).
var safeMethods = []string{http.MethodGet, http.MethodHead, http.MethodOptions}

// problemKey is the context key of the problem's code, for the log.
const problemKey = "partywall.problem"

// count counts the problem, if there are metrics.
func (a *api) count(p *problem) {
	if a.Metrics == nil {
		return
	}
	code := p.Code
	if p.custom {
		code = "own"
	}
	a.Metrics.problems.WithLabelValues(code).Inc()
}

// challenge returns the WWW-Authenticate header (RFC 6750, section 3): a token is
// missing, or the one given is not sufficient.
func challenge(c echo.Context, code string) string {
	const scheme = `Bearer realm="partywall"`
	if code == codeToken && c.Request().Header.Get(echo.HeaderAuthorization) != "" {
		return scheme + `, error="invalid_token"`
	}
	return scheme
}

// seconds formats d in whole seconds, at least one.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(max(math.Ceil(d.Seconds()), 1)), 10)
}

func problemOf(err error) *problem {
	var own *problem
	var syntax *wire.SyntaxError
	var invalid *store.InvalidError
	var duplicate *store.DuplicateError
	var docErr *store.DocumentError
	var loss *store.LossError
	var unmade *store.CollectionError
	var tooMany *auth.TooManyError
	var framework *echo.HTTPError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &syntax):
		return refuse(http.StatusBadRequest, "body_invalid", syntax.Error())
	case errors.As(err, &invalid):
		return refuse(http.StatusUnprocessableEntity, "validation_failed", "Some fields are invalid", invalid.Fields...)
	case errors.As(err, &duplicate):
		return duplicateProblem(duplicate)
	case errors.As(err, &docErr):
		return documentProblem(docErr, "The stored document does not fit the schema")
	case errors.As(err, &loss):
		return lossProblem(loss)
	case errors.As(err, &unmade):
		return unmadeProblem(unmade)
	case errors.As(err, &tooMany):
		return refuseFor(max(tooMany.RetryAfter, retryDelay), http.StatusTooManyRequests, "too_many_attempts", "Too many attempts failed; try again later")
	case errors.As(err, &framework):
		return frameworkProblem(framework)
	}
	for _, rule := range sentinels {
		if errors.Is(err, rule.err) {
			return refuseFor(rule.retryAfter, rule.status, rule.code, rule.sentence(err))
		}
	}
	return refuse(http.StatusInternalServerError, "internal", "Something went wrong here")
}

// codeToken is the code for invalid tokens.
const codeToken = "token_invalid"

var sentinels = []struct {
	err      error
	status   int
	code     string
	sentence func(error) string
	// retryAfter is 0 if the same request would be refused again.
	retryAfter time.Duration
}{
	{auth.ErrCredentials, http.StatusUnauthorized, "invalid_credentials", sentence("The email address or the password is wrong"), 0},
	{auth.ErrToken, http.StatusUnauthorized, codeToken, sentence("The token is not valid"), 0},
	{auth.ErrBusy, http.StatusServiceUnavailable, "busy", sentence("Too many passwords are waiting to be hashed; try again"), retryDelay},
	{auth.ErrForbidden, http.StatusForbidden, "forbidden", error.Error, 0},
	{auth.ErrLastFull, http.StatusConflict, "last_super", sentence("This is the tenant's last user with full access; give it to another user first"), 0},
	{tenant.ErrUnknown, http.StatusForbidden, "tenant_unauthorized", sentence("Unauthorized tenant"), 0},
	{tenant.ErrSuspended, http.StatusForbidden, "tenant_suspended", sentence("The tenant is suspended"), 0},
	{store.ErrElementNotFound, http.StatusNotFound, "element_not_found", sentence("The document has no such element"), 0},
	{store.ErrNotFound, http.StatusNotFound, "not_found", sentence("There is no such document"), 0},
	{store.ErrStale, http.StatusPreconditionFailed, "stale", sentence("The document was changed meanwhile; read it again"), 0},
	{store.ErrCrowded, http.StatusTooManyRequests, "tenant_busy", sentence("Too many requests of the tenant are under way; try again later"), retryDelay},
	{store.ErrOverloaded, http.StatusServiceUnavailable, "overloaded", sentence("Too many requests are under way; try again later"), retryDelay},
	{store.ErrUnavailable, http.StatusServiceUnavailable, "unavailable", sentence("The database does not answer; try again"), retryDelay},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "timeout", sentence("The request took too long; try again"), retryDelay},
	{context.Canceled, http.StatusServiceUnavailable, "canceled", sentence("The request was canceled"), retryDelay},
}

func sentence(sentence string) func(error) string { return func(error) string { return sentence } }

func duplicateProblem(e *store.DuplicateError) *problem {
	if e.Field == "" {
		return refuse(http.StatusConflict, "duplicate", "Another document has the same unique key")
	}
	return refuse(http.StatusConflict, "duplicate", "Another document has the same "+e.Field,
		check.FieldError{Pointer: pointerOf(e.Field), Code: "duplicate", Message: "is taken"})
}

// unmadeProblem says that a collection takes no documents. Why is for operators.
func unmadeProblem(e *store.CollectionError) *problem {
	delay := mendDelay
	if e.Passing {
		delay = retryDelay
	}
	return refuseFor(delay, http.StatusServiceUnavailable, "collection_unavailable", "The collection takes no documents now")
}

// mendDelay is how long a client waits that was refused for what an operator has to mend.
const mendDelay = time.Minute

// lossProblem names what a change would lose.
func lossProblem(e *store.LossError) *problem {
	var errs check.FieldErrors
	for _, path := range e.Paths {
		errs.Add(pointerOf(path), "would_lose", "is stored, but not in the schema, and would be lost")
	}
	return refuse(http.StatusConflict, "would_lose", "The change would lose members of the stored document that the schema does not know; "+
		"change the elements without replacing their list, or remove it with null first", errs...)
}

// documentProblem describes how a stored document conflicts with the schema, which
// is its state and can be changed by clients, not a failure of the server.
func documentProblem(e *store.DocumentError, sentence string) *problem {
	return refuse(http.StatusConflict, "document_invalid", sentence,
		check.FieldError{Pointer: pointerOf(e.Path), Code: "stored_value", Message: e.Problem})
}

// frameworkProblem translates echo's own errors: unknown routes and methods.
func frameworkProblem(e *echo.HTTPError) *problem {
	switch e.Code {
	case http.StatusNotFound:
		return refuse(e.Code, "route_not_found", "There is nothing at this path")
	case http.StatusMethodNotAllowed:
		return refuse(e.Code, "method_not_allowed", "This path does not support the method")
	}
	return refuse(e.Code, "refused", http.StatusText(e.Code))
}
