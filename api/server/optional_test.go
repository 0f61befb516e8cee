package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
)

// optional are the members of a product that may be missing.
var optional = []string{"organic", "weight", "barcode", "batch", "serial"}

// testOptional leaves members out, gives them as null, as zero and as what is refused, and looks
// at what is stored, shown and found.
func (m *market) testOptional(t *testing.T) {
	coll := m.db.Collection("products")
	if _, err := coll.DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	of := func(doc bson.Raw) string {
		var has []string
		for _, name := range optional {
			if v, err := doc.LookupErr(name); err == nil {
				has = append(has, name+"="+v.String())
			}
		}
		return strings.Join(has, " ")
	}
	shown := func(got servertest.Response) string {
		var has []string
		for _, name := range optional {
			if v, ok := got.Body[name]; ok {
				has = append(has, fmt.Sprintf("%s=%v", name, v))
			}
		}
		return strings.Join(has, " ")
	}
	const zeros, noBytes = `"organic":false,"weight":0,"barcode":"","batch":"000000000000000000000000"`, `{"$binary":{"base64":"","subType":"00"}}`
	steps := []struct{ what, line, body, stored, shown string }{
		{"left out", "POST /api/products", `{"sku":"a","price":1}`, "", ""},
		{"left out again", "POST /api/products", `{"sku":"b","price":1}`, "", ""},
		{
			"zero", "POST /api/products", `{"sku":"c","price":0,` + zeros + `}`,
			`organic=false weight={"$numberDouble":"0.0"} barcode=` + noBytes + ` batch={"$oid":"000000000000000000000000"}`,
			"organic=false weight=0 barcode= batch=000000000000000000000000",
		},
		{"given", "PATCH /api/products/{a}", `{"weight":0,"organic":true}`, `organic=true weight={"$numberDouble":"0.0"}`, "organic=true weight=0"},
		{"removed", "PATCH /api/products/{a}", `{"weight":null}`, "organic=true", "organic=true"},
		{"removed again", "PATCH /api/products/{a}", `{"weight":null,"serial":null}`, "organic=true", "organic=true"},
		{"removed at last", "PATCH /api/products/{a}", `{"organic":null}`, "", ""},
	}
	// What is hidden is set by some, and shown to nobody.
	dear := m.make(t, "products", `{"sku":"dear","price":1,"cost":5}`)
	doc, err := coll.FindOne(t.Context(), bson.D{{Key: "sku", Value: "dear"}}).Raw()
	if err != nil || doc.Lookup("cost").Int64() != 5 || strings.Contains(dear.Text, "cost") {
		t.Errorf("%s, %v, shown as %s", doc, err, dear.Text)
	}
	clerk := m.Token(t, m.tenant, "clerk", "read", "write")
	if got := m.Send(t, "PATCH "+dear.Header.Get("Location"), `{"cost":6}`, clerk, "", "If-Match", "*"); got.Status != 403 {
		t.Errorf("a clerk sets the cost: %d %s", got.Status, got.Text)
	}
	if got := m.Send(t, "DELETE "+dear.Header.Get("Location"), "", m.owner, "", "If-Match", "*"); got.Status != 204 {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	ids := map[string]string{}
	fill := func(text string) string {
		for name, id := range ids {
			text = strings.ReplaceAll(text, "{"+name+"}", id)
		}
		return text
	}
	for _, step := range steps {
		got := m.Send(t, fill(step.line), step.body, m.owner, "", "If-Match", "*")
		if got.Status >= 300 {
			t.Errorf("%s: %d %s", step.what, got.Status, got.Text)
			continue
		}
		ids[got.Member("sku")] = got.Member("_id")
		doc, err := coll.FindOne(t.Context(), bson.D{{Key: "sku", Value: got.Body["sku"]}}).Raw()
		if err != nil {
			t.Fatal(err)
		}
		if have := of(doc); have != step.stored {
			t.Errorf("%s: stored are %s, want %s", step.what, have, step.stored)
		}
		if have := shown(got); have != step.shown {
			t.Errorf("%s: shown are %s, want %s", step.what, have, step.shown)
		}
		// As it is read, it is sent back, and changes nothing.
		back := m.Send(t, "PATCH /api/products/"+got.Member("_id"), got.Text, m.owner, "", "If-Match", got.Header.Get("ETag"))
		if back.Status != 200 || back.Header.Get("ETag") != got.Header.Get("ETag") {
			t.Errorf("%s, sent back: %d %s", step.what, back.Status, back.Text)
		}
	}
	for body, at := range map[string]string{`{"weight":-1}`: "/weight", `{"weight":""}`: "/weight", `{"organic":0}`: "/organic", `{"price":null}`: "/price", `{"barcode":"AA"}`: "/barcode"} {
		got := m.Send(t, fill("PATCH /api/products/{c}"), body, m.owner, "", "If-Match", "*")
		if errs := got.List("errors"); got.Status != 422 || len(errs) != 1 || errs[0]["pointer"] != at {
			t.Errorf("%s: %d %s", body, got.Status, got.Text)
		}
	}
	if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "sku", Value: "null"}, {Key: "price", Value: 1}, {Key: "weight", Value: nil}, {Key: "organic", Value: nil}}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"weight[exists]=true": "c", "weight[exists]=false": "a b null", "organic[exists]=true&organic=false": "c", "organic[exists]=true&organic=true": "", "organic=false": "c",
		"weight=0": "c", "weight[exists]=true&weight[gt]=0": "", "weight[exists]=true&sort=-weight": "c",
	} {
		got := m.Call(t, "GET /api/products?"+query, "", bearer(m.owner)...)
		var have []string
		for _, p := range got.List("products") {
			have = append(have, p["sku"].(string))
		}
		slices.Sort(have)
		if got.Status != 200 || strings.Join(have, " ") != want {
			t.Errorf("%s: %d %q, want %q", query, got.Status, have, want)
		}
	}
}
