package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// amounts are members of a collection's documents, by another one.
func (s *shop) amounts(t *testing.T, collection, by, member string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, doc := range s.call(t, "GET /api/"+collection+"?limit=200", "").list(collection) {
		all[fmt.Sprint(doc[by])] = fmt.Sprint(doc[member])
	}
	return all
}

// served names the collections by their names in the database.
var served = map[string]string{
	"products": "products", "brands": "brands", "categories": "categories", "carts": "carts", "orders": "orders", "addresses": "addresses",
	"reviews": "reviews", "coupons": "coupons", "wishlists": "wishlist", "stocks": "stocks", "users": "users",
}

// testRead lists everything, as Mongoose left it.
func testRead(t *testing.T, s *shop) {
	if len(s.seed) != len(served) {
		t.Errorf("seed/ has %v", slices.Sorted(maps.Keys(s.seed)))
	}
	for stored, docs := range s.seed {
		name := served[stored]
		list := s.call(t, "GET /api/"+name+"?limit=200&count=true", "")
		if got := list.list(name); len(got) != len(docs) || list.body["count"] != float64(len(docs)) || list.body["invalid"] != nil {
			t.Errorf("%s: %d of %d are listed: %s", name, len(got), len(docs), list.text)
		}
	}
	want := map[string]string{
		"T-001": "19.99", "T-002": "5", "T-003": "0.1", "T-004": "1299.5", "T-005": "12.3456789", "T-006": "3", "T-007": "0",
		"T-008": "0.30000000000000004", "T-009": "2.675", "T-010": "1E-7", "T-011": "9007199254740991", "T-012": "4.35",
	}
	if got := s.amounts(t, "products", "sku", "price"); !maps.Equal(got, want) {
		t.Errorf("prices are %v, want %v", got, want)
	}
	s.expectExit(t, 0, "0 findings", "documents", "check")
}
