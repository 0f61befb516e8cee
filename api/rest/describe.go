package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Describe adds routes to document, the OpenAPI document of the generated ones.
// Without routes the document stays what it is, byte for byte. The routes are
// such as CheckRoutes has passed.
func Describe(document []byte, routes []Route) ([]byte, error) {
	var whole map[string]json.RawMessage
	var paths map[string]map[string]any
	if err := json.Unmarshal(document, &whole); err != nil {
		return nil, errNoDocument
	}
	if err := json.Unmarshal(whole["paths"], &paths); err != nil || paths == nil {
		return nil, errNoDocument
	}
	if len(routes) == 0 {
		return document, nil
	}
	for i := range routes {
		r := &routes[i]
		if paths[r.Path] == nil {
			paths[r.Path] = map[string]any{}
		}
		operation, err := r.operation(paths[r.Path]["parameters"])
		if err != nil {
			return nil, fmt.Errorf("%s: the OpenAPI: %w", r.name(), err)
		}
		paths[r.Path][strings.ToLower(r.Method)] = operation
	}
	text, err := json.Marshal(paths)
	if err != nil {
		return nil, err
	}
	whole["paths"] = text
	return json.MarshalIndent(whole, "", "  ")
}

var errNoDocument = errors.New("the OpenAPI document is not one; write gen.OpenAPI")

// operation is the route's, completed; shared are the parameters that its path
// item declares for every method.
func (r *Route) operation(shared any) (map[string]any, error) {
	o := map[string]any{}
	if len(r.OpenAPI) > 0 {
		if err := json.Unmarshal(r.OpenAPI, &o); err != nil {
			return nil, err
		}
	}
	given, ok := o["parameters"].([]any)
	if o["parameters"] != nil && !ok {
		return nil, errors.New("its parameters are not an array")
	}
	if parameters := append(given, r.undeclared(shared, given)...); len(parameters) > 0 {
		o["parameters"] = parameters
	}
	responses, ok := o["responses"].(map[string]any)
	if o["responses"] != nil && !ok {
		return nil, errors.New("its responses are not an object")
	}
	if responses == nil {
		responses = map[string]any{"2XX": map[string]any{"description": "Done."}}
	}
	if responses["default"] == nil {
		responses["default"] = refusals
	}
	o["responses"] = responses
	delete(o, "x-permission")
	if r.Permission != AnyBearer {
		o["x-permission"] = r.Permission
	}
	return o, nil
}

// undeclared are the path's parameters, and those of the query, that none of
// lists declares.
func (r *Route) undeclared(lists ...any) []any {
	var declared []string
	for _, list := range lists {
		parameters, _ := list.([]any)
		for _, p := range parameters {
			if object, ok := p.(map[string]any); ok {
				declared = append(declared, fmt.Sprint(object["in"], " ", object["name"]))
			}
		}
	}
	var missing []any
	add := func(in string, names []string) {
		for _, name := range names {
			if !slices.Contains(declared, in+" "+name) {
				missing = append(missing, map[string]any{
					"name": name, "in": in, "required": in == "path", "schema": map[string]any{"type": "string"},
				})
			}
		}
	}
	add("path", parametersOf(r.Path))
	add("query", r.Query)
	return missing
}

// refusals are the answers of every route that are not the route's own.
var refusals = map[string]any{
	"description": "It is refused; code says why.",
	"content": map[string]any{"application/problem+json": map[string]any{
		"schema": map[string]any{"$ref": "#/components/schemas/api.Problem"},
	}},
}
