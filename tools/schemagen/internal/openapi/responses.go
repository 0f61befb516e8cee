package openapi

import (
	"slices"
	"strings"
)

// headers are the headers of responses, by name.
var headers = object{
	{"X-Request-Id", header("The request's id in the logs: the X-Request-Id of the request if it consists of 1 to 64 letters, digits, dots, _ and -, else a new one.", text, always)},
	{"ETag", header("The document's entity tag, for If-Match and If-None-Match.", entityTag, always)},
	{"ETag-If-Known", header("The document's entity tag, if the answer is about a document.", entityTag, sometimes)},
	{"Location", header("The document's path.", text, always)},
	{"Link", header(`The next page, as rel="next"; absent on the last page.`, text, sometimes)},
	{"Retry-After", header("The number of seconds after which to try again.", object{{"type", "integer"}, {"minimum", 1}}, always)},
	{"WWW-Authenticate", header("The scheme to authenticate with: Bearer.", text, always)},
	{"Allow", header("The methods that the path supports.", text, always)},
	{"Accept-Encoding", header("The content codings that bodies may have, if the request's was refused: identity.", text, sometimes)},
	{"Accept-Patch", header("The media types that a PATCH accepts.", text, always)},
}

const always, sometimes = true, false

var text = object{{"type", "string"}}

// entityTag is the pattern of the API's entity tags: strong, in quotes.
var entityTag = object{{"type", "string"}, {"pattern", `^"[^"]+"$`}}

func header(doc string, schema object, required bool) object {
	o := object{{"description", doc}}
	if required {
		o = append(o, member{"required", true})
	}
	return append(o, member{"schema", schema})
}

// responseHeaders returns the named headers and that of every response.
func responseHeaders(names ...string) object {
	var list object
	for _, name := range append([]string{"X-Request-Id"}, names...) {
		list = append(list, member{strings.TrimSuffix(name, "-If-Known"), component("headers", name)})
	}
	return list
}

// response returns a response with a JSON body, emptyResponse one without a body.
func response(doc string, schema object, headers ...string) object {
	return responseAs("application/json", doc, schema, headers)
}

func emptyResponse(doc string, headers ...string) object {
	return object{{"description", doc}, {"headers", responseHeaders(headers...)}}
}

func problemResponse(doc string, headers ...string) object {
	return responseAs("application/problem+json", doc, ref(problemName), headers)
}

func responseAs(media, doc string, schema object, headers []string) object {
	return append(emptyResponse(doc, headers...), member{"content", object{{media, object{{"schema", schema}}}}})
}

// refusal is a response that many operations share. Code names it in the document's
// components.
type refusal struct {
	status, name, doc string
	headers           []string
}

var refusalList = []refusal{
	{"400", "BadRequest", "The request cannot be read (body_invalid, header_invalid, id_invalid, path_invalid), has a body where none is expected (body_unexpected), names no tenant (tenant_missing), or has a query that is not served (query_invalid, search_unsupported).", nil},
	{"401", "Unauthorized", "The token is missing (token_missing) or not valid (token_invalid), or the credentials are wrong (invalid_credentials).", []string{"WWW-Authenticate"}},
	{"403", "Forbidden", "The token is not for this tenant (tenant_unauthorized), the tenant is suspended (tenant_suspended), or the bearer lacks the permission (forbidden).", nil},
	{"404", "NotFound", "There is no such document (not_found), or it has no such element (element_not_found).", nil},
	{"405", "MethodNotAllowed", "The path does not support the request's method (method_not_allowed).", []string{"Allow"}},
	{"408", "RequestTimeout", "The body did not arrive in time (body_timeout).", nil},
	{"409", "Conflict", "Another document has the same unique key (duplicate).", nil},
	{"409", "LastSuper", "The user is the tenant's last with full access (last_super).", nil},
	{"409", "DocumentInvalid", "The stored document does not fit the schema (document_invalid); errors says where. A PATCH with its ETag can repair it.", []string{"ETag"}},
	{"409", "PatchConflict", "Another document has the same unique key (duplicate); or the user is the tenant's last with full access (last_super); " +
		"or the change would lose members of stored elements that the schema does not know (would_lose); " +
		"or the change was stored, but the document still does not fit the schema (document_invalid); errors says where.", []string{"ETag-If-Known"}},
	{"412", "PreconditionFailed", "The document's entity tag does not match If-Match (stale) or matches If-None-Match (precondition_failed).", []string{"ETag-If-Known"}},
	{"413", "BodyTooLarge", "The body is longer than 1 MiB (body_too_large).", nil},
	{"415", "UnsupportedMediaType", "The body is not JSON in UTF-8, or has a Content-Encoding (unsupported_media_type).", []string{"Accept-Encoding"}},
	{"415", "UnsupportedPatch", "The body is neither JSON nor a merge patch, not in UTF-8, or has a Content-Encoding (unsupported_media_type).", []string{"Accept-Encoding", "Accept-Patch"}},
	{"422", "ValidationFailed", "Members are invalid; errors names each (validation_failed).", nil},
	{"428", "PreconditionRequired", "If-Match is missing (if_match_required).", nil},
	{"429", "TooManyRequests", "Too many earlier attempts for the account, or from the client's address, have failed (too_many_attempts); or too many requests of the tenant wait already (tenant_busy), or were sent (tenant_rate).", []string{"Retry-After"}},
	{"500", "InternalError", "The server failed (internal).", nil},
	{"503", "Unavailable", "The database does not answer (unavailable, not_ready) or not in time (timeout, canceled), too many requests are in flight (overloaded), too many passwords are waiting to be hashed (busy), other writers keep changing the document (contended), the collection is not there yet and cannot be made now (collection_unavailable), or the tenant is being brought up to date (tenant_behind).", []string{"Retry-After"}},
}

// refusals are the responses of refusalList as components.
var refusals = func() object {
	var list object
	for _, r := range refusalList {
		list = append(list, member{ownPrefix + r.name, problemResponse(r.doc, r.headers...)})
	}
	return list
}()

// refused returns the first refusals with the statuses.
func refused(statuses ...string) object {
	var list object
	for _, status := range statuses {
		at := slices.IndexFunc(refusalList, func(r refusal) bool { return r.status == status })
		list = append(list, refusedAs(status, refusalList[at].name)...)
	}
	return list
}

// refusedAs returns the refusal called name.
func refusedAs(status, name string) object {
	return object{{status, component("responses", ownPrefix+name)}}
}
