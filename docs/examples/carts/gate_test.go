package main

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// testGate lets CI's gates see a shop that is as declared, then one that is not.
func testGate(t *testing.T, s *shop) {
	s.expectExit(t, 0, "0 open", "indexes", "ensure")
	s.expectExit(t, 0, "0 findings", "indexes", "check")
	s.expectExit(t, 0, "0 findings", "documents", "check")

	if err := s.stored.Collection("wishlists").Indexes().DropOne(t.Context(), "user_1_product_1"); err != nil {
		t.Fatal(err)
	}
	s.expectExit(t, 1, "user_1_product_1", "indexes", "check")
	s.expectExit(t, 0, "0 open", "indexes", "ensure")
	s.expectExit(t, 0, "0 findings", "indexes", "check")

	odd := bson.D{{Key: "_id", Value: id(5, 99)}, {Key: "products", Value: bson.A{bson.D{{Key: "status", Value: "Lost"}, {Key: "totalPrice", Value: "12.50 EUR"}}}}}
	if _, err := s.stored.Collection("carts").InsertOne(t.Context(), odd); err != nil {
		t.Fatal(err)
	}
	s.expectExit(t, 1, "products.totalPrice", "documents", "check")
	if got := s.call(t, "DELETE /api/carts/"+id(5, 99).Hex(), ""); got.status != 204 {
		t.Fatalf("the odd cart: %d %s", got.status, got.text)
	}
	s.expectExit(t, 0, "0 findings", "documents", "check")
}
