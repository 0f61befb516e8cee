package main

import (
	"fmt"
	"slices"
	"testing"
)

// testPages walks through products by brand and price.
func testPages(t *testing.T, s *shop) {
	line := fmt.Sprintf("GET /api/products?brand=%s&sort=price,name&limit=2&fields=sku,price&count=true", id(2, 1).Hex())
	var skus []string
	for next := ""; ; {
		page := s.call(t, line+next, "")
		if page.status != 200 || page.body["count"] != 5.0 {
			t.Fatalf("a page: %d %s", page.status, page.text)
		}
		for _, product := range page.list("products") {
			if len(product) != 3 { // with _id
				t.Errorf("a product is %v", product)
			}
			skus = append(skus, fmt.Sprint(product["sku"], " ", product["price"]))
		}
		after, more := page.body["next"].(string)
		if !more {
			break
		}
		next = "&after=" + after
	}
	want := []string{"T-003 0.1", "T-002 5", "T-005 12.3456789", "T-001 19.99", "T-004 1299.5"}
	if !slices.Equal(skus, want) {
		t.Errorf("products are %v, want %v", skus, want)
	}
	for query, want := range map[string]int{
		"brand=" + id(2, 1).Hex() + "&price=19.99":                   1, // a decimal now, not the double beside it
		"brand=" + id(2, 1).Hex() + "&price[gte]=5&price[lt]=1299.5": 3,
		"brand=" + id(2, 1).Hex() + "&sort=-price,-name":             5,
		"isActive=true&sort=-created":                                11,
		"slug=%20GREEN-TEA%20":                                       1,
	} {
		if got := s.call(t, "GET /api/products?"+query, ""); len(got.list("products")) != want {
			t.Errorf("%s: want %d: %d %s", query, want, got.status, got.text)
		}
	}
}
