// Package clients has clients of a library's API, made from its openapi.json by two
// generators. The tests show how they are used, and hold them against a server.
package clients

//go:generate go run ./generate
//go:generate go tool ogen -config ogen.yml -target ogen -package ogen -clean -loglevel error gen/openapi.json
//go:generate go tool oapi-codegen -config oapi-codegen.yml gen/openapi.json
