package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// The suite asks for all five routes of two collections besides users, in every way
// that has an answer of its own: the shop's products and orders.

// shelf is one of them.
type shelf struct {
	name string
	// read, create, update and remove are the permissions that its routes need.
	read, create, update, remove string
	// fit is a body that makes a document; unfit makes none, for what is wrong at the
	// pointers, and neither does a body without what is at required.
	fit, unfit, unfitAt, required string
	// patch changes a document, which then has patched in it; unpatch changes none.
	patch, patched, unpatch, unpatchAt string
	// misfit makes a document one that does not fit at misfitAt; mend mends it.
	misfit         bson.D
	misfitAt, mend string
	// filter is a query that finds the document.
	filter string
	// fixed is a body that changes what cannot be changed.
	fixed, fixedAt string
}

var products = shelf{
	name: "products", read: "read", create: "write", update: "write", remove: "delete",
	fit:   `{"sku":"tea","price":450,"organic":true,"weight":0.25,"barcode":"AAEC","batch":"5f0000000000000000000001","serial":"123e4567-e89b-42d3-a456-426614174000"}`,
	unfit: `{"price":-1,"organic":"yes","weight":"1","barcode":"?","batch":"x","serial":"123e4567","color":"red"}`, unfitAt: "/organic /weight /barcode /batch /serial /color /sku /price",
	patch: `{"price":500,"organic":null}`, patched: `"price":500,"weight"`,
	unpatch: `{"sku":null,"price":"5","weight":-1}`, unpatchAt: "/price /sku /weight",
	misfit: set("price", "450"), misfitAt: "/price", mend: `{"price":450}`,
	required: "/sku /price",
	filter:   "sku=tea",
	fixed:    `{"createdAt":"2020-01-01T00:00:00Z"}`, fixedAt: "/createdAt",
}

// orders are made by whoever may read, changed by who may ship, and removed by who
// may write. {product} is one that is there.
var orders = shelf{
	name: "orders", read: "read", create: "read", update: "ship", remove: "write",
	fit:   `{"product":"{product}","due":"2026-01-31T08:30:00Z","address":{"street":"1 Main St","zip":"12345","country":"at","since":"2026-01-01T00:00:00Z"},"labels":{"a":"1"}}`,
	unfit: `{"state":"lost","due":"soon","address":{"zip":"1"},"labels":{"a.b":"1"},"shippedBy":7}`, unfitAt: "/state /due /shippedBy /product /address/zip /labels/a.b",
	patch: `{"state":"shipped","due":null,"address":{"zip":"54321"},"labels":{"a":null,"b":"2"}}`, patched: `"zip":"54321","country":"at","since":"2026-01-01T00:00:00.000Z"},"labels":{"b":"2"}`,
	unpatch: `{"state":7,"address":{"zip":"x","street":7},"labels":{"c":"1","d":"1","e":"1"}}`, unpatchAt: "/state /address/street /address/zip",
	misfit: set("address", "1 Main St"), misfitAt: "/address", mend: `{"address":{"street":"1 Main St"}}`,
	required: "/product",
	filter:   "state=open&sort=-_id",
	fixed:    `{"product":"5f0000000000000000000009","address":{"country":"de"}}`, fixedAt: "/product /address/country",
}

// ask is a request and its answer. In line, headers and bodies {path} is the
// document's, {misfit} that of one that does not fit, {nobody} that of none, and
// {list} the collection's; {tag} is the document's entity tag, {whole} the document.
// What else is in braces is the shelf's.
type ask struct {
	what, line, body string
	headers          []string
	status           int
	code             string
	at               string // where in the body or the document, or which parameters
}

var asks = []ask{
	{"all there is", "GET {list}", "", nil, 200, "", ""},
	{"a page", "GET {list}?limit=1", "", nil, 200, "", ""},
	{"what a filter finds", "GET {list}?{filter}", "", nil, 200, "", ""},
	{"by what no index serves", "GET {list}?updatedAt[gt]=2026-01-01T00:00:00Z", "", nil, 400, "query_invalid", "updatedAt[gt]"},
	{"by what nobody declared", "GET {list}?color=red", "", nil, 400, "query_invalid", "color"},
	{"behind what is no cursor", "GET {list}?after=x", "", nil, 400, "query_invalid", "after"},
	{"a list of another tenant's", "GET {list}?tenant=other", "", nil, 403, "tenant_unauthorized", ""},
	{"a list by a token that is none", "GET {list}", "", []string{"Authorization", "Bearer x"}, 401, "token_invalid", ""},
	{"to replace the list", "PUT {list}", "{fit}", nil, 405, "method_not_allowed", ""},
	{"to remove the list", "DELETE {list}", "", nil, 405, "method_not_allowed", ""},

	{"one more", "POST {list}", "{another}", nil, 201, "", ""},
	{"one of half a body", "POST {list}", `{"a":`, nil, 400, "body_invalid", ""},
	{"one of two bodies", "POST {list}", `{}{}`, nil, 400, "body_invalid", ""},
	{"one of form fields", "POST {list}", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "unsupported_media_type", ""},
	{"one that is too long", "POST {list}", `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "body_too_large", ""},
	{"one that does not fit", "POST {list}", "{unfit}", nil, 422, "validation_failed", "{unfitAt}"},
	{"one with what the server sets", "POST {list}", `{"_id":"5f0000000000000000000001","updatedAt":"2026-01-01T00:00:00Z"}`, nil, 422, "validation_failed", "/_id /updatedAt {required}"},
	{"one in another tenant", "POST {list}", "{another}", []string{"X-Tenant", "other"}, 403, "tenant_unauthorized", ""},

	{"it", "GET {path}", "", nil, 200, "", ""},
	{"it, if it is another", "GET {path}", "", []string{"If-None-Match", `"0-0", {tag}`}, 304, "", ""},
	{"it, if it is still", "GET {path}", "", []string{"If-Match", "{tag}"}, 200, "", ""},
	{"it, if it is what it is not", "GET {path}", "", []string{"If-Match", `"0-0"`}, 412, "stale", ""},
	{"it, if what?", "GET {path}", "", []string{"If-None-Match", "0-0"}, 400, "header_invalid", ""},
	{"it, with a parameter", "GET {path}?limit=1", "", nil, 400, "query_invalid", "limit"},
	{"it, with what is no reference", "GET {path}?expand=_id", "", nil, 400, "query_invalid", "expand"},
	{"it, in another tenant", "GET {path}", "", []string{"X-Tenant", "other"}, 403, "tenant_unauthorized", ""},
	{"one that does not fit", "GET {misfit}", "", nil, 409, "document_invalid", "{misfitAt}"},
	{"one that does not fit, if it is another", "GET {misfit}", "", []string{"If-None-Match", "*"}, 409, "document_invalid", "{misfitAt}"},
	{"one that is not there", "GET {nobody}", "", nil, 404, "not_found", ""},
	{"one without an id", "GET {list}/42", "", nil, 400, "id_invalid", ""},
	{"what is said of it", "HEAD {path}", "", nil, 200, "", ""},
	{"what is said of it, if it is another", "HEAD {path}", "", []string{"If-None-Match", "W/{tag}"}, 304, "", ""},
	{"what is said of one that does not fit", "HEAD {misfit}", "", nil, 409, "", ""},
	{"what is said of one that is not there", "HEAD {nobody}", "", nil, 404, "", ""},
	{"to replace it", "PUT {path}", "{fit}", []string{"If-Match", "*"}, 405, "method_not_allowed", ""},

	{"to change it", "PATCH {path}", "{patch}", []string{"If-Match", "{tag}"}, 200, "", ""},
	{"to change it, whatever it is", "PATCH {path}", "{patch}", []string{"If-Match", "*"}, 200, "", ""},
	{"to change it, as a merge patch", "PATCH {path}", "{patch}", []string{"If-Match", "*", "Content-Type", "application/merge-patch+json"}, 200, "", ""},
	{"to change nothing", "PATCH {path}", "{}", []string{"If-Match", "{tag}"}, 200, "", ""},
	{"to send it back", "PATCH {path}", "{whole}", []string{"If-Match", "{tag}"}, 200, "", ""},
	{"to change it by half a body", "PATCH {path}", `{"a":`, []string{"If-Match", "*"}, 400, "body_invalid", ""},
	{"to change it if what?", "PATCH {path}", "{patch}", []string{"If-Match", "a, b"}, 400, "header_invalid", ""},
	{"to change it, with a parameter", "PATCH {path}?x=1", "{patch}", []string{"If-Match", "*"}, 400, "query_invalid", "x"},
	{"to change it in another tenant", "PATCH {path}", "{patch}", []string{"If-Match", "*", "X-Tenant", "other"}, 403, "tenant_unauthorized", ""},
	{"to change it without a condition", "PATCH {path}", "{patch}", nil, 428, "if_match_required", ""},
	{"to change what it is not", "PATCH {path}", "{patch}", []string{"If-Match", `"0-0"`}, 412, "stale", ""},
	{"to change it unless it is there", "PATCH {path}", "{patch}", []string{"If-Match", "*", "If-None-Match", "*"}, 412, "precondition_failed", ""},
	{"to change it by a form", "PATCH {path}", "a=b", []string{"If-Match", "*", "Content-Type", "text/plain"}, 415, "unsupported_media_type", ""},
	{"to change it at length", "PATCH {path}", `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, []string{"If-Match", "*"}, 413, "body_too_large", ""},
	{"to change it so that it does not fit", "PATCH {path}", "{unpatch}", []string{"If-Match", "*"}, 422, "validation_failed", "{unpatchAt}"},
	{"to change what cannot be changed", "PATCH {path}", "{fixed}", []string{"If-Match", "*"}, 422, "validation_failed", "{fixedAt}"},
	{"to change what is not there", "PATCH {nobody}", "{patch}", []string{"If-Match", "*"}, 404, "not_found", ""},
	{"to change what has no id", "PATCH {list}/42", "{patch}", []string{"If-Match", "*"}, 400, "id_invalid", ""},
	{"to mend what does not fit", "PATCH {misfit}", "{mend}", []string{"If-Match", "*"}, 200, "", ""},
	{"to mend nothing", "PATCH {misfit}", "{}", []string{"If-Match", "*"}, 409, "document_invalid", "{misfitAt}"},
	{"to mend what it is not", "PATCH {misfit}", "{mend}", []string{"If-Match", `"0-0"`}, 412, "stale", ""},

	{"to remove it", "DELETE {path}", "", []string{"If-Match", "{tag}"}, 204, "", ""},
	{"to remove it, whatever it is", "DELETE {path}", "", []string{"If-Match", "*"}, 204, "", ""},
	{"to remove what does not fit", "DELETE {misfit}", "", []string{"If-Match", "*"}, 204, "", ""},
	{"to remove it without a condition", "DELETE {path}", "", nil, 428, "if_match_required", ""},
	{"to remove what it is not", "DELETE {path}", "", []string{"If-Match", `W/{tag}`}, 412, "stale", ""},
	{"to remove it if what?", "DELETE {path}", "", []string{"If-Match", "*, {tag}"}, 400, "header_invalid", ""},
	{"to remove it, with a parameter", "DELETE {path}?x=1", "", []string{"If-Match", "*"}, 400, "query_invalid", "x"},
	{"to remove it in another tenant", "DELETE {path}", "", []string{"If-Match", "*", "X-Tenant", "other"}, 403, "tenant_unauthorized", ""},
	{"to remove what is not there", "DELETE {nobody}", "", []string{"If-Match", "*"}, 404, "not_found", ""},
	{"to remove what has no id", "DELETE {list}/42", "", []string{"If-Match", "*"}, 400, "id_invalid", ""},
}

// TestCollections asks for everything at the tests' server.
func TestCollections(t *testing.T) {
	t.Parallel()
	m := openMarket(t, testdb.URI(t), testdb.Client(t))
	m.suite(t)
}

// TestCollectionsByTheBook asks again, at a server that answers by the rules of
// MongoDB's documentation and holds decimals, too; and then at one that does not
// answer.
func TestCollectionsByTheBook(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	m := openMarket(t, s.URI(), connect(t, s.URI()))
	m.suite(t)
	m.make(t, "rates", `{"percent":"12.50"}`)
	m.testQueries(t, "rates", map[string]int{
		"percent=12.50": 1, "percent=12.5": 1, "percent=1.25e1": 1, "percent=12.51": 0, "percent[in]=1&percent[in]=12.5": 1,
		"percent[gt]=12.4999999999999999999": 1, "percent[gt]=12.5": 0, "percent[lte]=12.5": 1, "percent=NaN": 400, "percent=half": 400,
	})
	t.Run("of every type", m.testEveryType)
	for _, shelf := range []shelf{products, orders} {
		d := m.display(t, shelf)
		s.On().In(shelf.name).Always().Fail(scripted.Error{Code: 50, Message: "operation exceeded time limit"})
		for line, body := range map[string]string{"GET {list}": "", "POST {list}": "{another}", "GET {path}": "", "PATCH {path}": "{patch}", "DELETE {path}": ""} {
			got := m.send(t, d.fill(line), d.fill(body), m.owner, "", "If-Match", "*")
			if got.status != 503 || got.code() != "unavailable" || got.header.Get("Retry-After") == "" {
				t.Errorf("%s, unanswered: %d %s", d.fill(line), got.status, got.text)
			}
		}
		s.Reset()
	}
}

func (m *market) suite(t *testing.T) {
	for _, s := range []shelf{products, orders} {
		t.Run(s.name, func(t *testing.T) {
			d := m.display(t, s)
			for _, a := range asks {
				d.reset(t)
				m.testAsk(t, d, a)
			}
			m.testWho(t, d, s)
		})
	}
	t.Run("others", m.testOthers)
	t.Run("roles", m.testRoles)
	t.Run("values", m.testFilters)
	t.Run("optional", m.testOptional)
	t.Run("of any type", m.testAny)
}

// testAsk asks, and looks at what is stored then: a refusal changes nothing.
func (m *market) testAsk(t *testing.T, d *display, a ask) {
	t.Helper()
	headers := slices.Clone(a.headers)
	if !slices.Contains(headers, "Authorization") {
		headers = append(headers, bearer(m.owner)...)
	}
	for i := range headers {
		headers[i] = d.fill(headers[i])
	}
	got := m.call(t, d.fill(a.line), d.fill(a.body), headers...)
	if got.status != a.status || got.code() != a.code {
		t.Errorf("%s: %d %.400s", a.what, got.status, got.text)
		return
	}
	var at []string
	for _, e := range got.list("errors") {
		at = append(at, fmt.Sprint(e["pointer"]))
	}
	if want := d.fill(a.at); strings.Join(at, " ") != want {
		t.Errorf("%s: at %q, want %q", a.what, at, want)
	}
	if a.writes() == d.asAtFirst(t) {
		t.Errorf("%s: stored are %s", a.what, d.all(t))
	}
	a.testForm(t, got)
	m.testEffect(t, d, a, got)
}

// writes reports whether the answer is to change what is stored.
func (a ask) writes() bool {
	method, _, _ := strings.Cut(a.line, " ")
	return method != "GET" && method != "HEAD" && a.status < 300 && a.body != "{}" && a.body != "{whole}"
}

// tagged reports whether the answer is to have the tag of a document.
func (a ask) tagged() bool {
	switch a.status {
	case 200, 304:
		return strings.Contains(a.line, " {path}") || strings.Contains(a.line, " {misfit}")
	case 201:
		return true
	case 409: // of what is stored, not of what was sent
		return a.code != "duplicate"
	}
	return false
}

// testForm looks at what every answer of its status has.
func (a ask) testForm(t *testing.T, got printRequested) {
	t.Helper()
	whole := got.header.Get("Content-Type") == "application/problem+json" && got.string("requestId") != "" && got.string("detail") != ""
	if a.code != "" && !whole {
		t.Errorf("%s: not a whole problem: %s", a.what, got.text)
	}
	if got.status == http.StatusMethodNotAllowed && !strings.Contains(got.header.Get("Allow"), http.MethodGet) {
		t.Errorf("%s: it allows %q", a.what, got.header.Get("Allow"))
	}
	if a.tagged() && got.header.Get("ETag") == "" {
		t.Errorf("%s: it has no tag", a.what)
	}
}

// testEffect looks for what a request was to do.
func (m *market) testEffect(t *testing.T, d *display, a ask, got printRequested) {
	t.Helper()
	read := func(path string) printRequested { return m.call(t, "GET "+path, "", bearer(m.owner)...) }
	switch {
	case a.status == 201:
		if made := read(got.header.Get("Location")); made.text != got.text || made.header.Get("ETag") != got.header.Get("ETag") {
			t.Errorf("%s: made is %s, answered was %s", a.what, made.text, got.text)
		}
	case a.status == 200 && a.body == "{patch}":
		if now := read(d.path); now.text != got.text || !strings.Contains(now.text, d.patched) || now.header.Get("ETag") == d.tag {
			t.Errorf("%s: it is %s", a.what, now.text)
		}
	case a.status == 200 && (a.body == "{whole}" || a.body == "{}"), a.line == "GET {path}" && a.status == 200:
		if got.text != d.whole || got.header.Get("ETag") != d.tag {
			t.Errorf("%s: %s %s", a.what, got.header.Get("ETag"), got.text)
		}
	case a.status == 200 && strings.Contains(a.line, "{filter}"):
		if list := got.list(d.name); len(list) != 1 || !strings.HasSuffix(d.path, fmt.Sprint(list[0]["_id"])) {
			t.Errorf("%s: %s", a.what, got.text)
		}
	case a.status == 200 && a.line == "GET {list}":
		if len(got.list(d.name)) != 1 || len(got.list("invalid")) != 1 || got.string("next") != "" {
			t.Errorf("%s: %s", a.what, got.text)
		}
	case a.status == 204:
		if gone := read(strings.TrimPrefix(d.fill(a.line), "DELETE ")); gone.status != 404 {
			t.Errorf("%s: it is %s", a.what, gone.text)
		}
	}
}

// testWho has every caller use each route: who has its permission may, whoever has
// all others may not.
func (m *market) testWho(t *testing.T, d *display, s shelf) {
	t.Helper()
	permissions := []string{"read", "write", "delete", "ship"}
	for _, route := range []struct {
		line, body, permission string
		status                 int
	}{
		{"GET {list}", "", s.read, 200},
		{"GET {path}", "", s.read, 200},
		{"GET {misfit}", "", s.read, 409},
		{"POST {list}", "{another}", s.create, 201},
		{"PATCH {path}", "{patch}", s.update, 200},
		{"PATCH {misfit}", "{mend}", s.update, 200},
		{"DELETE {path}", "", s.remove, 204},
		{"DELETE {misfit}", "", s.remove, 204},
	} {
		others := slices.DeleteFunc(slices.Clone(permissions), func(p string) bool { return p == route.permission })
		for _, caller := range []struct {
			who    string
			token  string
			status int
		}{
			{"the owner", m.owner, route.status},
			{"who has the permission alone", m.token(t, m.tenant, "clerk", route.permission), route.status},
			{"who has no role", m.token(t, m.tenant, "", route.permission), route.status},
			{"who has all other permissions", m.token(t, m.tenant, "clerk", others...), 403},
			{"who has none", m.token(t, m.tenant, "clerk"), 403},
			{"who is dismissed", m.token(t, m.tenant, "dismissed", permissions...), 403},
			{"a role of nobody's", m.token(t, m.tenant, "super", others...), 403},
		} {
			d.reset(t)
			got := m.send(t, d.fill(route.line), d.fill(route.body), caller.token, "", "If-Match", "*")
			if got.status != caller.status || got.status == 403 && got.code() != "forbidden" {
				t.Errorf("%s, by %s: %d %.300s", route.line, caller.who, got.status, got.text)
			}
			if got.status == 403 && !d.asAtFirst(t) {
				t.Errorf("%s, by %s: stored are %s", route.line, caller.who, d.all(t))
			}
		}
		// Of another tenant nobody sees anything, whatever they may in their own.
		got := m.send(t, d.fill(route.line), d.fill(route.body), m.stranger, "", "If-Match", "*")
		if elsewhere := got.status == 404 || got.status == 422 || got.status == 201 || got.status == 200 && len(got.list(d.name)) == 0; !elsewhere {
			t.Errorf("%s, by another tenant's owner: %d %.300s", route.line, got.status, got.text)
		}
		for _, headers := range [][]string{nil, {"X-Tenant", "acme"}} {
			if got := m.call(t, d.fill(route.line), d.fill(route.body), append(headers, "If-Match", "*")...); got.status != 400 && got.status != 401 {
				t.Errorf("%s, by nobody: %d %.300s", route.line, got.status, got.text)
			}
		}
	}
}

// testOthers writes what other documents stand against: a key that is taken, and
// references to what is not there.
func (m *market) testOthers(t *testing.T) {
	for _, test := range []struct {
		shelf
		line, body string
		status     int
		code, at   string
	}{
		{products, "POST {list}", `{"sku":"tea","price":1}`, 409, "duplicate", "/sku"},
		{products, "PATCH {misfit}", `{"sku":"tea"}`, 409, "duplicate", "/sku"},
		{orders, "POST {list}", `{"product":"5f0000000000000000000009"}`, 422, "validation_failed", "/product"},
		{orders, "PATCH {path}", `{"shippedBy":"5f0000000000000000000009"}`, 422, "validation_failed", "/shippedBy"},
		{orders, "PATCH {misfit}", `{"shippedBy":"5f0000000000000000000009"}`, 422, "validation_failed", "/shippedBy"},
	} {
		d := m.display(t, test.shelf)
		m.testAsk(t, d, ask{test.line + " " + test.body, test.line, test.body, []string{"If-Match", "*"}, test.status, test.code, test.at})
	}
}

// testRoles sets a member that is for owners: nobody else may, but for what it is.
func (m *market) testRoles(t *testing.T) {
	d := m.display(t, orders)
	shipper := m.token(t, m.tenant, "clerk", "read", "ship")
	with := strings.TrimSuffix(d.fill("{another}"), "}") + `,"discount":5}`
	for _, step := range []struct {
		what, line, body, token string
		status                  int
	}{
		{"ordered at a discount", "POST {list}", with, shipper, 403},
		{"ordered at a discount by the owner", "POST {list}", with, m.owner, 201},
		{"a discount", "PATCH {path}", `{"discount":5}`, shipper, 403},
		{"a discount beside another change", "PATCH {path}", `{"discount":5,"state":"shipped"}`, shipper, 403},
		{"the discount that it has", "PATCH {path}", `{"discount":0}`, shipper, 200},
		{"a discount by the owner", "PATCH {path}", `{"discount":5}`, m.owner, 200},
		{"the discount that it has then", "PATCH {path}", `{"discount":5.0,"state":"shipped"}`, shipper, 200},
		{"the discount taken away", "PATCH {path}", `{"discount":null}`, shipper, 403},
		{"what is wrong with it", "PATCH {path}", `{"discount":"much"}`, shipper, 403},
		{"too much by the owner", "PATCH {path}", `{"discount":101}`, m.owner, 422},
	} {
		if got := m.send(t, d.fill(step.line), step.body, step.token, "", "If-Match", "*"); got.status != step.status {
			t.Errorf("%s: %d %s", step.what, got.status, got.text)
		}
	}
	now := m.call(t, "GET "+d.path, "", bearer(m.owner)...)
	if now.body["discount"] != 5.0 || now.string("state") != "shipped" {
		t.Errorf("in the end it is %s", now.text)
	}
}

// testFilters looks a product up by a value of each type, in every form that finds
// it, and in some that do not. 400 says that the value is none.
func (m *market) testFilters(t *testing.T) {
	d := m.display(t, products)
	m.testQueries(t, "products", map[string]int{
		"price=450": 1, "price=451": 0, "price[gte]=450": 1, "price[gt]=450": 0, "price[lt]=451": 1, "price[in]=1&price[in]=450": 1, "price=450.0": 400, "price=x": 400, "price[prefix]=4": 400,
		"organic=true": 1, "organic=false": 0, "organic[in]=true&organic[in]=false": 1, "organic=1": 400, "organic=": 400,
		"weight=0.25": 1, "weight=2.5e-1": 1, "weight=.25": 1, "weight[lte]=0.25": 1, "weight[lt]=0.25": 0, "weight=NaN": 400, "weight=Inf": 400, "weight=heavy": 400,
		"barcode=AAEC": 1, "barcode=AAEA": 0, "barcode=AAE": 400, "barcode=%3F": 400, "barcode[in]=AAEC": 1,
		"batch=5f0000000000000000000001": 1, "batch=5f0000000000000000000002": 0, "batch[gt]=5f0000000000000000000000": 1, "batch=5f": 400,
		"serial=123e4567-e89b-42d3-a456-426614174000": 1, "serial=123E4567-E89B-42D3-A456-426614174000": 1, "serial=123e4567-e89b-42d3-a456-426614174001": 0,
		"serial[gte]=123e4567-e89b-42d3-a456-426614174000": 1, "serial=123e4567": 400, "serial=00000000-0000-0000-0000-000000000000": 0,
		"organic[exists]=true": 1, "organic[exists]=false": 0, "weight[exists]=true&weight[gt]=0": 1, "serial[exists]=true&sort=-serial": 1, "batch[exists]=yes": 400, "batch[exists]=": 400,
		"cost=1": 400, "cost[gt]=0": 400, "cost[exists]=true": 400, "sort=cost": 400, "sort=-cost": 400,
		"sku[exists]=true": 400, "price[exists]=true": 400, "_id[exists]=true": 400,
		"_id=" + d.path[len("/api/products/"):]: 1, "_id=5f0000000000000000000002": 0, "_id=x": 400,
	})
}

// testQueries asks how many documents each query finds.
func (m *market) testQueries(t *testing.T, collection string, queries map[string]int) {
	t.Helper()
	for query, want := range queries {
		got := m.call(t, "GET /api/"+collection+"?"+query, "", bearer(m.owner)...)
		refused := got.status == 400 && got.code() == "query_invalid"
		if found := got.status == 200 && len(got.list(collection)) == want; want == 400 && !refused || want != 400 && !found {
			t.Errorf("%s: %d %s", query, got.status, got.text)
		}
	}
}
