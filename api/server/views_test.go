package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// testViews asks for parts of documents, for numbers of them, and for what is computed from them.
func (m *market) testViews(t *testing.T) {
	for _, name := range []string{"products", "orders"} {
		if _, err := m.db.Collection(name).DeleteMany(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
	}
	made := m.make(t, "products", `{"sku":"tea","price":300,"weight":0.25,"attributes":{"origin":"Assam","a\"b":[{"x":1}]}}`)
	id, path := made.Member("_id"), made.Header.Get("Location")
	plain := m.make(t, "products", `{"sku":"mug","price":700}`)
	m.make(t, "orders", `{"product":"`+id+`"}`)
	if label := made.Member("label"); label != "tea, 300 ct" {
		t.Errorf("made: %s", made.Text)
	}
	if strings.Contains(plain.Text, "perKilogram") {
		t.Errorf("without a weight: %s", plain.Text)
	}
	for _, c := range []struct{ path, want string }{
		{path + "?fields=sku", `{"_id":"{id}","sku":"tea"}`},
		{path + "?fields=price,sku&fields=weight", `{"_id":"{id}","sku":"tea","price":300,"weight":0.25}`},
		{path + "?fields=attributes", `{"_id":"{id}","attributes":{"origin":"Assam","a\"b":[{"x":1}]}}`},
		{path + "?fields=_id", `{"_id":"{id}"}`},
		{path + "?fields=organic", `{"_id":"{id}"}`},
		{path + "?fields=label", `{"_id":"{id}","label":"tea, 300 ct"}`},
		{path + "?fields=sku,perKilogram", `{"_id":"{id}","sku":"tea","perKilogram":1200}`},
		{"/api/products?fields=sku&sort=-price&limit=2", `[{"_id":"{plain}","sku":"mug"},{"_id":"{id}","sku":"tea"}]`},
		{"/api/products?fields=label&sku=tea", `[{"_id":"{id}","label":"tea, 300 ct"}]`},
	} {
		got := m.Send(t, "GET "+c.path, "", m.owner, "")
		text := got.Text
		if list := got.List("products"); list != nil {
			var page struct{ Products json.RawMessage }
			if err := json.Unmarshal([]byte(text), &page); err != nil {
				t.Fatal(err)
			}
			text = string(page.Products)
		}
		if want := strings.NewReplacer("{id}", id, "{plain}", plain.Member("_id")).Replace(c.want); got.Status != 200 || text != want {
			t.Errorf("%s: %d %s, want %s", c.path, got.Status, text, want)
		}
	}
	order := m.Send(t, "GET /api/orders?fields=product&expand=product", "", m.owner, "").List("orders")
	if product, _ := order[0]["product"].(map[string]any); len(order[0]) != 2 || product["label"] != "tea, 300 ct" {
		t.Errorf("expanded: %v", order)
	}
	for _, query := range []string{"fields=", "fields=sku,", "fields=nothing", "fields=cost", "fields=sku.x", "fields=attributes.origin", "fields=_rev", "count=1", "count=true&count=true", "count="} {
		if got := m.Send(t, "GET /api/products?"+query, "", m.owner, ""); got.Status != 400 {
			t.Errorf("%s: %d %s", query, got.Status, got.Text)
		}
	}
	m.testTagsOfViews(t, path)
	m.testPagesOfViews(t)
	m.testComputedOnWrite(t, path)
}

// testTagsOfViews: a part of a document has a tag of its own, which writes do not take.
func (m *market) testTagsOfViews(t *testing.T, path string) {
	t.Helper()
	whole, part := m.Send(t, "GET "+path, "", m.owner, ""), m.Send(t, "GET "+path+"?fields=sku", "", m.owner, "")
	tag := part.Header.Get("ETag")
	if tag == "" || tag == whole.Header.Get("ETag") || !strings.HasPrefix(tag, strings.TrimSuffix(whole.Header.Get("ETag"), `"`)+"-") {
		t.Errorf("the tag is %s, of the whole %s", tag, whole.Header.Get("ETag"))
	}
	if got := m.Send(t, "GET "+path+"?fields=sku", "", m.owner, "", "If-None-Match", tag); got.Status != 304 {
		t.Errorf("what is known: %d", got.Status)
	}
	if got := m.Send(t, "GET "+path+"?fields=price", "", m.owner, "", "If-None-Match", tag); got.Status != 200 {
		t.Errorf("another part: %d", got.Status)
	}
	if got := m.Send(t, "PATCH "+path, `{"price":301}`, m.owner, "", "If-Match", tag); got.Status != 412 {
		t.Errorf("a write with the tag of a part: %d %s", got.Status, got.Text)
	}
}

// testPagesOfViews walks through parts of documents, and counts them.
func (m *market) testPagesOfViews(t *testing.T) {
	t.Helper()
	for i := range 5 {
		m.make(t, "products", fmt.Sprintf(`{"sku":"s%d","price":%d}`, i, i))
	}
	var seen []string
	for at := "/api/products?sort=price&fields=sku&limit=3&count=true"; at != ""; {
		page := m.Send(t, "GET "+at, "", m.owner, "")
		if page.Body["count"] != 7.0 || strings.Contains(page.Text, "countIsLowerBound") {
			t.Fatalf("counted: %s", page.Text)
		}
		for _, p := range page.List("products") {
			seen = append(seen, p["sku"].(string))
		}
		at, _, _ = strings.Cut(strings.TrimPrefix(page.Header.Get("Link"), "<"), ">")
	}
	if got := strings.Join(seen, " "); got != "s0 s1 s2 s3 s4 tea mug" {
		t.Errorf("seen are %s", got)
	}
	if got := m.Send(t, "GET /api/products?price[lt]=3&count=true&limit=1", "", m.owner, ""); got.Body["count"] != 3.0 {
		t.Errorf("counted: %s", got.Text)
	}
	if got := m.Send(t, "GET /api/products?count=false", "", m.owner, ""); strings.Contains(got.Text, `"count"`) {
		t.Errorf("not to be counted: %s", got.Text)
	}
}

// testComputedOnWrite: what is computed can be sent back as it was read, and not be set.
func (m *market) testComputedOnWrite(t *testing.T, path string) {
	t.Helper()
	read := m.Send(t, "GET "+path, "", m.owner, "")
	if got := m.Send(t, "PATCH "+path, read.Text, m.owner, "", "If-Match", read.Header.Get("ETag")); got.Status != 200 || got.Text != read.Text {
		t.Errorf("sent back: %d %s, read %s", got.Status, got.Text, read.Text)
	}
	if got := m.Send(t, "PATCH "+path, `{"label":"mine"}`, m.owner, "", "If-Match", "*"); got.Status != 422 {
		t.Errorf("set: %d %s", got.Status, got.Text)
	}
	if got := m.Send(t, "GET /api/products?sort=label", "", m.owner, ""); got.Status != 400 {
		t.Errorf("sorted by: %d %s", got.Status, got.Text)
	}
}
