package openapi

import (
	"cmp"
	"slices"
)

// operation is one method of a path.
type operation struct {
	// id is the operationId: a verb and its object.
	id, tag string
	// summary is a short summary, doc is the rest of the description.
	summary, doc string
	// permission is empty if none is needed.
	permission string
	// roles are those that alone may do it, whatever their permissions; nil if it is not
	// about roles.
	roles []string
	// open reports whether no token is needed.
	open       bool
	parameters []object
	body       object
	// responses are all possible responses, by status.
	responses []object
}

// object returns the operation as it is in the document.
func (o operation) object() object {
	out := object{{"operationId", o.id}, {"tags", []string{o.tag}}, {"summary", o.summary}}
	if o.doc != "" {
		out = append(out, member{"description", o.doc})
	}
	if o.permission != "" {
		out = append(out, member{"x-permission", o.permission})
	}
	if o.roles != nil {
		out = append(out, member{"x-roles", o.roles})
	}
	if o.open {
		out = append(out, member{"security", []object{}})
	}
	if o.parameters != nil {
		out = append(out, member{"parameters", o.parameters})
	}
	if o.body != nil {
		out = append(out, member{"requestBody", o.body})
	}
	responses := slices.Concat(o.responses...)
	slices.SortFunc(responses, func(a, b member) int { return cmp.Compare(a.Name, b.Name) })
	return append(out, member{"responses", responses})
}

// mergePatch returns a request body that is a JSON merge patch.
func mergePatch(schema object) object {
	patch := object{{"schema", schema}}
	return object{{"required", true}, {"content", object{{"application/json", patch}, {"application/merge-patch+json", patch}}}}
}

// body returns a request body in JSON.
func body(schema object) object {
	return object{{"required", true}, {"content", object{{"application/json", object{{"schema", schema}}}}}}
}
