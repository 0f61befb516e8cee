package openapi

import (
	"slices"
	"strings"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// routes are the five operations on a collection.
func routes(c *model.Collection) object {
	lower := strings.ToLower(c.Title)
	one := "one of the " + lower
	return object{
		{"/api/" + c.Name, object{
			{"get", operation("List the "+lower, "list "+c.Entity, c.Access.Read, listParameters(c), nil,
				object{{"200", answer("A page.", pageSchema(c))}}, "400", "401", "403", "503")},
			{"post", operation("Create "+one, "create "+c.Entity, c.Access.Create, nil, body(newOf(c)),
				object{{"201", answer("The document as stored; Location and ETag say where and in which state.", ref(c.Entity))}},
				"400", "401", "403", "409", "413", "415", "422", "503")},
		}},
		{"/api/" + c.Name + "/{id}", object{
			{"parameters", []object{pathID}},
			{"get", operation("Read "+one, "get "+c.Entity, c.Access.Read, expandParameters(c), nil,
				object{{"200", answer("The document; ETag names its state.", ref(c.Entity))}}, "400", "401", "403", "404", "500", "503")},
			{"patch", operation("Change "+one, "update "+c.Entity, c.Access.Update, []object{ifMatch}, body(c.Entity+patchSuffix),
				object{{"200", answer("The document as stored now.", ref(c.Entity))}},
				"400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "500", "503")},
			{"delete", operation("Delete "+one, "delete "+c.Entity, c.Access.Delete, []object{ifMatch}, nil,
				object{{"204", object{{"description", "It is gone."}}}}, "400", "401", "403", "404", "409", "412", "428", "500", "503")},
		}},
	}
}

// operation is one method of a path. name is its operationId, in words;
// permission is empty for what needs none.
func operation(summary, name, permission string, parameters []object, requestBody, responses object, problems ...string) object {
	verb, entity, _ := strings.Cut(name, " ")
	o := object{{"operationId", verb + entity}, {"summary", summary}}
	if permission != "" {
		o = append(o, member{"x-permission", permission})
	}
	if parameters != nil {
		o = append(o, member{"parameters", parameters})
	}
	if requestBody != nil {
		o = append(o, member{"requestBody", requestBody})
	}
	for _, status := range problems {
		responses = append(responses, member{status, problemAnswers[status]})
	}
	return append(o, member{"responses", responses})
}

func body(schema string) object {
	return object{{"required", true}, {"content", object{{"application/json", object{{"schema", ref(schema)}}}}}}
}

func answer(description string, schema object) object {
	return object{{"description", description}, {"content", object{{"application/json", object{{"schema", schema}}}}}}
}

func pageSchema(c *model.Collection) object {
	return object{
		{"type", "object"},
		{"properties", object{
			{"message", object{{"type", "string"}, {"const", c.Title + " found successfully"}}},
			{c.Name, object{{"type", "array"}, {"items", ref(c.Entity)}}},
			{"next", object{{"type", "string"}, {"description", "The next page's after; missing on the last."}}},
			{"invalid", object{{"type", "array"}, {"items", ref(invalidName)}}},
		}},
		{"required", []string{"message", c.Name}},
	}
}

var pathID = object{{"name", "id"}, {"in", "path"}, {"required", true}, {"schema", objectID}}

var ifMatch = object{
	{"name", "If-Match"}, {"in", "header"}, {"required", true},
	{"description", "The ETag of the document as it was read."}, {"schema", object{{"type", "string"}}},
}

// ownParameters mean something of their own in every request, so that no filter
// can be called so.
var ownParameters = []string{"limit", "after", "sort", "tenant", "expand"}

// listParameters are those of every list, and filters for each indexed path. A
// list of values is given as a parameter for each, which is OpenAPI's default.
func listParameters(c *model.Collection) []object {
	list := []object{
		parameter("limit", "How many documents the page has at most.",
			object{{"type", "integer"}, {"minimum", 1}, {"maximum", 200}, {"default", 50}}),
		parameter("after", "The page before's next.", object{{"type", "string"}}),
		parameter("sort", "An indexed path, with a leading - for descending. One index must serve filters and sort.",
			object{{"type", "string"}, {"enum", sorts(c)}}),
	}
	list = append(list, expandParameters(c)...)
	for _, p := range c.Paths {
		schema := typed(c, p.Type, "")
		if !slices.Contains(ownParameters, p.Name) {
			list = append(list, parameter(p.Name, "Documents where it is this.", schema))
		}
		list = append(list, parameter(p.Name+"[in]", "Documents where it is one of these.", object{{"type", "array"}, {"items", schema}}))
		if p.Many || !ranges(p.Type.Kind) {
			continue
		}
		for _, op := range []struct{ name, doc string }{
			{"gt", "greater"}, {"gte", "greater or equal"}, {"lt", "less"}, {"lte", "less or equal"},
		} {
			list = append(list, parameter(p.Name+"["+op.name+"]", "Documents where it is "+op.doc+".", schema))
		}
		if p.Type.Kind == def.KindString {
			list = append(list, parameter(p.Name+"[prefix]", "Documents where it begins with this.", object{{"type", "string"}}))
		}
	}
	return list
}

// expandParameters ask for documents in the place of references; there are none
// where there are no references.
func expandParameters(c *model.Collection) []object {
	var paths []string
	for _, r := range c.Refs {
		if r.Expandable {
			paths = append(paths, r.Path)
		}
	}
	if paths == nil {
		return nil
	}
	return []object{append(
		parameter("expand", "References in whose place the documents stand that they lead to, if they are there.",
			object{{"type", "array"}, {"items", object{{"type", "string"}, {"enum", paths}}}}),
		member{"style", "form"}, member{"explode", false})}
}

func sorts(c *model.Collection) []string {
	var names []string
	for _, p := range c.Paths {
		if !p.Many {
			names = append(names, p.Name, "-"+p.Name)
		}
	}
	return names
}

func ranges(k def.Kind) bool {
	switch k {
	case def.KindBool, def.KindEnum, def.KindNamedEnum:
		return false
	}
	return true
}

func parameter(name, doc string, schema object) object {
	return object{{"name", name}, {"in", "query"}, {"description", doc}, {"schema", schema}}
}

// problemAnswers are the refusals by status.
var problemAnswers = func() map[string]object {
	answers := map[string]object{}
	for status, doc := range map[string]string{
		"400": "The request cannot be read, or no index serves the query.",
		"401": "There is no valid token, or the credentials are wrong.",
		"403": "The tenant is not the token's, or the bearer may not do this.",
		"404": "There is no such document.",
		"409": "A unique key is taken, or a rule about the tenant's users stands against it.",
		"412": "The document is no longer as If-Match says.",
		"413": "The body is too long.",
		"415": "The body is not JSON.",
		"422": "Fields are not as they must be; errors names each.",
		"428": "If-Match is missing.",
		"500": "The stored document does not fit the schema, or something failed here.",
		"503": "The database does not answer, or the tenant is behind; Retry-After says when to try again.",
	} {
		answers[status] = object{
			{"description", doc},
			{"content", object{{"application/problem+json", object{{"schema", ref(problemName)}}}}},
		}
	}
	return answers
}()

// noToken marks operations that are for everybody.
var noToken = member{"security", []object{}}

// tenantNames are how a request without a token says which tenant it is for.
var tenantNames = []object{
	{{"name", "X-Tenant"}, {"in", "header"}, {"description", "The tenant's name; or say ?tenant=."}, {"schema", object{{"type", "string"}}}},
	parameter("tenant", "The tenant's name; or send X-Tenant.", object{{"type", "string"}}),
}

// texts is the body of an operation that takes the named strings.
func texts(names ...string) object {
	properties := object{}
	for _, name := range names {
		properties = append(properties, member{name, object{{"type", "string"}}})
	}
	return object{{"required", true}, {"content", object{{"application/json", object{{"schema", closed("", properties, names)}}}}}}
}

var gone = object{{"204", object{{"description", "Done."}}}}

// accountRoutes are the operations on the bearer's own login.
var accountRoutes = object{
	{"/api/login", object{{"post", append(operation("Log in", "login ", "", tenantNames, texts("email", "password"),
		object{{"200", answer("Tokens.", ref(grantName))}}, "400", "401", "403", "415", "422", "503"), noToken)}}},
	{"/api/refresh", object{{"post", append(operation("Trade a refresh token for new tokens", "refresh ", "", nil, texts("refreshToken"),
		object{{"200", answer("Tokens.", ref(grantName))}}, "400", "401", "403", "415", "422", "503"), noToken)}}},
	{"/api/logout", object{{"post", operation("End the token's session", "logout ", "", nil, nil, gone, "400", "401", "403", "503")}}},
	{"/api/password", object{{"post", operation("Change one's own password", "changePassword ", "", nil, texts("current", "new"),
		gone, "400", "401", "403", "415", "422", "503")}}},
}

// serviceRoutes are for whoever runs or explores the server.
var serviceRoutes = object{
	{"/healthz", object{{"get", append(operation("Whether the process lives", "health ", "", nil, nil,
		object{{"200", answer("It does.", object{{"type", "object"}})}}), noToken)}}},
	{"/readyz", object{{"get", append(operation("Whether requests can be served", "ready ", "", nil, nil,
		object{{"200", answer("They can; tenants says how many tenants are how far, once they are counted.", object{{"type", "object"}})}}, "503"), noToken)}}},
	{"/openapi.json", object{{"get", append(operation("This document", "openapi ", "", nil, nil,
		object{{"200", answer("OpenAPI 3.1.", object{{"type", "object"}})}}), noToken)}}},
	{"/.well-known/jwks.json", object{{"get", append(operation("The keys that tokens are signed with", "keys ", "", nil, nil,
		object{{"200", answer("A JWK set (RFC 7517).", object{{"type", "object"}})}}), noToken)}}},
}
