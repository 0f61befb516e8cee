package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/internal/raw"
)

// Route is a custom operation beside the generated ones. It is served in the same
// way: the bearer's token and tenant are checked before it, its time is limited,
// and an error that it returns is sent as a problem.
type Route struct {
	// Method is GET, POST, PUT, PATCH or DELETE.
	Method string
	// Path is below /api/, with parameters in braces: /api/users/{id}/promote.
	Path string
	// Permission is what the bearer must be permitted, as for generated routes:
	// roles in Policy.Full always are, roles in Policy.Barred never. AnyBearer
	// requires none.
	Permission string
	// Query are the parameters that the Handler reads besides those that OpenAPI
	// declares. Each may be given once; those that OpenAPI declares as arrays may
	// be repeated. Any other is refused.
	Query   []string
	Handler Handler
	// OpenAPI is the operation, a JSON object in OpenAPI 3.1, for /openapi.json.
	// The path's parameters, those in Query, the permission and the error responses
	// are added if they are missing, so that it may be empty.
	OpenAPI json.RawMessage
}

// Handler serves a request for a Route. An error of api/store is handled as
// everywhere, one made by Refuse is sent as it is, and any other is an internal
// error, with the details in the log alone.
type Handler func(ctx context.Context, r *Request) (Response, error)

// Response is the response of a Handler.
type Response struct {
	// Status is 200 by default, and 204 without a Body.
	Status int
	// Body is sent as JSON; documents of generated packages, by pointer, look as
	// they do in generated routes.
	Body any
	// Header is added to the response's headers.
	Header http.Header
}

// AnyBearer is the Permission of routes for every bearer whose role is not in
// Policy.Barred.
const AnyBearer = "*"

// name returns the name of the route in messages.
func (r *Route) name() string { return fmt.Sprintf("route %s %s", r.Method, r.Path) }

// CheckRoutes returns everything that is wrong with custom routes. It does not
// check whether users can have the permissions.
func CheckRoutes(routes []Route, collections []raw.Collection) error {
	var table []Route
	for _, e := range (&api{Config: Config{Collections: collections}}).generatedRoutes() {
		table = append(table, Route{Method: e.method, Path: e.path})
	}
	var errs []error
	for i := range routes {
		r := &routes[i]
		for _, problem := range append(r.problems(), r.clashes(table)...) {
			errs = append(errs, fmt.Errorf("%s: %s", r.name(), problem))
		}
		table = append(table, *r)
	}
	return errors.Join(errs...)
}

// clashes returns the conflicts of the route with those of table.
func (r *Route) clashes(table []Route) []string {
	for i := range table {
		other := &table[i]
		switch {
		case shape(r.Path) != shape(other.Path):
		case r.Method == other.Method:
			return []string{"is there already, as " + other.Path + "; choose another path or method"}
		case r.Path != other.Path:
			return []string{"the Path is " + other.Path + " with other names for its parameters; write it so"}
		}
	}
	return nil
}

// routeMethods are the methods that a Route may have.
var routeMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// The first segment below /api/ is a name, so that no route takes those of
// collections to come.
var routePath = regexp.MustCompile(`^/api/[A-Za-z0-9_-]+(/([A-Za-z0-9_-][A-Za-z0-9._-]*|\{[A-Za-z][A-Za-z0-9]*\}))*$`)

// problems returns what is wrong with the route by itself.
func (r *Route) problems() []string {
	var list []string
	if !slices.Contains(routeMethods, r.Method) {
		list = append(list, fmt.Sprintf("the Method is %q; write one of %s", r.Method, strings.Join(routeMethods, ", ")))
	}
	if !routePath.MatchString(r.Path) {
		list = append(list, fmt.Sprintf("the Path is %q; write /api/ and a name, then names and parameters in braces, such as /api/orders/{id}/ship", r.Path))
	}
	if name := repeated(parametersOf(r.Path)); name != "" {
		list = append(list, fmt.Sprintf("the Path has the parameter {%s} twice; choose another name", name))
	}
	if r.Permission == "" {
		list = append(list, "has no Permission; write what its bearer must be permitted, or rest.AnyBearer")
	}
	if r.Handler == nil {
		list = append(list, "has no Handler; write a function that answers")
	}
	if len(r.OpenAPI) > 0 && !isObject(r.OpenAPI) {
		list = append(list, "the OpenAPI is not a JSON object; write an operation, such as {\"summary\": \"…\"}, or nothing")
	} else if _, err := r.declared(); err != nil {
		list = append(list, "the OpenAPI has parameters that are none; write an array of objects with name, in and schema")
	}
	return append(list, r.queryProblems()...)
}

// queryProblems returns what is wrong with the names of parameters.
func (r *Route) queryProblems() []string {
	var list []string
	if name := repeated(r.Query); name != "" {
		list = append(list, fmt.Sprintf("the Query has %s twice; write it once", name))
	}
	a := r.accepted()
	for _, name := range slices.Concat(a.once, a.often) {
		switch name {
		case "":
			list = append(list, "the Query has a parameter without a name; choose one")
		case tenantParameter:
			list = append(list, "the Query has tenant, which names the tenant in every route; choose another name")
		}
	}
	return list
}

// declaration is the declaration of a parameter in an OpenAPI document.
type declaration struct {
	Name, In string
	Explode  *bool
	Schema   struct{ Type any }
}

// repeats reports whether each of its values is a parameter of its own.
func (d *declaration) repeats() bool {
	types, _ := d.Schema.Type.([]any)
	array := d.Schema.Type == "array" || slices.Contains(types, any("array"))
	return array && (d.Explode == nil || *d.Explode)
}

// declared returns the parameters that OpenAPI declares.
func (r *Route) declared() ([]declaration, error) {
	var operation struct{ Parameters []declaration }
	if len(r.OpenAPI) == 0 {
		return nil, nil
	}
	err := json.Unmarshal(r.OpenAPI, &operation)
	return operation.Parameters, err
}

// accepted returns the query parameters that the route accepts.
func (r *Route) accepted() accepted {
	var a accepted
	declared, _ := r.declared() // problems reported the error
	for _, d := range declared {
		switch {
		case d.In != "query":
		case d.repeats():
			a.often = append(a.often, d.Name)
		default:
			a.once = append(a.once, d.Name)
		}
	}
	for _, name := range r.Query {
		if !slices.Contains(a.once, name) && !slices.Contains(a.often, name) {
			a.once = append(a.once, name)
		}
	}
	return a
}

var braces = regexp.MustCompile(`\{(\w+)\}`)

// parametersOf returns the names of a path's parameters.
func parametersOf(path string) []string {
	var names []string
	for _, match := range braces.FindAllStringSubmatch(path, -1) {
		names = append(names, match[1])
	}
	return names
}

// repeated returns a name that is repeated, empty if none is.
func repeated(names []string) string {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return name
		}
	}
	return ""
}

// shape returns the same string for paths that the router cannot distinguish.
func shape(path string) string { return braces.ReplaceAllString(path, "{}") }

func isObject(text json.RawMessage) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(text, &members) == nil && members != nil
}

// serve returns the route's handler for the router.
func (r *Route) serve(a *api) echo.HandlerFunc {
	return func(c echo.Context) error {
		request, err := a.request(c, sessionOf(c))
		if err != nil {
			return err
		}
		answer, err := r.Handler(c.Request().Context(), request)
		if err != nil {
			return err
		}
		return answer.send(c)
	}
}

// allow returns an error unless the policy allows a route's permission.
func (a *api) allow(s *session, permission string) error {
	if permission == AnyBearer {
		return a.Policy.Admit(s.actor)
	}
	return a.Policy.Allow(s.actor, permission)
}

// send sends the response. If it cannot be encoded, it returns an error before
// anything is written.
func (answer *Response) send(c echo.Context) error {
	status := answer.Status
	switch {
	case status == 0 && answer.Body == nil:
		status = http.StatusNoContent
	case status == 0:
		status = http.StatusOK
	case answer.Body != nil && slices.Contains([]int{http.StatusNoContent, http.StatusResetContent, http.StatusNotModified}, status):
		return fmt.Errorf("a handler answers with status %d and a body; leave out one of them", status)
	case status < 200 || status > 399:
		return fmt.Errorf("a handler answers with status %d; write 200 to 399, or return rest.Refuse as the error", status)
	}
	var body []byte
	if answer.Body != nil {
		var err error
		if body, err = json.Marshal(answer.Body); err != nil {
			return fmt.Errorf("a handler's answer has no JSON form: %w", err)
		}
	}
	for name, values := range answer.Header {
		c.Response().Header()[http.CanonicalHeaderKey(name)] = values
	}
	if body == nil {
		return c.NoContent(status)
	}
	return sendBlob(c, status, echo.MIMEApplicationJSON, body)
}
