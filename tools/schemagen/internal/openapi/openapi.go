// Package openapi writes the OpenAPI 3.1 document of the HTTP API that a schema
// leads to.
package openapi

import (
	"bytes"
	"encoding/json"

	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// Document is the document as indented JSON. Its members keep the order of the
// declarations, so that the same schema gives the same bytes.
func Document(s *model.Schema) ([]byte, error) {
	paths := object{}
	schemas := object{{problemName, problemSchema}, {fieldProblemName, fieldProblemSchema}, {invalidName, invalidSchema}, {grantName, grantSchema}}
	for _, c := range s.Collections {
		if c.Served() {
			paths = append(paths, routes(c)...)
			schemas = append(schemas, schemasOf(c)...)
		}
	}
	paths = append(paths, accountRoutes...)
	paths = append(paths, serviceRoutes...)
	document := object{
		{"openapi", "3.1.0"},
		{"info", object{
			{"title", "Tenants' API"},
			{"version", "1"},
			{"description", "Every request is for one tenant, which its token names. X-Tenant and ?tenant= may name it, too, and must agree."},
		}},
		{"security", []object{{{"token", []string{}}}}},
		{"paths", paths},
		{"components", object{
			{"securitySchemes", object{{"token", object{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}},
			{"schemas", schemas},
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
