package server_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
)

// sell makes a product with the attributes, and returns the response.
func (m *market) sell(t *testing.T, sku, attributes string) servertest.Response {
	t.Helper()
	return m.make(t, "products", fmt.Sprintf(`{"sku":%q,"price":1,"attributes":%s}`, sku, attributes))
}

// attributes returns the stored attributes of a product as Extended JSON, empty if it has none.
func (m *market) attributes(t *testing.T, sku string) string {
	t.Helper()
	doc, err := m.db.Collection("products").FindOne(t.Context(), bson.D{{Key: "sku", Value: sku}}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	return doc.Lookup("attributes").String()
}

// testAny changes a value of any type as RFC 7396 says, refuses what it must not hold, and lets
// several change it at once.
func (m *market) testAny(t *testing.T) {
	if _, err := m.db.Collection("products").DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	path := m.make(t, "products", `{"sku":"a","price":1}`).Header.Get("Location")
	for _, step := range []struct{ patch, stored string }{
		{`{}`, `{}`},
		{`null`, ``},
		{`{"color":"red","size":{"w":1,"h":2.5}}`, `{"color":"red","size":{"w":1,"h":2.5}}`},
		{`{"size":{"h":null,"d":3,"x":null},"tags":[1,{"a":null}]}`, `{"color":"red","size":{"w":1,"d":3},"tags":[1,{"a":null}]}`},
		{`{"tags":{"0":"y"},"size":null}`, `{"color":"red","tags":{"0":"y"}}`},
		{`{"color":{},"more":{"a":null,"b":{"c":null}}}`, `{"color":{},"tags":{"0":"y"},"more":{"b":{}}}`},
		{`{"more":{"b":{"c":{"d":{"$date":"2026-01-31T08:30:00Z"}}}}}`, `{"color":{},"tags":{"0":"y"},"more":{"b":{"c":{"d":{"$date":"2026-01-31T08:30:00Z"}}}}}`},
		{`{"more":{"b":{"c":{"$oid":"5f0000000000000000000001"}}}}`, `{"color":{},"tags":{"0":"y"},"more":{"b":{"c":{"$oid":"5f0000000000000000000001"}}}}`},
		{`7`, `7`},
		{`{"a":{"b":null},"__proto__":{"x":1}}`, `{"a":{},"__proto__":{"x":1}}`},
		{`[null,{"a":null}]`, `[null,{"a":null}]`},
		{`{}`, `{}`},
		{`null`, ``},
		{`{"b":{"$numberLong":"9007199254740993"}}`, `{"b":9007199254740993}`},
	} {
		got := m.Send(t, "PATCH "+path, `{"attributes":`+step.patch+`}`, m.owner, "", "If-Match", "*")
		if have := normal(t, m.attributes(t, "a")); got.Status != 200 || have != normal(t, step.stored) {
			t.Errorf("%s: %d %.200s\nstored are %s, want %s", step.patch, got.Status, got.Text, have, step.stored)
		}
		// As it is read, it is sent back, and changes nothing.
		back := m.Send(t, "PATCH "+path, got.Text, m.owner, "", "If-Match", got.Header.Get("ETag"))
		if back.Status != 200 || back.Header.Get("ETag") != got.Header.Get("ETag") {
			t.Errorf("%s, sent back: %d %s", step.patch, back.Status, back.Text)
		}
	}
	m.testAnyRefused(t, path)
	m.testAnyAtOnce(t)
}

// normal returns Extended JSON in one form.
func normal(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	var doc bson.Raw
	if err := bson.UnmarshalExtJSON([]byte(`{"v":`+text+`}`), false, &doc); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	relaxed, err := bson.MarshalExtJSON(doc, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(relaxed)
}

func (m *market) testAnyRefused(t *testing.T, path string) {
	deep := strings.Repeat(`{"a":`, 29)
	for attributes, want := range map[string]string{
		`{"$where":"1"}`:                      "/attributes/$where entry_name",
		`{"a":{"$where":"1"}}`:                "/attributes/a/$where entry_name",
		`{"a":1,"$set":{"price":0}}`:          "/attributes/$set entry_name",
		`{"a.b":null}`:                        "/attributes/a.b entry_name",
		`{"a":[{"b.c":1}]}`:                   "/attributes/a/0/b.c entry_name",
		`{"":1}`:                              "/attributes/ entry_name",
		`{"a\u0000":1}`:                       "/attributes/a\x00 entry_name",
		`{"a":1,"a":2}`:                       "/attributes/a duplicate_member",
		`{"a":{"$oid":1}}`:                    "/attributes/a/$oid type",
		`{"$date":{"$numberLong":"x"}}`:       "/attributes/$date/$numberLong format",
		`1e999`:                               "/attributes type",
		`"` + strings.Repeat("x", 4092) + `"`: "/attributes too_long",
		deep + `{"$oid":"5f0000000000000000000001"}` + strings.Repeat("}", 29): "/attributes" + strings.Repeat("/a", 29) + " too_deep",
	} {
		for line, body := range map[string]string{"POST /api/products": `{"sku":"refused","price":1,"attributes":` + attributes + `}`, "PATCH " + path: `{"attributes":` + attributes + `}`} {
			got := m.Send(t, line, body, m.owner, "", "If-Match", "*")
			have := ""
			for _, e := range got.List("errors") {
				have += fmt.Sprintf("%s %s", e["pointer"], e["code"])
			}
			if got.Status != 422 || have != want {
				t.Errorf("%s %.80s: %d %q, want %q", line, attributes, got.Status, have, want)
			}
		}
	}
	for what, body := range map[string]string{"too deep": `{"attributes":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, "not UTF-8": "{\"attributes\":\"\xff\"}"} {
		if got := m.Send(t, "PATCH "+path, body, m.owner, "", "If-Match", "*"); got.Status != 400 {
			t.Errorf("%s: %d %s", what, got.Status, got.Text)
		}
	}
	if got := m.Call(t, "GET /api/products?attributes=1", "", bearer(m.owner)...); got.Status != 400 {
		t.Errorf("a filter: %d %s", got.Status, got.Text)
	}
	// Merged bit by bit it does not grow beyond its bound either.
	for i, want := range []int{200, 200, 422} {
		body := fmt.Sprintf(`{"attributes":{"grown%d":%q}}`, i, strings.Repeat("x", 1800))
		if got := m.Send(t, "PATCH "+path, body, m.owner, "", "If-Match", "*"); got.Status != want {
			t.Errorf("grown %d times: %d %s", i, got.Status, got.Text)
		}
	}
}

// testAnyAtOnce lets each of several change a member of their own.
func (m *market) testAnyAtOnce(t *testing.T) {
	path := m.sell(t, "shared", `{"kept":true,"by":{}}`).Header.Get("Location")
	const writers, rounds = 4, 5
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range rounds {
				body := fmt.Sprintf(`{"attributes":{"by":{"w%d":{"n":%d,"r%[2]d":1}}}}`, w, i)
				if got := m.Send(t, "PATCH "+path, body, m.owner, "", "If-Match", "*"); got.Status != 200 {
					t.Errorf("%s: %d %s", body, got.Status, got.Text)
				}
			}
		})
	}
	wg.Wait()
	var stored struct {
		Attributes struct {
			Kept bool                      `bson:"kept"`
			By   map[string]map[string]int `bson:"by"`
		} `bson:"attributes"`
	}
	if err := m.db.Collection("products").FindOne(t.Context(), bson.D{{Key: "sku", Value: "shared"}}).Decode(&stored); err != nil {
		t.Fatal(err)
	}
	for w := range writers {
		if by := stored.Attributes.By[fmt.Sprintf("w%d", w)]; !stored.Attributes.Kept || len(by) != rounds+1 || by["n"] != rounds-1 {
			t.Errorf("writer %d: %v", w, by)
		}
	}
}

// testEveryType shows what other programs have stored, and takes it back.
func (m *market) testEveryType(t *testing.T) {
	coll := m.db.Collection("products")
	if _, err := coll.DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	subtypes := bson.A{}
	for subtype := range 256 {
		subtypes = append(subtypes, bson.Binary{Subtype: byte(subtype), Data: []byte{1}})
	}
	values := bson.D{
		{Key: "text", Value: "a\x00b"}, {Key: "no", Value: false}, {Key: "int32", Value: int32(-1)}, {Key: "int64", Value: int64(math.MinInt64)},
		{Key: "double", Value: 7.0}, {Key: "nan", Value: math.NaN()}, {Key: "infinity", Value: math.Inf(-1)},
		{Key: "decimal", Value: bson.NewDecimal128(0x3040000000000000, 7)}, {Key: "smallest", Value: bson.Decimal128{}},
		{Key: "id", Value: bson.NewObjectID()}, {Key: "date", Value: bson.DateTime(7)}, {Key: "far", Value: bson.DateTime(math.MaxInt64)}, {Key: "long ago", Value: bson.DateTime(-7)},
		{Key: "subtypes", Value: subtypes}, {Key: "time", Value: bson.Timestamp{T: 1, I: 2}}, {Key: "regex", Value: bson.Regex{Pattern: "^a", Options: "i"}},
		{Key: "code", Value: bson.JavaScript("f()")}, {Key: "scope", Value: bson.CodeWithScope{Code: "f()", Scope: bson.D{{Key: "a", Value: int32(1)}}}}, {Key: "symbol", Value: bson.Symbol("s")},
		{Key: "pointer", Value: bson.DBPointer{DB: "c", Pointer: bson.NewObjectID()}}, {Key: "undefined", Value: bson.Undefined{}}, {Key: "null", Value: nil},
		{Key: "least", Value: bson.MinKey{}}, {Key: "greatest", Value: bson.MaxKey{}},
	}
	foreign := bson.D{
		{Key: "$where", Value: 1}, {Key: "a.b", Value: bson.D{{Key: "", Value: 2}}}, {Key: "$ref", Value: "c"}, {Key: "plain", Value: 3},
	}
	stored := map[string]any{"values": values, "foreign": foreign}
	for _, e := range values {
		stored[e.Key] = e.Value
	}
	for sku, v := range stored {
		if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "sku", Value: sku}, {Key: "price", Value: 1}, {Key: "attributes", Value: v}}); err != nil {
			t.Fatal(err)
		}
	}
	list := m.Call(t, "GET /api/products?limit=100", "", bearer(m.owner)...)
	if got := list.List("products"); list.Status != 200 || len(got) != len(stored) || list.Body["invalid"] != nil {
		t.Fatalf("%d of %d are listed: %.400s", len(got), len(stored), list.Text)
	}
	for _, p := range list.List("products") {
		sku, path := p["sku"].(string), "/api/products/"+p["_id"].(string)
		shown := m.Call(t, "GET "+path, "", bearer(m.owner)...)
		before := m.attributes(t, sku)
		back := m.Send(t, "PATCH "+path, shown.Text, m.owner, "", "If-Match", shown.Header.Get("ETag"))
		if back.Status != 200 || back.Header.Get("ETag") != shown.Header.Get("ETag") || m.attributes(t, sku) != before {
			t.Errorf("%s, sent back: %d %s", sku, back.Status, back.Text)
		}
		var doc map[string]json.RawMessage
		if err := json.Unmarshal([]byte(shown.Text), &doc); err != nil {
			t.Fatal(err)
		}
		if attributes, has := doc["attributes"]; has && sku != "foreign" {
			m.sell(t, sku+" again", string(attributes))
			if again := m.attributes(t, sku+" again"); again != before {
				t.Errorf("%s is stored again as %s, was %s", sku, again, before)
			}
		} else if has == (sku == "null" || sku == "undefined") {
			t.Errorf("%s: %s", sku, shown.Text)
		}
	}
	// Beside names that no request can reach others are changed.
	path := ""
	for _, p := range list.List("products") {
		if p["sku"] == "foreign" {
			path = "/api/products/" + p["_id"].(string)
		}
	}
	got := m.Send(t, "PATCH "+path, `{"attributes":{"plain":4,"new":{"x":1}}}`, m.owner, "", "If-Match", "*")
	if have := m.attributes(t, "foreign"); got.Status != 200 || !strings.Contains(have, `"$where"`) || !strings.Contains(have, `"a.b"`) || !strings.Contains(have, `"x"`) {
		t.Errorf("changed beside: %d %s, %s", got.Status, got.Text, have)
	}
}
