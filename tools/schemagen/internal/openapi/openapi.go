// Package openapi writes the OpenAPI 3.1 document of the HTTP API that a schema
// leads to.
package openapi

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// about is what holds for all operations. OpenAPI has no other place for it.
var about = strings.Join([]string{
	"Every request is for one tenant, which its token names. X-Tenant and ?tenant= may name it, too, where the server takes them, and must agree.",
	"HEAD is answered wherever GET is, as GET is but without a body.",
	"A query parameter that an operation does not name is refused with 400, and so is a query string that cannot be parsed: nothing is overlooked silently.",
	"Bodies are JSON in UTF-8, without a Content-Encoding, and have 1 MiB at most; members that a schema does not name are refused.",
	"Every refusal is a problem (RFC 9457): programs go by its code, and errors names each value that is at fault.",
	"No answer is for caches to keep (Cache-Control: no-store): those of documents bear an ETag, for If-Match and If-None-Match.",
}, " ")

// Document is the document as indented JSON. Its members keep the order of the
// declarations, so that the same schema gives the same bytes.
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
		{"servers", []object{{{"url", "/"}, {"description", "The server that answers with this document."}}}},
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
	{"description", "The token that POST /api/login or /api/refresh answered with."},
}
