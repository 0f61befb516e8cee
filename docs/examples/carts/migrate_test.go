package main

import (
	"maps"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// decimals are the members that became decimals, by collection.
var decimals = map[string][]string{
	"products": {"price", "taxable"},
	"carts":    {"products.purchasePrice", "products.totalPrice", "products.priceWithTax"},
	"orders":   {"total"},
	"coupons":  {"discount"},
}

// testMigrate makes decimals of what JavaScript stored, and sees that nobody notices.
func testMigrate(t *testing.T, s *shop) {
	prices, totals := s.amounts(t, "products", "sku", "price"), s.amounts(t, "orders", "_id", "total")
	sums := s.amounts(t, "carts", "_id", "products")
	if got := s.call(t, "GET /api/products?isActive=true&count=true", ""); got.body["count"] != 8.0 {
		t.Errorf("products that lack isActive are active, but not stored so: %s", got.text)
	}
	s.expectExit(t, 1, "1 to migrate", "migrate", "verify")
	s.expectExit(t, 0, "1 were migrated, 0 failed", "migrate", "up")
	s.expectExit(t, 0, "", "migrate", "verify")
	for collection, paths := range decimals {
		for _, doc := range s.seed[collection] {
			stored := s.document(t, collection, doc.Lookup("_id"))
			for _, path := range paths {
				testConverted(t, collection+" "+path, values(doc, strings.Split(path, ".")), values(stored, strings.Split(path, ".")))
			}
		}
	}
	if got := s.amounts(t, "products", "sku", "price"); !maps.Equal(got, prices) {
		t.Errorf("prices are %v, were %v", got, prices)
	}
	if got := s.amounts(t, "orders", "_id", "total"); !maps.Equal(got, totals) {
		t.Errorf("totals are %v, were %v", got, totals)
	}
	if got := s.amounts(t, "carts", "_id", "products"); !maps.Equal(got, sums) {
		t.Errorf("carts are %v, were %v", got, sums)
	}
}

// testConverted misses a value that was there, and one that is something else than a decimal.
func testConverted(t *testing.T, where string, before, after []bson.RawValue) {
	t.Helper()
	if len(after) < len(before) {
		t.Errorf("%s: %v became %v", where, before, after)
	}
	for _, value := range after {
		if value.Type != bson.TypeDecimal128 && value.Type != bson.TypeNull {
			t.Errorf("%s: %v became %v", where, before, after)
		}
	}
}

// values are those at a path, through lists.
func values(doc bson.Raw, path []string) []bson.RawValue {
	value, err := doc.LookupErr(path[0])
	switch elements, isList := value.ArrayOK(); {
	case err != nil:
		return nil
	case len(path) == 1:
		return []bson.RawValue{value}
	case isList:
		var all []bson.RawValue
		list, _ := elements.Values()
		for _, element := range list {
			all = append(all, values(element.Document(), path[1:])...)
		}
		return all
	default:
		return values(value.Document(), path[1:])
	}
}
