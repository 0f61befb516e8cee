package capacity

import (
	"cmp"
	"fmt"
	"slices"
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

	// perTenant are the collections of a tenant.
	perTenant []Collection
}

// NewSchema counts the namespaces of collections.
func NewSchema(collections []Collection) Schema {
	var s Schema
	for _, c := range collections {
		if c.Admin {
			s.Catalog += c.namespaces()
		} else {
			s.perTenant = append(s.perTenant, c)
		}
	}
	s.PerTenant, s.Words = total(s.perTenant)
	return s
}

// total returns the number of the collections' namespaces, and describes them.
func total(collections []Collection) (namespaces int, words string) {
	var list []string
	for _, c := range collections {
		namespaces += c.namespaces()
		list = append(list, fmt.Sprintf("%s with %s", c.Name, count(c.Indexes+1, "index", "indexes")))
	}
	return namespaces, strings.Join(list, ", ")
}

// Collections returns how many collections a tenant may have.
func (s Schema) Collections() int { return len(s.perTenant) }

// using returns the schema of tenants that have only so many of their collections: those with most
// indexes, since nobody knows which. 0 means all.
func (s Schema) using(n int) Schema {
	if n == 0 || n >= len(s.perTenant) {
		return s
	}
	most := slices.SortedStableFunc(slices.Values(s.perTenant), func(a, b Collection) int { return cmp.Compare(b.Indexes, a.Indexes) })
	used := s
	used.PerTenant, used.Words = total(most[:n])
	used.Words = fmt.Sprintf("%d of %d collections: %s", n, len(s.perTenant), used.Words)
	return used
}

// Namespaces returns the number for that many tenants and the catalog.
func (s Schema) Namespaces(tenants int) int { return tenants*s.PerTenant + s.Catalog }

// count formats a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
