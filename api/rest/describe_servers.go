package rest

import (
	"slices"
	"strings"
)

// serve returns the servers of a document whose URLs name tenants, and says of the paths that are nobody's that they are served
// without. It is nil if no URL names one.
func (d *description) serve(from []Source, baseDomains []string) []any {
	var list []any
	if slices.Contains(from, FromSubdomain) {
		for _, base := range baseDomains {
			list = append(list, map[string]any{
				"url": "{scheme}://{tenant}." + base, "description": "A tenant's own host.",
				"variables": map[string]any{"tenant": tenantVariable, "scheme": map[string]any{"default": "https", "enum": []any{"https", "http"}}},
			})
		}
	}
	if slices.Contains(from, FromPath) {
		list = append(list, map[string]any{
			"url": prefixStart + "{tenant}", "description": "A tenant's own paths.", "variables": map[string]any{"tenant": tenantVariable},
		})
	}
	if list == nil {
		return nil
	}
	own := d.Servers
	if own == nil {
		own = []any{map[string]any{"url": "/"}}
	}
	for path, item := range d.Paths {
		if !strings.HasPrefix(path, apiStart) {
			item["servers"] = own
		}
	}
	return slices.Concat(own, list)
}

// tenantVariable is the variable of URLs that names the tenant. OpenAPI demands a default.
var tenantVariable = map[string]any{"default": "tenant", "description": "The tenant's name. It must agree with the token."}
