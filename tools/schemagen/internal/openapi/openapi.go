// Package openapi writes the OpenAPI 3.1 document of a schema's HTTP API.
package openapi

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// about describes what all operations have in common.
var about = strings.Join([]string{
	"Every request is for one tenant, which its token names. Where the server accepts X-Tenant and ?tenant=, they may name it too, and must agree with the token.",
	"Every path that supports GET also supports HEAD, with the same answer but no body.",
	"A query parameter that an operation does not list is refused with 400, and so is a query string that cannot be parsed: nothing is ignored silently.",
	"Bodies are JSON in UTF-8, without a Content-Encoding, of at most 1 MiB; members that the schema does not list are refused.",
	"Every refusal is a problem (RFC 9457): programs should rely on its code; errors lists each invalid value.",
	"No answer may be cached (Cache-Control: no-store). Answers with a document carry an ETag, for If-Match and If-None-Match.",
}, " ")

// Document returns the document as indented JSON. Members are in declared order, so
// that the same schema gives the same bytes.
func Document(s *model.Schema) ([]byte, error) {
	var paths, schemas object
	var tags []object
	for _, c := range s.Collections {
		if c.Served() {
			paths = append(paths, routes(s, c)...)
			schemas = append(schemas, schemasOf(s, c)...)
			tags = append(tags, object{{"name", c.Name}, {"description", c.Doc}})
		}
	}
	document := object{
		{"openapi", "3.1.0"},
		{"info", object{{"title", "Tenants' API"}, {"version", "1"}, {"description", about}}},
		{"servers", []object{{{"url", "/"}, {"description", "The server that serves this document."}}}},
		{"security", []object{{{"token", []string{}}}}},
		{"tags", append(tags, ownTags...)},
		{"paths", slices.Concat(paths, accountRoutes, serviceRoutes)},
		{"components", object{
			{"securitySchemes", object{{"token", token}}},
			{"parameters", parameters},
			{"headers", headers},
			{"responses", refusals},
			{"schemas", slices.Concat(ownSchemas, schemas)},
		}},
	}
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

var token = object{
	{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"},
	{"description", "The token returned by POST /api/login or /api/refresh."},
}
