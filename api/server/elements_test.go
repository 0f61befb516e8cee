package server_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// cart is a stored cart, and the path of its items.
type cart struct {
	*market
	id    bson.ObjectID
	items string
}

// The _ids of stored items, and one of nobody's.
const (
	tea    = "5f00000000000000000000a1"
	coffee = "5f00000000000000000000a2"
	nobody = "5f00000000000000000000ff"
)

// legacyCart is a cart as another program left it: it knows units, and has items without an _id.
const legacyCart = `{"customer":"ida","items":[
	{"_id":{"$oid":"` + tea + `"},"name":"tea","unit":"bag","wrap":{"paper":"red","tape":1},"remarks":[{"text":"hot","by":"ida"}]},
	{"_id":{"$oid":"` + coffee + `"},"name":"coffee","quantity":2,"unit":"can"}],
	"__v":3}`

// cart stores a cart, as Extended JSON.
func (m *market) cart(t *testing.T, text string) *cart {
	t.Helper()
	c := &cart{market: m, id: bson.NewObjectID()}
	var doc bson.D
	if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
		t.Fatal(err)
	}
	if _, err := m.db.Collection("carts").InsertOne(t.Context(), append(bson.D{{Key: "_id", Value: c.id}}, doc...)); err != nil {
		t.Fatal(err)
	}
	c.items = "/api/carts/" + c.id.Hex() + "/items"
	return c
}

func (c *cart) path() string { return "/api/carts/" + c.id.Hex() }

// stored returns a member of the cart as Extended JSON without spaces.
func (c *cart) stored(t *testing.T, member string) string {
	t.Helper()
	doc, err := c.db.Collection("carts").FindOne(t.Context(), bson.D{{Key: "_id", Value: c.id}}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(doc.Lookup(strings.Split(member, ".")...).String(), " ", "")
}

// expect sends a request, and looks at its status, its code and where the problems are.
func (c *cart) expect(t *testing.T, line, body string, status int, code, at string, headers ...string) servertest.Response {
	t.Helper()
	got := c.Send(t, line, body, c.owner, "", headers...)
	var where []string
	for _, e := range got.List("errors") {
		where = append(where, fmt.Sprint(e["pointer"]))
	}
	if got.Status != status || got.Code() != code || strings.Join(where, " ") != at {
		t.Errorf("%s %.200s: %d %.600s, want %d %s at %q", line, body, got.Status, got.Text, status, code, at)
	}
	return got
}

// whatever is the header of a write that takes the document as it is.
var whatever = []string{"If-Match", "*"}

func (m *market) testElements(t *testing.T) {
	t.Run("made", m.testElementsMade)
	t.Run("written back", m.testWrittenBack)
	t.Run("without an identity", m.testWouldLose)
	t.Run("resources", m.testElementResources)
	t.Run("refused", m.testElementsRefused)
	t.Run("of who may", m.testElementRights)
	t.Run("checked", m.testElementFindings)
	t.Run("at once", m.testElementsAtOnce)
	t.Run("many", m.testManyElements)
}

// testElementsMade creates carts whose items have no _id, an _id of their own, and the same.
func (m *market) testElementsMade(t *testing.T) {
	c := &cart{market: m}
	made := c.expect(t, "POST /api/carts", `{"items":[{"name":"tea"},{"_id":"`+coffee+`","name":"coffee"},{"name":"milk"}]}`, 201, "", "")
	items := made.List("items")
	if len(items) != 3 || items[1]["_id"] != coffee {
		t.Fatalf("made are %s", made.Text)
	}
	for _, i := range []int{0, 2} {
		if _, err := bson.ObjectIDFromHex(fmt.Sprint(items[i]["_id"])); err != nil {
			t.Errorf("the _id of item %d is %v", i, items[i]["_id"])
		}
	}
	for body, at := range map[string]string{
		`{"items":[{"_id":"` + tea + `","name":"a"},{"name":"b"},{"_id":"` + tea + `","name":"c"}]}`:                     "/items/2/_id",
		`{"items":[{"_id":"tea","name":"a"},{"_id":7,"name":"b"},{"_id":"` + strings.Repeat("0", 24) + `","name":"c"}]}`: "/items/0/_id /items/1/_id /items/2/_id",
		`{"items":[{"name":"a","parts":[{"_id":"` + tea + `"},{"_id":"` + tea + `"}]}]}`:                                 "/items/0/parts/1/_id",
		`{"items":[{}]}`: "/items/0/name",
	} {
		c.expect(t, "POST /api/carts", body, 422, "validation_failed", at)
	}
	// An _id is unique within its list, not beyond it.
	c.expect(t, "POST /api/carts", `{"items":[{"_id":"`+coffee+`","name":"a","parts":[{"_id":"`+coffee+`"}]}],"gifts":[{"_id":"`+coffee+`","name":"b"}]}`, 201, "", "")
}

// testWrittenBack sends lists as a whole: what the schema does not know stays with the elements
// that have the same _id.
func (m *market) testWrittenBack(t *testing.T) {
	c := m.cart(t, legacyCart)
	read := c.expect(t, "GET "+c.path(), "", 200, "", "")
	same := c.expect(t, "PATCH "+c.path(), read.Text, 200, "", "", "If-Match", read.Header.Get("ETag"))
	if same.Header.Get("ETag") != read.Header.Get("ETag") {
		t.Error("sent back as it was read, it is a revision")
	}
	c.expect(t, "PATCH "+c.path(), `{"items":[{"name":"milk"},{"_id":"`+coffee+`","name":"espresso"},{"_id":"`+tea+`","name":"tea","wrap":{"paper":"blue"},"remarks":[{"text":"hot"}]}]}`, 200, "", "", whatever...)
	items := c.stored(t, "items")
	for _, want := range []string{
		`"name":"espresso","quantity":{"$numberLong":"1"},"unit":"can"}`, `"wrap":{"paper":"blue","tape":{"$numberInt":"1"}}`,
		`"remarks":[{"text":"hot","by":"ida"}]`, `"unit":"bag"`, `"name":"milk"`,
	} {
		if !strings.Contains(items, want) {
			t.Errorf("stored are %s, without %s", items, want)
		}
	}
	if v := c.stored(t, "__v"); v != `{"$numberInt":"3"}` {
		t.Errorf("__v is %s", v)
	}
	c.expect(t, "PATCH "+c.path(), `{"items":[{"_id":"`+tea+`","name":"tea"},{"_id":"`+tea+`","name":"tea"}]}`, 422, "validation_failed", "/items/1/_id", whatever...)
	// Elements that are left out, and a list that is removed, are meant to go.
	c.expect(t, "PATCH "+c.path(), `{"items":[{"_id":"`+tea+`","name":"tea","remarks":[{"text":"hot"}]}]}`, 200, "", "", whatever...)
	c.expect(t, "PATCH "+c.path(), `{"items":null}`, 200, "", "", whatever...)

	fixed := m.cart(t, `{"items":[{"_id":{"$oid":"`+tea+`"},"name":"tea","sku":"t1"},{"_id":{"$oid":"`+coffee+`"},"name":"coffee"}]}`)
	fixed.expect(t, "PATCH "+fixed.path(), `{"items":[{"_id":"`+coffee+`","name":"coffee","sku":"c1"},{"_id":"`+tea+`","name":"tea","sku":"t2"}]}`, 422, "validation_failed", "/items/1/sku", whatever...)
	fixed.expect(t, "PATCH "+fixed.path(), `{"items":[{"_id":"`+coffee+`","name":"coffee","sku":"c1"},{"_id":"`+tea+`","name":"black tea"}]}`, 200, "", "", whatever...)
	if items := fixed.stored(t, "items"); !strings.Contains(items, `"sku":"c1"`) || !strings.Contains(items, `"sku":"t1"`) {
		t.Errorf("what cannot be changed has become %s", items)
	}

	old := m.cart(t, `{"items":[{"name":"tea","unit":"bag"},null,{"name":"coffee","unit":"can"}]}`)
	read = old.expect(t, "GET "+old.path(), "", 200, "", "")
	if _, has := read.List("items")[0]["_id"]; has {
		t.Errorf("an element without an _id reads as %s", read.Text)
	}
	old.expect(t, "PATCH "+old.path(), `{"items":[{"name":"green tea"},{"name":"coffee"}]}`, 409, "would_lose", "/items/0/unit /items/2/unit", whatever...)
	old.expect(t, "PATCH "+old.path(), `{"items":[{"name":"tea","quantity":1},{"name":"","quantity":1},{"name":"coffee"},{"name":"milk"}]}`, 422, "validation_failed", "/items/1/name", whatever...)
	kept := m.cart(t, `{"items":[{"name":"tea","unit":"bag"},{"name":"coffee","unit":"can"}]}`)
	kept.expect(t, "PATCH "+kept.path(), `{"items":[{"name":"tea","quantity":1},{"name":"coffee"},{"name":"milk"}]}`, 200, "", "", whatever...)
	items = kept.stored(t, "items")
	if strings.Count(items, `"unit"`) != 2 || strings.Count(items, `"_id"`) != 3 {
		t.Errorf("stored are %s", items)
	}
}

// testWouldLose replaces lists whose elements nothing identifies.
func (m *market) testWouldLose(t *testing.T) {
	c := m.cart(t, `{"remarks":[{"text":"hot"},{"text":"cold","by":"ida","at":{"x":1}}],"coupons":{"a":[{"text":"1","until":1}]},"items":[{"_id":{"$oid":"`+tea+`"},"name":"tea","remarks":[{"text":"hot","by":"ida"}]}]}`)
	for _, test := range []struct{ body, at string }{
		{`{"remarks":[]}`, "/remarks/1/by /remarks/1/at"},
		{`{"remarks":[{"text":"warm"},{"text":"cold"}]}`, "/remarks/1/by /remarks/1/at"},
		{`{"coupons":{"a":[{"text":"2"}]}}`, "/coupons/a/0/until"},
		{`{"items":[{"_id":"` + tea + `","name":"tea","remarks":[{"text":"iced"}]}]}`, "/items/0/remarks/0/by"},
	} {
		before := c.stored(t, "items") + c.stored(t, "remarks") + c.stored(t, "coupons")
		c.expect(t, "PATCH "+c.path(), test.body, 409, "would_lose", test.at, whatever...)
		if after := c.stored(t, "items") + c.stored(t, "remarks") + c.stored(t, "coupons"); after != before {
			t.Errorf("%s: stored are %s", test.body, after)
		}
	}
	c.expect(t, "PATCH "+c.items+"/"+tea, `{"remarks":[{"text":"iced"}]}`, 409, "would_lose", "/remarks/0/by", whatever...)
	c.expect(t, "PATCH "+c.path(), `{"customer":"uwe","remarks":[{"text":"hot"},{"text":"cold"}]}`, 200, "", "", whatever...)
	if remarks := c.stored(t, "remarks"); !strings.Contains(remarks, `"by"`) {
		t.Errorf("what reads as before has become %s", remarks)
	}
	c.expect(t, "PATCH "+c.path(), `{"coupons":{"a":null,"b":[{"text":"2"}]}}`, 200, "", "", whatever...)
	c.expect(t, "PATCH "+c.path(), `{"remarks":null}`, 200, "", "", whatever...)
	c.expect(t, "PATCH "+c.path(), `{"remarks":[{"text":"warm"}]}`, 200, "", "", whatever...)
	c.expect(t, "PATCH "+c.path(), `{"remarks":[]}`, 200, "", "", whatever...)
}

// testElementResources reads and writes items one by one.
func (m *market) testElementResources(t *testing.T) {
	product := m.make(t, "products", `{"sku":"`+bson.NewObjectID().Hex()+`","price":1}`).Member("_id")
	c := m.cart(t, legacyCart)
	doc := c.expect(t, "GET "+c.path(), "", 200, "", "")
	tag := doc.Header.Get("ETag")
	all := c.expect(t, "GET "+c.items, "", 200, "", "")
	if all.Member("message") != "Items found successfully" || len(all.List("items")) != 2 || all.Header.Get("ETag") != tag {
		t.Errorf("all are %s %s", all.Text, all.Header.Get("ETag"))
	}
	one := c.expect(t, "GET "+c.items+"/"+tea, "", 200, "", "")
	if one.Header.Get("ETag") != tag || !strings.Contains(doc.Text, one.Text) || one.Member("name") != "tea" {
		t.Errorf("one is %s %s, the document %s", one.Text, one.Header.Get("ETag"), doc.Text)
	}
	c.expect(t, "HEAD "+c.items, "", 200, "", "")
	c.expect(t, "HEAD "+c.items+"/"+nobody, "", 404, "", "")
	c.expect(t, "GET "+c.items, "", 304, "", "", "If-None-Match", tag)
	c.expect(t, "GET "+c.items+"/"+tea, "", 304, "", "", "If-None-Match", tag)
	c.expect(t, "GET "+c.items+"/"+tea, "", 412, "stale", "", "If-Match", `"9-9"`)

	made := c.expect(t, "POST "+c.items, `{"name":" milk ","product":"`+product+`"}`, 201, "", "")
	location := made.Header.Get("Location")
	if location != c.items+"/"+made.Member("_id") || made.Member("name") != "milk" || made.Header.Get("ETag") == tag {
		t.Errorf("made is %s at %s", made.Text, location)
	}
	if read := c.expect(t, "GET "+location, "", 200, "", ""); read.Text != made.Text || read.Header.Get("ETag") != made.Header.Get("ETag") {
		t.Errorf("made is %s, read %s", made.Text, read.Text)
	}
	c.expect(t, "POST "+c.items, `{"name":"more"}`, 412, "stale", "", "If-Match", tag)
	tag = made.Header.Get("ETag")
	changed := c.expect(t, "PATCH "+c.items+"/"+tea, `{"name":"green tea","quantity":3,"wrap":{"bows":2},"extra":{"a":1}}`, 200, "", "", "If-Match", tag)
	if changed.Member("name") != "green tea" || changed.Header.Get("ETag") == tag {
		t.Errorf("changed is %s", changed.Text)
	}
	items := c.stored(t, "items")
	for _, want := range []string{`"unit":"bag"`, `"paper":"red","tape":{"$numberInt":"1"},"bows":{"$numberLong":"2"}`, `"remarks":[{"text":"hot","by":"ida"}]`, `"extra":{"a":{"$numberInt":"1"}}`, `"unit":"can"`} {
		if !strings.Contains(items, want) {
			t.Errorf("stored are %s, without %s", items, want)
		}
	}
	back := c.expect(t, "PATCH "+c.items+"/"+tea, changed.Text, 200, "", "", "If-Match", changed.Header.Get("ETag"))
	if back.Text != changed.Text || back.Header.Get("ETag") != changed.Header.Get("ETag") {
		t.Errorf("sent back, it is %s", back.Text)
	}
	merged := c.expect(t, "PATCH "+c.items+"/"+tea, `{"wrap":null,"extra":{"b":2},"quantity":null}`, 200, "", "", "If-Match", back.Header.Get("ETag"))
	if strings.Contains(merged.Text, "wrap") || !strings.Contains(merged.Text, `"extra":{"a":1,"b":2}`) || !strings.Contains(merged.Text, `"quantity":1`) {
		t.Errorf("merged is %s", merged.Text)
	}
	gone := c.expect(t, "DELETE "+location, "", 204, "", "", "If-Match", merged.Header.Get("ETag"))
	if now := c.expect(t, "GET "+c.path(), "", 200, "", ""); now.Header.Get("ETag") != gone.Header.Get("ETag") || len(now.List("items")) != 2 {
		t.Errorf("afterwards it is %s %s, answered was %s", now.Header.Get("ETag"), now.Text, gone.Header.Get("ETag"))
	}
	c.expect(t, "DELETE "+location, "", 404, "element_not_found", "", whatever...)

	for _, empty := range []string{`{}`, `{"items":null}`} {
		c := m.cart(t, empty)
		if got := c.expect(t, "GET "+c.items, "", 200, "", ""); !strings.HasSuffix(got.Text, `"items":[]}`) {
			t.Errorf("%s: items are %s", empty, got.Text)
		}
		c.expect(t, "GET "+c.items+"/"+tea, "", 404, "element_not_found", "")
		c.expect(t, "PATCH "+c.items+"/"+tea, `{"name":"x"}`, 404, "element_not_found", "", whatever...)
		c.expect(t, "POST "+c.items, `{"name":"first"}`, 201, "", "")
	}
}

// testElementsRefused asks for what must not be.
func (m *market) testElementsRefused(t *testing.T) {
	c, other := m.cart(t, legacyCart), m.cart(t, `{"items":[{"_id":{"$oid":"`+nobody+`"},"name":"theirs"}]}`)
	misfit, twice := m.cart(t, `{"customer":7,"items":[{"_id":{"$oid":"`+tea+`"},"name":"tea"}]}`), m.cart(t, `{"items":[{"_id":"tea","name":"tea"}]}`)
	one, none, lost := c.items+"/"+tea, c.items+"/"+nobody, "/api/carts/"+nobody+"/items"
	before := c.stored(t, "items")
	for _, test := range []struct {
		line, body string
		status     int
		code, at   string
		headers    []string
	}{
		{"PATCH " + one, `{"name":"x"}`, 428, "if_match_required", "", nil},
		{"PATCH " + one, `{"name":"x"}`, 412, "stale", "", []string{"If-Match", `"9-9"`}},
		{"DELETE " + one, "", 428, "if_match_required", "", nil},
		{"DELETE " + one, "", 412, "stale", "", []string{"If-Match", `"9-9"`}},
		{"GET " + none, "", 404, "element_not_found", "", nil},
		{"PATCH " + none, `{"name":"x"}`, 404, "element_not_found", "", whatever},
		{"DELETE " + none, "", 404, "element_not_found", "", whatever},
		{"GET " + lost, "", 404, "not_found", "", nil},
		{"POST " + lost, `{"name":"x"}`, 404, "not_found", "", nil},
		{"DELETE " + lost + "/" + tea, "", 404, "not_found", "", whatever},
		{"GET " + c.items + "/7", "", 400, "id_invalid", "", nil},
		{"GET /api/carts/7/items", "", 400, "id_invalid", "", nil},
		{"GET " + c.items + "?limit=1", "", 400, "query_invalid", "limit", nil},
		{"GET " + one + "?expand=product", "", 400, "query_invalid", "expand", nil},
		{"POST " + c.items + "?x=1", `{"name":"x"}`, 400, "query_invalid", "x", nil},
		{"POST " + c.items, `{"name":`, 400, "body_invalid", "", nil},
		{"POST " + c.items, `[]`, 400, "body_invalid", "", nil},
		{"POST " + c.items, `{"quantity":0,"color":"red","product":"x"}`, 422, "validation_failed", "/color /product /name /quantity", nil},
		{"POST " + c.items, `{"name":"x","_id":"` + coffee + `"}`, 422, "validation_failed", "/_id", nil},
		{"POST " + c.items, `{"name":"x","product":"` + nobody + `"}`, 422, "validation_failed", "/product", nil},
		{"PATCH " + one, `{"_id":"` + nobody + `"}`, 422, "validation_failed", "/_id", whatever},
		{"PATCH " + one, `{"_id":null}`, 422, "validation_failed", "/_id", whatever},
		{"PATCH " + one, `{"sku":"x","name":null,"quantity":0}`, 422, "validation_failed", "/sku /name /quantity", whatever},
		{"PATCH " + one, `{"product":"` + nobody + `"}`, 422, "validation_failed", "/product", whatever},
		{"PATCH " + one, `{"parts":[{"_id":"` + tea + `"},{"_id":"` + tea + `"}]}`, 422, "validation_failed", "/parts/1/_id", whatever},
		{"PUT " + one, `{}`, 405, "method_not_allowed", "", whatever},
		{"DELETE " + c.items, "", 405, "method_not_allowed", "", whatever},
		{"GET " + c.path() + "/remarks", "", 404, "route_not_found", "", nil},
		{"GET " + c.path() + "/drawer", "", 404, "route_not_found", "", nil},
		{"POST " + c.path() + "/visits", `{"note":"x"}`, 405, "method_not_allowed", "", nil},
		{"PATCH " + c.path() + "/visits/" + tea, `{"note":"x"}`, 405, "method_not_allowed", "", whatever},
		{"GET " + c.path() + "/visits", "", 200, "", "", nil},
		{"GET " + misfit.items, "", 409, "document_invalid", "/customer", nil},
		{"POST " + misfit.items, `{"name":"x"}`, 409, "document_invalid", "/customer", nil},
		{"PATCH " + misfit.items + "/" + tea, `{"name":"x"}`, 409, "document_invalid", "/customer", whatever},
		{"DELETE " + misfit.items + "/" + tea, "", 409, "document_invalid", "/customer", whatever},
		{"GET " + twice.items, "", 409, "document_invalid", "/items/0/_id", nil},
		{"POST " + c.path() + "/gifts", `{"name":"x"}`, 201, "", "", nil},
		{"POST " + c.path() + "/gifts", `{"name":"x"}`, 201, "", "", nil},
		{"POST " + c.path() + "/gifts", `{"name":"x"}`, 422, "validation_failed", "/gifts", nil},
	} {
		c.expect(t, test.line, test.body, test.status, test.code, test.at, test.headers...)
	}
	if after := c.stored(t, "items"); after != before {
		t.Errorf("stored are %s", after)
	}
	if name := other.stored(t, "items.0.name"); name != `"theirs"` {
		t.Errorf("another cart's is %s", name)
	}
	gifts := c.expect(t, "GET "+c.path()+"/gifts", "", 200, "", "").List("gifts")
	c.expect(t, fmt.Sprint("DELETE ", c.path(), "/gifts/", gifts[0]["_id"]), "", 204, "", "", whatever...)
	c.expect(t, fmt.Sprint("DELETE ", c.path(), "/gifts/", gifts[1]["_id"]), "", 422, "validation_failed", "/gifts", whatever...)
	repeated := m.cart(t, `{"items":[{"_id":{"$oid":"`+tea+`"},"name":"a"},{"_id":{"$oid":"`+tea+`"},"name":"b"}]}`)
	if got := repeated.expect(t, "GET "+repeated.items+"/"+tea, "", 200, "", ""); got.Member("name") != "a" {
		t.Errorf("of two, it is %s", got.Text)
	}
	repeated.expect(t, "DELETE "+repeated.items+"/"+tea, "", 204, "", "", whatever...)
	if items := repeated.stored(t, "items"); items != "[]" {
		t.Errorf("of two that were removed stay %s", items)
	}
}

// testElementRights has callers with other rights ask.
func (m *market) testElementRights(t *testing.T) {
	c := m.cart(t, legacyCart)
	lines := map[string]string{
		"GET " + c.items: "", "GET " + c.items + "/" + tea: "", "POST " + c.items: `{"name":"x"}`,
		"PATCH " + c.items + "/" + tea: `{"name":"x"}`, "DELETE " + c.items + "/" + coffee: "",
	}
	for line, body := range lines {
		reads := strings.HasPrefix(line, "GET")
		for _, caller := range []struct {
			permission string
			may        bool
		}{{"read", reads}, {"delete", false}, {"write", !reads}} {
			got := m.Send(t, line, body, m.Token(t, m.tenant, "clerk", caller.permission), "", whatever...)
			if may := got.Status < 300; may != caller.may || !may && got.Status != 403 {
				t.Errorf("%s with %s: %d %s", line, caller.permission, got.Status, got.Text)
			}
		}
		if got := m.Send(t, line, body, m.stranger, "", whatever...); got.Status != 404 {
			t.Errorf("%s by a stranger: %d %s", line, got.Status, got.Text)
		}
		if got := m.Send(t, line, body, "", "", whatever...); got.Status != 401 {
			t.Errorf("%s by nobody: %d %s", line, got.Status, got.Text)
		}
	}
	clerk := m.Token(t, m.tenant, "clerk", "read", "write")
	if got := m.Send(t, "POST "+c.path()+"/gifts", `{"name":7}`, clerk, ""); got.Status != 403 {
		t.Errorf("a gift by a clerk: %d %s", got.Status, got.Text)
	}
}

// insist sends a request until it is not in others' way any more, or too late.
func (c *cart) insist(t *testing.T, line, body string, headers ...string) {
	t.Helper()
	got := c.Send(t, line, body, c.owner, "", headers...)
	tries := 1
	for ; got.Status == 503; tries++ {
		got = c.Send(t, line, body, c.owner, "", headers...)
	}
	wasDone := tries > 1 && (got.Status == 404 || got.Status == 422) // by a request that was too late to be answered
	if got.Status >= 300 && !wasDone {
		t.Errorf("%s %s: %d %.400s", line, body, got.Status, got.Text)
	}
}

// testElementFindings has documents checked: an _id that repeats is a finding, one that is
// missing is none.
func (m *market) testElementFindings(t *testing.T) {
	if _, err := m.db.Collection("carts").DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	m.cart(t, `{"items":[{"name":"tea"},{"name":"tea","_id":null}]}`)
	check := func() string {
		cmd := exec.CommandContext(t.Context(), filepath.Join(m.dir, "bin", "tenantctl"), "documents", "check", "--strict", "--tenant", "acme", "--output", "json")
		cmd.Dir, cmd.Env = m.dir, append(os.Environ(), m.env...)
		out, err := cmd.Output()
		if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
			t.Fatal(err)
		}
		return string(out)
	}
	if found := check(); strings.Contains(found, "carts") {
		t.Errorf("of elements without an _id it says %s", found)
	}
	m.cart(t, `{"items":[{"_id":{"$oid":"`+tea+`"},"name":"a"},{"_id":{"$oid":"`+tea+`"},"name":"b"}]}`)
	if found := check(); !strings.Contains(found, "carts") || !strings.Contains(found, "is the _id of another element of the list") {
		t.Errorf("of an _id that repeats it says %s", found)
	}
}

// testElementsAtOnce adds, changes and removes items of one cart at the same time.
func (m *market) testElementsAtOnce(t *testing.T) {
	const writers = 64
	c := m.cart(t, legacyCart)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() { c.insist(t, "POST "+c.items, fmt.Sprintf(`{"_id":"%024x","name":"n%d"}`, i+1, i)) })
	}
	all.Go(func() { c.insist(t, "PATCH "+c.items+"/"+tea, `{"name":"changed"}`, whatever...) })
	all.Go(func() { c.insist(t, "DELETE "+c.items+"/"+coffee, "", whatever...) })
	all.Wait()
	items := c.stored(t, "items")
	if n := len(c.expect(t, "GET "+c.items, "", 200, "", "").List("items")); n != writers+1 || strings.Contains(items, coffee) || !strings.Contains(items, `"name":"changed"`) {
		t.Errorf("%d are stored: %s", n, items)
	}
	for i := range writers {
		if !strings.Contains(items, fmt.Sprintf(`"n%d"`, i)) {
			t.Errorf("n%d is lost", i)
		}
	}
}

// testManyElements writes ten thousand items, and one of them.
func (m *market) testManyElements(t *testing.T) {
	c := m.cart(t, legacyCart)
	c.expect(t, "PATCH "+c.path(), `{"items":[{"_id":"`+tea+`","name":"tea"}`+strings.Repeat(`,{"name":"x"}`, 9999)+`]}`, 200, "", "", whatever...)
	made := c.expect(t, "POST "+c.items, `{"name":"last"}`, 201, "", "")
	c.expect(t, "PATCH "+made.Header.Get("Location"), `{"name":"the last"}`, 200, "", "", whatever...)
	items := c.stored(t, "items")
	if n := strings.Count(items, `"_id"`); n != 10001 || !strings.Contains(items, `"unit":"bag"`) || !strings.Contains(items, `"thelast"`) {
		t.Errorf("%d are stored", n)
	}
	c.expect(t, "DELETE "+made.Header.Get("Location"), "", 204, "", "", whatever...)
}

// testCommandsOfElements counts what is sent: only a write of a list of objects, or of its
// elements, reads the document first.
func (m *market) testCommandsOfElements(t *testing.T, s *scripted.Server) {
	c := m.cart(t, legacyCart)
	one := c.items + "/" + tea
	const read, written = "find carts", "findAndModify carts"
	for _, test := range []struct{ line, body, want string }{
		{"GET " + c.items, "", read},
		{"GET " + one, "", read},
		{"POST " + c.items, `{"name":"milk"}`, read + ", " + written},
		{"PATCH " + one, `{"name":"green tea"}`, read + ", " + written},
		{"PATCH " + c.path(), `{"customer":"uwe"}`, written},
		{"PATCH " + c.path(), `{"remarks":[{"text":"hot"}]}`, read + ", " + written},
		{"PATCH " + c.path(), `{"items":[{"_id":"` + tea + `","name":"tea"}]}`, read + ", " + written},
		{"PATCH " + c.path(), `{"items":[]}`, read + ", " + written},
		{"PATCH " + c.path(), `{"remarks":null,"customer":"eva"}`, written},
	} {
		s.Reset()
		c.insist(t, test.line, test.body, "If-Match", "*")
		if have := servertest.Sent(s); have != test.want {
			t.Errorf("%s %s sends %s, want %s", test.line, test.body, have, test.want)
		}
	}
}
