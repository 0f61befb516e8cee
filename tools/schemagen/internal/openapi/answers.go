package openapi

import (
	"slices"
	"strings"
)

// headers are those that answers have, by their names.
var headers = object{
	{"X-Request-Id", header("What the request is called in the logs: the X-Request-Id that it came with, if that has 1 to 64 letters, digits, dots, _ and -, else one that was made here.", text, always)},
	{"ETag", header("The document's state, for If-Match and If-None-Match.", entityTag, always)},
	{"ETag-If-Known", header("The state that the document has, where the answer is about one.", entityTag, sometimes)},
	{"Location", header("Where the document is.", text, always)},
	{"Link", header(`Where the next page is, as rel="next"; missing on the last.`, text, sometimes)},
	{"Retry-After", header("In how many seconds it is worth trying again.", object{{"type", "integer"}, {"minimum", 1}}, always)},
	{"WWW-Authenticate", header("That a bearer's token is needed.", text, always)},
	{"Allow", header("The methods that the path takes.", text, always)},
	{"Accept-Encoding", header("That bodies are taken as they are, where one came with another Content-Encoding: identity.", text, sometimes)},
	{"Accept-Patch", header("The media types that a PATCH may have.", text, always)},
}

const always, sometimes = true, false

var text = object{{"type", "string"}}

// entityTag is the form that the API gives entity tags: strong, and in quotes.
var entityTag = object{{"type", "string"}, {"pattern", `^"[^"]+"$`}}

func header(doc string, schema object, required bool) object {
	o := object{{"description", doc}}
	if required {
		o = append(o, member{"required", true})
	}
	return append(o, member{"schema", schema})
}

// bearing are the headers of an answer: the named ones, and that of every answer.
func bearing(names ...string) object {
	var list object
	for _, name := range append([]string{"X-Request-Id"}, names...) {
		list = append(list, member{strings.TrimSuffix(name, "-If-Known"), component("headers", name)})
	}
	return list
}

// answer is one with a body of JSON, bare one without a body.
func answer(doc string, schema object, headers ...string) object {
	return inMedia("application/json", doc, schema, headers)
}

func bare(doc string, headers ...string) object {
	return object{{"description", doc}, {"headers", bearing(headers...)}}
}

func problemAnswer(doc string, headers ...string) object {
	return inMedia("application/problem+json", doc, ref(problemName), headers)
}

func inMedia(media, doc string, schema object, headers []string) object {
	return append(bare(doc, headers...), member{"content", object{{media, object{{"schema", schema}}}}})
}

// refusal is an answer that many operations have. Code names it in the document's
// components.
type refusal struct {
	status, name, doc string
	headers           []string
}

var refusalList = []refusal{
	{"400", "BadRequest", "The request cannot be read (body_invalid, header_invalid, id_invalid, path_invalid), has a body where there is none to have (body_unexpected), names no tenant (tenant_missing), or asks for what is not served (query_invalid).", nil},
	{"401", "Unauthorized", "There is no token (token_missing), it is not valid (token_invalid), or the credentials are wrong (invalid_credentials).", []string{"WWW-Authenticate"}},
	{"403", "Forbidden", "The tenant is not the token's (tenant_unauthorized) or is suspended (tenant_suspended), or the bearer may not do this (forbidden).", nil},
	{"404", "NotFound", "There is no such document (not_found).", nil},
	{"405", "MethodNotAllowed", "The path does not take the request's method (method_not_allowed).", []string{"Allow"}},
	{"408", "RequestTimeout", "The body did not come in time (body_timeout).", nil},
	{"409", "Conflict", "Another document has a key that is unique (duplicate).", nil},
	{"409", "LastSuper", "The user is the tenant's last one who may do everything (last_super).", nil},
	{"409", "DocumentInvalid", "The stored document does not fit the schema (document_invalid): errors says where. A PATCH under its ETag can mend it.", []string{"ETag"}},
	{"409", "PatchConflict", "Another document has a key that is unique (duplicate); or the user is the tenant's last one who may do everything (last_super); " +
		"or the change is stored, and the document still does not fit the schema (document_invalid): errors says where.", []string{"ETag-If-Known"}},
	{"412", "PreconditionFailed", "The document is not as If-Match says (stale), or is as If-None-Match says (precondition_failed).", []string{"ETag-If-Known"}},
	{"413", "BodyTooLarge", "The body is longer than 1 MiB (body_too_large).", nil},
	{"415", "UnsupportedMediaType", "The body is not JSON in UTF-8, or has a Content-Encoding (unsupported_media_type).", []string{"Accept-Encoding"}},
	{"415", "UnsupportedPatch", "The body is neither JSON nor a merge patch, not in UTF-8, or has a Content-Encoding (unsupported_media_type).", []string{"Accept-Encoding", "Accept-Patch"}},
	{"422", "ValidationFailed", "Members are not as they must be; errors names each (validation_failed).", nil},
	{"428", "PreconditionRequired", "If-Match is missing (if_match_required).", nil},
	{"429", "TooManyRequests", "Too many attempts failed before this one, of the account or of the client's address (too_many_attempts).", []string{"Retry-After"}},
	{"500", "InternalError", "Something failed here (internal).", nil},
	{"503", "Unavailable", "The database does not answer (unavailable, not_ready) or not in time (timeout, canceled), too many requests are being answered (overloaded), too many passwords wait to be hashed (busy), others keep changing the document (contended), or the tenant is being brought up to date (tenant_behind).", []string{"Retry-After"}},
}

// refusals are the answers of refusalList, for the document's components.
var refusals = func() object {
	var list object
	for _, r := range refusalList {
		list = append(list, member{ownPrefix + r.name, problemAnswer(r.doc, r.headers...)})
	}
	return list
}()

// refused are answers with the first refusals that have the statuses.
func refused(statuses ...string) object {
	var list object
	for _, status := range statuses {
		at := slices.IndexFunc(refusalList, func(r refusal) bool { return r.status == status })
		list = append(list, refusedAs(status, refusalList[at].name)...)
	}
	return list
}

// refusedAs is the answer with the named refusal.
func refusedAs(status, name string) object {
	return object{{status, component("responses", ownPrefix+name)}}
}
