package capacity

import (
	"fmt"
	"strings"
)

// Collection is a declared collection as needed to count namespaces.
type Collection struct {
	Name string
	// Admin collections exist once, the others once per tenant.
	Admin bool
	// Indexes is the number of indexes besides the one on _id.
	Indexes int
}

// namespaces counts the collection, the index on _id and the others.
func (c Collection) namespaces() int { return 2 + c.Indexes }

// Schema is the number of namespaces, collections and indexes, of a schema.
type Schema struct {
	// PerTenant is the number for a tenant with documents in each collection,
	// Catalog that of the admin database.
	PerTenant int `json:"perTenant"`
	Catalog   int `json:"catalog"`
	// Words describes what PerTenant consists of.
	Words string `json:"words"`
}

// NewSchema counts the namespaces of collections.
func NewSchema(collections []Collection) Schema {
	var s Schema
	var words []string
	for _, c := range collections {
		if c.Admin {
			s.Catalog += c.namespaces()
			continue
		}
		s.PerTenant += c.namespaces()
		words = append(words, fmt.Sprintf("%s with %s", c.Name, count(c.Indexes+1, "index", "indexes")))
	}
	s.Words = strings.Join(words, ", ")
	return s
}

// Namespaces returns the number for that many tenants and the catalog.
func (s Schema) Namespaces(tenants int) int { return tenants*s.PerTenant + s.Catalog }

// tenants returns how many tenants fit into that many namespaces.
func (s Schema) tenants(namespaces int) int {
	return max(namespaces-s.Catalog, 0) / max(s.PerTenant, 1)
}

// count formats a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
