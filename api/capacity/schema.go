package capacity

import (
	"fmt"
	"strings"
)

// Collection is what counting namespaces takes of a declared collection.
type Collection struct {
	Name string
	// Admin collections are there once, the others once a tenant.
	Admin bool
	// Indexes are those besides the one on _id.
	Indexes int
}

// namespaces are the collection, the index on _id, and the others.
func (c Collection) namespaces() int { return 2 + c.Indexes }

// Schema is how many namespaces, collections and indexes, a schema comes to.
type Schema struct {
	// PerTenant are those of a tenant with something in each collection, Catalog those of
	// the admin database.
	PerTenant int `json:"perTenant"`
	Catalog   int `json:"catalog"`
	// Words says what PerTenant is made of.
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

// Namespaces are those of so many tenants, and the catalog's.
func (s Schema) Namespaces(tenants int) int { return tenants*s.PerTenant + s.Catalog }

// tenants are how many there may be with so many namespaces.
func (s Schema) tenants(namespaces int) int {
	return max(namespaces-s.Catalog, 0) / max(s.PerTenant, 1)
}

// count is a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
