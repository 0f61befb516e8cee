package openapi

// ownTags are the tags of the operations that every API has.
var ownTags = []object{
	{{"name", "account"}, {"description", "The bearer's own login."}},
	{{"name", "service"}, {"description", "For those who operate or explore the server."}},
}

// accountRoutes are the operations on the bearer's own login.
var accountRoutes = object{
	{"/api/login", object{{"parameters", tenantNames}, {"post", operation{
		id: "login", tag: "account", summary: "Log in", open: true,
		doc:       "An unknown tenant or address gets the same answer as a wrong password.",
		body:      body(texts("email", "password")),
		responses: []object{grant, refused("400", "401", "403", "405", "408", "413", "415", "422", "429", "500", "503")},
	}.object()}}},
	{"/api/refresh", object{{"parameters", tenantNames}, {"post", operation{
		id: "refresh", tag: "account", summary: "Exchange a refresh token for new tokens", open: true,
		body:      body(texts("refreshToken")),
		responses: []object{grant, refused("400", "401", "403", "405", "408", "413", "415", "422", "429", "500", "503")},
	}.object()}}},
	{"/api/logout", object{{"parameters", tenantNames}, {"post", operation{
		id: "logout", tag: "account", summary: "End the token's session",
		responses: []object{done, refused("400", "401", "403", "405", "408", "413", "415", "429", "500", "503")},
	}.object()}}},
	{"/api/password", object{{"parameters", tenantNames}, {"post", operation{
		id: "changePassword", tag: "account", summary: "Change your own password",
		doc:       "It ends all other sessions of the user.",
		body:      body(texts("current", "new")),
		responses: []object{done, refused("400", "401", "403", "405", "408", "412", "413", "415", "422", "429", "500", "503")},
	}.object()}}},
}

var (
	grant = object{{"200", response("Tokens.", ref(grantName))}}
	done  = object{{"204", emptyResponse("Done.")}}
)

// texts returns an object with string members.
func texts(names ...string) object {
	properties := object{}
	for _, name := range names {
		properties = append(properties, member{name, text})
	}
	return closedObject("", properties, names)
}

// serviceRoutes are for those who operate or explore the server.
var serviceRoutes = object{
	service("/healthz", "health", "Whether the process is alive", response("It is.", state("ok"))),
	service("/readyz", "ready", "Whether the server is ready for requests", response("It is.", state("ready")), "503"),
	service("/openapi.json", "openapi", "This document", response("OpenAPI 3.1.", object{{"type", "object"}}), "503"),
	service("/.well-known/jwks.json", "keys", "The keys that tokens are signed with",
		responseAs("application/jwk-set+json", "A JWK set (RFC 7517).", keySet, nil), "503"),
}

func service(path, id, summary string, found object, refusals ...string) member {
	return member{path, object{{"get", operation{
		id: id, tag: "service", summary: summary, open: true,
		responses: []object{{{"200", found}}, refused(append([]string{"400", "405", "500"}, refusals...)...)},
	}.object()}}}
}

// state returns an object with the server's status.
func state(is string) object {
	properties := object{{"status", object{{"type", "string"}, {"const", is}}}}
	return object{{"type", "object"}, {"properties", properties}, {"required", []string{"status"}}}
}

var keySet = object{
	{"type", "object"},
	{"properties", object{{"keys", object{{"type", "array"}, {"items", object{
		{"type", "object"}, {"description", "An Ed25519 key (RFC 8037)."},
		{"properties", object{{"kty", text}, {"crv", text}, {"x", text}, {"kid", text}, {"alg", text}, {"use", text}}},
		{"required", []string{"kty", "crv", "x", "kid", "alg", "use"}},
	}}}}}},
	{"required", []string{"keys"}},
}
