package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/meta"
)

// Describe adds routes and computed members to document, the OpenAPI document of the generated
// routes, removes the places where requests may not name their tenant, and adds servers for those that are part of a URL: from
// and baseDomains are as in Config. If there is nothing to change, document stays the same, byte for byte. The routes must
// have passed CheckRoutes, the members CheckComputed.
func Describe(document []byte, routes []Route, computed []Computed, from []Source, baseDomains []string) ([]byte, error) {
	var whole map[string]json.RawMessage
	var d description
	if err := json.Unmarshal(document, &whole); err != nil {
		return nil, errNoDocument
	}
	if err := json.Unmarshal(document, &d); err != nil || d.Paths == nil {
		return nil, errNoDocument
	}
	changed := d.keep(from)
	servers := d.serve(from, baseDomains)
	changed = changed || servers != nil
	if len(routes)+len(computed) == 0 && !changed {
		return document, nil
	}
	for i := range computed {
		d.compute(&computed[i])
	}
	for i := range routes {
		if err := d.add(&routes[i]); err != nil {
			return nil, fmt.Errorf("%s: the OpenAPI: %w", routes[i].name(), err)
		}
	}
	parts := map[string]any{"paths": d.Paths}
	if servers != nil {
		parts["servers"] = servers
	}
	if len(computed) > 0 {
		parts["components"] = d.Components
	}
	for name, part := range parts {
		text, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		whole[name] = text
	}
	return json.MarshalIndent(whole, "", "  ")
}

var errNoDocument = errors.New("the OpenAPI document is not one; write gen.OpenAPI")

// description is the document that routes are added to, and the components they may
// refer to.
type description struct {
	Servers    []any
	Paths      map[string]map[string]any
	Components map[string]map[string]map[string]any
}

// keep removes from all paths the parameters that name the tenant in places other
// than from, and reports whether there were any.
func (d *description) keep(from []Source) bool {
	changed := false
	for name, place := range map[string]Source{headerTenant: FromHeader, tenantParameter: FromQuery} {
		ref, _ := d.reference("parameters", name)
		if slices.Contains(from, place) {
			continue
		}
		for _, item := range d.Paths {
			list, _ := item["parameters"].([]any)
			before := len(list)
			if list = slices.DeleteFunc(list, func(p any) bool { return reflect.DeepEqual(p, any(ref)) }); len(list) == before {
				continue
			}
			changed = true
			item["parameters"] = list
			if len(list) == 0 {
				delete(item, "parameters")
			}
		}
		delete(d.Components["parameters"], name)
	}
	return changed
}

// reference returns a reference to a component, if the document has it.
func (d *description) reference(kind, name string) (ref map[string]any, ok bool) {
	return map[string]any{"$ref": "#/components/" + kind + "/" + name}, d.Components[kind][name] != nil
}

// compute adds a computed member to the schemas of its collection's documents, and to what ?fields=
// may name.
func (d *description) compute(m *Computed) {
	page := d.page(m.collection)
	properties, _ := page["properties"].(map[string]any)
	list, _ := properties[m.collection].(map[string]any)
	items, _ := list["items"].(map[string]any)
	ref, _ := items["$ref"].(string)
	entity := strings.TrimPrefix(ref, "#/components/schemas/")
	shown, sent := m.schema(), m.schema()
	shown["readOnly"] = true
	sent["description"] = m.doc + " It cannot be changed: send it unchanged or leave it out."
	for name, schema := range map[string]any{entity: shown, entity + ".Patch": sent} {
		if members, ok := d.Components["schemas"][name]["properties"].(map[string]any); ok {
			members[m.name] = schema
		}
	}
	for _, path := range []string{"/api/" + m.collection, "/api/" + m.collection + "/{id}"} {
		operation, _ := d.Paths[path]["get"].(map[string]any)
		parameters, _ := operation["parameters"].([]any)
		for _, p := range parameters {
			if p, ok := p.(map[string]any); ok && p["name"] == meta.FieldsParameter {
				schema, _ := p["schema"].(map[string]any)
				items, _ := schema["items"].(map[string]any)
				names, _ := items["enum"].([]any)
				items["enum"] = append(names, m.name)
			}
		}
	}
}

// page returns the schema of a collection's pages.
func (d *description) page(collection string) map[string]any {
	for name, schema := range d.Components["schemas"] {
		properties, _ := schema["properties"].(map[string]any)
		if _, lists := properties[collection]; lists && strings.HasSuffix(name, ".Page") {
			return schema
		}
	}
	return nil
}

// add adds the operation of a route, completed, to its path.
func (d *description) add(r *Route) error {
	o := map[string]any{}
	if len(r.OpenAPI) > 0 {
		if err := json.Unmarshal(r.OpenAPI, &o); err != nil {
			return err
		}
	}
	if err := d.identify(r, o); err != nil {
		return err
	}
	item := d.Paths[r.Path]
	if item == nil {
		item = d.ofTenants()
		d.Paths[r.Path] = item
	}
	if err := d.completeParameters(r, o, item["parameters"]); err != nil {
		return err
	}
	if err := d.completeResponses(r, o); err != nil {
		return err
	}
	delete(o, "x-permission")
	if r.Permission != AnyBearer {
		o["x-permission"] = r.Permission
	}
	item[strings.ToLower(r.Method)] = o
	return nil
}

// identify adds tags and an operationId to o, if it has none. Clients name the
// operation after it.
func (d *description) identify(r *Route, o map[string]any) error {
	if o["tags"] == nil {
		o["tags"] = []any{strings.Split(r.Path, "/")[2]}
	}
	if o["operationId"] == nil {
		o["operationId"] = strings.ToLower(r.Method) + camel(strings.TrimPrefix(r.Path, "/api/"))
	}
	for path, item := range d.Paths {
		for method, other := range item {
			if other, ok := other.(map[string]any); ok && other["operationId"] == o["operationId"] {
				return fmt.Errorf("its operationId is %v, as that of %s %s is; write another", o["operationId"], strings.ToUpper(method), path)
			}
		}
	}
	return nil
}

// camel returns the words of a path in camel case.
func camel(path string) string {
	var name strings.Builder
	for word := range strings.FieldsFuncSeq(path, func(c rune) bool { return strings.ContainsRune("/{}._-", c) }) {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return name.String()
}

// ofTenants returns the item of a path whose requests name a tenant.
func (d *description) ofTenants() map[string]any {
	var list []any
	for _, name := range []string{headerTenant, tenantParameter} {
		if ref, ok := d.reference("parameters", name); ok {
			list = append(list, ref)
		}
	}
	if list == nil {
		return map[string]any{}
	}
	return map[string]any{"parameters": list}
}

// completeParameters adds to o the parameters of the route's path and query that
// neither it nor its path's item declares. Parameters without a schema are strings.
func (d *description) completeParameters(r *Route, o map[string]any, shared any) error {
	given, ok := o["parameters"].([]any)
	if o["parameters"] != nil && !ok {
		return errors.New("its parameters are not an array")
	}
	ofPath, _ := shared.([]any)
	declared := d.declared(slices.Concat(given, ofPath))
	add := func(in string, names []string) {
		for _, name := range names {
			if !slices.Contains(declared, in+" "+name) {
				given = append(given, map[string]any{"name": name, "in": in, "required": in == "path"})
			}
		}
	}
	add("path", parametersOf(r.Path))
	add("query", r.Query)
	for _, p := range given {
		if p, ok := p.(map[string]any); ok && p["$ref"] == nil && p["schema"] == nil && p["content"] == nil {
			p["schema"] = map[string]any{"type": "string"}
		}
	}
	if len(given) > 0 {
		o["parameters"] = given
	}
	return nil
}

// declared returns the places and names of parameters, including those they refer
// to.
func (d *description) declared(parameters []any) []string {
	var list []string
	for _, p := range parameters {
		object, _ := p.(map[string]any)
		if ref, ok := object["$ref"].(string); ok {
			object = d.Components["parameters"][strings.TrimPrefix(ref, "#/components/parameters/")]
		}
		list = append(list, fmt.Sprint(object["in"], " ", object["name"]))
	}
	return list
}

// completeResponses adds to o the responses that every route has, and headers to
// its own.
func (d *description) completeResponses(r *Route, o map[string]any) error {
	responses, ok := o["responses"].(map[string]any)
	if o["responses"] != nil && !ok {
		return errors.New("its responses are not an object")
	}
	if responses == nil {
		responses = map[string]any{
			"2XX": map[string]any{"description": "Done.", "content": map[string]any{echo.MIMEApplicationJSON: map[string]any{}}},
			"204": map[string]any{"description": "Done."},
		}
	}
	if responses["default"] == nil {
		responses["default"] = refusals()
	}
	for _, response := range responses {
		if response, ok := response.(map[string]any); ok && response["$ref"] == nil {
			d.completeHeaders(response)
		}
	}
	for _, refusal := range commonRefusals {
		ref, known := d.reference("responses", refusal.name)
		if known && responses[refusal.status] == nil && slices.Contains(refusal.methods, r.Method) {
			responses[refusal.status] = ref
		}
	}
	o["responses"] = responses
	return nil
}

func (d *description) completeHeaders(response map[string]any) {
	headers, _ := response["headers"].(map[string]any)
	ref, known := d.reference("headers", echo.HeaderXRequestID)
	if !known || headers[echo.HeaderXRequestID] != nil {
		return
	}
	if headers == nil {
		headers = map[string]any{}
		response["headers"] = headers
	}
	headers[echo.HeaderXRequestID] = ref
}

// bodyMethods are the methods whose requests have a body.
var bodyMethods = []string{http.MethodPost, http.MethodPut, http.MethodPatch}

// commonRefusals are the error responses that routes of each method may have, by
// their names in the document.
var commonRefusals = []struct {
	status, name string
	methods      []string
}{
	{"400", "api.BadRequest", routeMethods},
	{"401", "api.Unauthorized", routeMethods},
	{"403", "api.Forbidden", routeMethods},
	{"405", "api.MethodNotAllowed", routeMethods},
	{"413", "api.BodyTooLarge", bodyMethods},
	{"415", "api.UnsupportedMediaType", []string{http.MethodPost, http.MethodPut}},
	{"415", "api.UnsupportedPatch", []string{http.MethodPatch}},
	{"422", "api.ValidationFailed", bodyMethods},
	{"429", "api.TooManyRequests", routeMethods},
	{"500", "api.InternalError", routeMethods},
	{"503", "api.Unavailable", routeMethods},
}

// refusals returns the error responses that only the route's handler knows.
func refusals() map[string]any {
	return map[string]any{
		"description": "The request was refused; code says why.",
		"content": map[string]any{"application/problem+json": map[string]any{
			"schema": map[string]any{"$ref": "#/components/schemas/api.Problem"},
		}},
	}
}
