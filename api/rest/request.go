package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// Request is a request for a Route: its bearer, tenant and content. It is complete,
// and remains valid after the response has been sent.
type Request struct {
	// Query and Header are those of the HTTP request.
	Query  url.Values
	Header http.Header

	api     *api
	session *session
	method  string
	params  map[string]string
	prefix  string
	body    []byte
}

// request copies from the router's context, which is reused for other requests,
// everything that a Handler may ask for.
func (a *api) request(c echo.Context, s *session) (*Request, error) {
	if err := checkEncoding(c); err != nil {
		return nil, err
	}
	body, err := readAll(c)
	if err != nil {
		return nil, err
	}
	from, _ := prefixOf(c)
	return &Request{
		Query: queryOf(c), Header: c.Request().Header,
		api: a, session: s, method: c.Request().Method, params: params(c), prefix: from.path, body: body,
	}, nil
}

// Tenant returns the handle that repositories are opened with:
// users.In(r.Tenant()).
func (r *Request) Tenant() store.Tenant { return r.session.tenant.Handle() }

// TenantName returns the tenant's name.
func (r *Request) TenantName() string { return r.session.tenant.Name }

// User returns the _id of the user, zero for an operator's token.
func (r *Request) User() bson.ObjectID { return r.session.actor.User }

// Role returns the role of the user.
func (r *Request) Role() string { return r.session.actor.Role }

// Allow returns an error unless the policy allows a further permission, for cases
// that only show in the handler. Return the error: it is sent as 403.
func (r *Request) Allow(permission string) error {
	return r.api.allow(r.session, permission)
}

// Param returns a parameter of the path, empty if the path has none of that name.
func (r *Request) Param(name string) string { return r.params[name] }

// Location returns a path below /api/ as the client reaches it, for the header Location: with /t/{tenant} before it if that is
// how the request named its tenant.
func (r *Request) Location(path string) string { return r.prefix + path }

// ID parses a parameter of the path that is an ObjectID. Return the error: it is sent as
// 400.
func (r *Request) ID(name string) (bson.ObjectID, error) {
	id, err := wire.ParseObjectID(r.Param(name))
	if err != nil {
		return id, errID(err)
	}
	return id, nil
}

// Read decodes the body, a JSON object, into what v points to, by the rules of
// encoding/json; unknown members are refused. Return the error: it is sent as 400,
// 415 or 422.
func (r *Request) Read(v any) error {
	if err := checkJSON(r.method, r.Header); err != nil {
		return err
	}
	if _, err := wire.NewJSONReader(r.body); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	return decodeProblem(decoder.Decode(v))
}

// unknownField starts the only error of encoding/json about a value that has no
// type of its own: decodeState.object makes it of text alone.
const unknownField = "json: unknown field "

// decodeProblem translates errors of encoding/json into field errors. A v that
// cannot be decoded into is a programming error, and stays an error.
func decodeProblem(err error) error {
	var mismatch *json.UnmarshalTypeError
	var impossible *json.InvalidUnmarshalError
	switch {
	case err == nil || errors.As(err, &impossible):
		return err
	case errors.As(err, &mismatch):
		return invalid(pointerOf(mismatch.Field), "type", "must be "+kindOf(mismatch.Type))
	case strings.HasPrefix(err.Error(), unknownField):
		name := strings.Trim(strings.TrimPrefix(err.Error(), unknownField), `"`)
		return invalid("/"+name, "unknown_field", "is not a field of this object")
	}
	// errors of an UnmarshalJSON method, such as time.Time's, name no field
	return invalid("", "format", "has a value that does not have the form it must have")
}

func invalid(pointer, code, message string) error {
	return &store.InvalidError{Fields: check.FieldErrors{{Pointer: pointer, Code: code, Message: message}}}
}

// kindOf returns the JSON name for values of t.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Pointer:
		return kindOf(t.Elem())
	}
	return "a whole number, and not too large"
}
