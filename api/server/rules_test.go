package server_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// testRules sends what is refused because of what is beside it, or by the shop's own function.
func (m *market) testRules(t *testing.T) {
	if _, err := m.db.Collection("products").DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	const path = "POST /api/products"
	for _, c := range []struct {
		body   string
		status int
		says   string
	}{
		{`{"sku":"a","price":1,"imported":true}`, 422, `"pointer":"/tariff","code":"required"`},
		{`{"price":1,"imported":true}`, 422, `"pointer":"/tariff","code":"required"`},
		{`{"price":1,"imported":true}`, 422, `"pointer":"/sku","code":"required"`},
		{`{"sku":"a","price":1,"tariff":"12"}`, 422, `"pointer":"/tariff","code":"check","message":"must be a code of eight digits"`},
		{`{"sku":"a","price":1,"tariff":"99000000"}`, 500, `"code":"internal"`},
		{`{"sku":"a","price":1,"imported":false}`, 201, ""},
		{`{"sku":"b","price":1,"imported":true,"tariff":"12345678"}`, 201, ""},
	} {
		if got := m.Send(t, path, c.body, m.owner, ""); got.Status != c.status || !strings.Contains(got.Text, c.says) {
			t.Errorf("%s: %d %s", c.body, got.Status, got.Text)
		}
	}
	if n, err := m.db.Collection("products").CountDocuments(t.Context(), bson.D{}); err != nil || n != 2 {
		t.Errorf("%d are stored, %v", n, err)
	}
	made := m.make(t, "products", `{"sku":"c","price":1}`)
	at := "PATCH " + made.Header.Get("Location")
	for _, c := range []struct {
		body   string
		status int
		says   string
	}{
		{`{"imported":true}`, 422, `"pointer":"/tariff","code":"required"`},
		{`{"tariff":"1"}`, 422, `"code":"check"`},
		{`{"tariff":"99000000"}`, 500, `"code":"internal"`},
		{`{"imported":true,"tariff":"12345678"}`, 200, `"tariff":"12345678"`},
		{`{"tariff":null}`, 422, `"pointer":"/tariff","code":"required"`},
		{`{"price":2}`, 200, `"price":2`},
		{`{"imported":null,"tariff":null}`, 200, `"price":2`},
	} {
		if got := m.Send(t, at, c.body, m.owner, "", "If-Match", "*"); got.Status != c.status || !strings.Contains(got.Text, c.says) {
			t.Errorf("%s: %d %s", c.body, got.Status, got.Text)
		}
	}
}
