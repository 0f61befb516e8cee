package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
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
	// misfit are members that make a document one that does not fit at misfitAt; mend mends it.
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
	misfit: bson.D{{Key: "price", Value: "450"}}, misfitAt: "/price", mend: `{"price":450}`,
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
	misfit: bson.D{{Key: "address", Value: "1 Main St"}}, misfitAt: "/address", mend: `{"address":{"street":"1 Main St"}}`,
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
	m := openMarket(t, s.URI(), testdb.Connect(t, s.URI()))
	m.suite(t)
	m.make(t, "rates", `{"percent":"12.50"}`)
	m.testQueries(t, "rates", map[string]int{
		"percent=12.50": 1, "percent=12.5": 1, "percent=1.25e1": 1, "percent=12.51": 0, "percent[in]=1&percent[in]=12.5": 1,
		"percent[gt]=12.4999999999999999999": 1, "percent[gt]=12.5": 0, "percent[lte]=12.5": 1, "percent=NaN": 400, "percent=half": 400,
	})
	t.Run("of every type", m.testEveryType)
	m.testCommandsOfElements(t, s)
	for _, shelf := range []shelf{products, orders} {
		d := m.display(t, shelf)
		s.On().In(shelf.name).Always().Fail(scripted.Error{Code: 50, Message: "operation exceeded time limit"})
		for line, body := range map[string]string{"GET {list}": "", "POST {list}": "{another}", "GET {path}": "", "PATCH {path}": "{patch}", "DELETE {path}": ""} {
			got := m.Send(t, d.fill(line), d.fill(body), m.owner, "", "If-Match", "*")
			if got.Status != 503 || got.Code() != "unavailable" || got.Header.Get("Retry-After") == "" {
				t.Errorf("%s, unanswered: %d %s", d.fill(line), got.Status, got.Text)
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
	t.Run("caller", m.testCaller)
	t.Run("ids", m.testIDs)
	t.Run("stored", m.testStored)
	t.Run("elements", m.testElements)
	t.Run("rules", m.testRules)
	t.Run("views", m.testViews)
	t.Run("deletion", m.testDeletion)
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
	got := m.Call(t, d.fill(a.line), d.fill(a.body), headers...)
	if got.Status != a.status || got.Code() != a.code {
		t.Errorf("%s: %d %.400s", a.what, got.Status, got.Text)
		return
	}
	var at []string
	for _, e := range got.List("errors") {
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
func (a ask) testForm(t *testing.T, got servertest.Response) {
	t.Helper()
	whole := got.Header.Get("Content-Type") == "application/problem+json" && got.Member("requestId") != "" && got.Member("detail") != ""
	if a.code != "" && !whole {
		t.Errorf("%s: not a whole problem: %s", a.what, got.Text)
	}
	if got.Status == http.StatusMethodNotAllowed && !strings.Contains(got.Header.Get("Allow"), http.MethodGet) {
		t.Errorf("%s: it allows %q", a.what, got.Header.Get("Allow"))
	}
	if a.tagged() && got.Header.Get("ETag") == "" {
		t.Errorf("%s: it has no tag", a.what)
	}
}

// testEffect looks for what a request was to do.
func (m *market) testEffect(t *testing.T, d *display, a ask, got servertest.Response) {
	t.Helper()
	read := func(path string) servertest.Response { return m.Call(t, "GET "+path, "", bearer(m.owner)...) }
	switch {
	case a.status == 201:
		if made := read(got.Header.Get("Location")); made.Text != got.Text || made.Header.Get("ETag") != got.Header.Get("ETag") {
			t.Errorf("%s: made is %s, answered was %s", a.what, made.Text, got.Text)
		}
	case a.status == 200 && a.body == "{patch}":
		if now := read(d.path); now.Text != got.Text || !strings.Contains(now.Text, d.patched) || now.Header.Get("ETag") == d.tag {
			t.Errorf("%s: it is %s", a.what, now.Text)
		}
	case a.status == 200 && (a.body == "{whole}" || a.body == "{}"), a.line == "GET {path}" && a.status == 200:
		if got.Text != d.whole || got.Header.Get("ETag") != d.tag {
			t.Errorf("%s: %s %s", a.what, got.Header.Get("ETag"), got.Text)
		}
	case a.status == 200 && strings.Contains(a.line, "{filter}"):
		if list := got.List(d.name); len(list) != 1 || !strings.HasSuffix(d.path, fmt.Sprint(list[0]["_id"])) {
			t.Errorf("%s: %s", a.what, got.Text)
		}
	case a.status == 200 && a.line == "GET {list}":
		if len(got.List(d.name)) != 1 || len(got.List("invalid")) != 1 || got.Member("next") != "" {
			t.Errorf("%s: %s", a.what, got.Text)
		}
	case a.status == 204:
		if gone := read(strings.TrimPrefix(d.fill(a.line), "DELETE ")); gone.Status != 404 {
			t.Errorf("%s: it is %s", a.what, gone.Text)
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
			{"who has the permission alone", m.Token(t, m.tenant, "clerk", route.permission), route.status},
			{"who has no role", m.Token(t, m.tenant, "", route.permission), route.status},
			{"who has all other permissions", m.Token(t, m.tenant, "clerk", others...), 403},
			{"who has none", m.Token(t, m.tenant, "clerk"), 403},
			{"who is dismissed", m.Token(t, m.tenant, "dismissed", permissions...), 403},
			{"a role of nobody's", m.Token(t, m.tenant, "super", others...), 403},
		} {
			d.reset(t)
			got := m.Send(t, d.fill(route.line), d.fill(route.body), caller.token, "", "If-Match", "*")
			if got.Status != caller.status || got.Status == 403 && got.Code() != "forbidden" {
				t.Errorf("%s, by %s: %d %.300s", route.line, caller.who, got.Status, got.Text)
			}
			if got.Status == 403 && !d.asAtFirst(t) {
				t.Errorf("%s, by %s: stored are %s", route.line, caller.who, d.all(t))
			}
		}
		// Of another tenant nobody sees anything, whatever they may in their own.
		got := m.Send(t, d.fill(route.line), d.fill(route.body), m.stranger, "", "If-Match", "*")
		if elsewhere := got.Status == 404 || got.Status == 422 || got.Status == 201 || got.Status == 200 && len(got.List(d.name)) == 0; !elsewhere {
			t.Errorf("%s, by another tenant's owner: %d %.300s", route.line, got.Status, got.Text)
		}
		for _, headers := range [][]string{nil, {"X-Tenant", "acme"}} {
			if got := m.Call(t, d.fill(route.line), d.fill(route.body), append(headers, "If-Match", "*")...); got.Status != 400 && got.Status != 401 {
				t.Errorf("%s, by nobody: %d %.300s", route.line, got.Status, got.Text)
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
	shipper := m.Token(t, m.tenant, "clerk", "read", "ship")
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
		if got := m.Send(t, d.fill(step.line), step.body, step.token, "", "If-Match", "*"); got.Status != step.status {
			t.Errorf("%s: %d %s", step.what, got.Status, got.Text)
		}
	}
	now := m.Call(t, "GET "+d.path, "", bearer(m.owner)...)
	if now.Body["discount"] != 5.0 || now.Member("state") != "shipped" {
		t.Errorf("in the end it is %s", now.Text)
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
		got := m.Call(t, "GET /api/"+collection+"?"+query, "", bearer(m.owner)...)
		refused := got.Status == 400 && got.Code() == "query_invalid"
		if found := got.Status == 200 && len(got.List(collection)) == want; want == 400 && !refused || want != 400 && !found {
			t.Errorf("%s: %d %s", query, got.Status, got.Text)
		}
	}
}

// TestCommandsOfOtherCollections is about collections without rules that go by what
// is stored: what a whole document says of it, and what a map may hold, are such.
func TestCommandsOfOtherCollections(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	m := openMarket(t, s.URI(), testdb.Connect(t, s.URI()))
	d := m.display(t, orders)
	for _, test := range []struct {
		name, line, body, match string
		status                  int
		want                    string
	}{
		{"all there is", "GET {list}", "", "", 200, "find orders"},
		{"it", "GET {path}", "", "", 200, "find orders"},
		{"one more", "POST {list}", "{another}", "", 201, "find products, insert orders"},
		{"a value", "PATCH {path}", `{"state":"shipped"}`, "{tag}", 200, "findAndModify orders"},
		{"a value, whatever it is", "PATCH {path}", `{"state":"shipped"}`, "*", 200, "findAndModify orders"},
		{"a value within", "PATCH {path}", `{"address":{"zip":"54321"}}`, "{tag}", 200, "findAndModify orders"},
		{"nothing", "PATCH {path}", `{"due":null}`, "{tag}", 200, "findAndModify orders"},
		{"a date in another form", "PATCH {path}", `{"due":"2027-01-31T08:30:00+01:00"}`, "{tag}", 200, "findAndModify orders"},
		{"all of it", "PATCH {path}", `{whole}`, "{tag}", 200, "find orders, find orders"},
		{"what it was made with", "PATCH {path}", `{"product":"5f0000000000000000000009"}`, "{tag}", 422, "find orders"},
		{"another state", "PATCH {path}", `{"state":"shipped"}`, `"0-0"`, 412, "findAndModify orders, find orders"},
		{"of one that does not fit", "PATCH {misfit}", `{"state":"shipped"}`, "*", 409, "findAndModify orders"},
		{"to mend it", "PATCH {misfit}", `{mend}`, "*", 200, "findAndModify orders, find orders, findAndModify orders"},
		{"to be gone", "DELETE {path}", "", "{tag}", 204, "delete orders"},
		{"to be gone, whatever it is", "DELETE {path}", "", "*", 204, "delete orders"},
		{"one to be gone that does not fit", "DELETE {misfit}", "", "*", 204, "delete orders"},
	} {
		d.reset(t)
		s.Reset()
		got := m.Send(t, d.fill(test.line), d.fill(test.body), m.owner, "", "If-Match", d.fill(test.match))
		have := servertest.Sent(s)
		if got.Status != test.status || have != test.want {
			t.Errorf("%s: %d %s\nsent are %q, want %q", test.name, got.Status, got.Text, have, test.want)
		}
		if strings.Contains(test.line, "PATCH") && got.Status == 409 && !strings.Contains(got.Text, "was stored") {
			t.Errorf("%s: it does not say that it is stored: %s", test.name, got.Text)
		}
	}
	// What a list element holds that nobody declared is not lost.
	if n, err := d.coll.CountDocuments(t.Context(), bson.D{}); err != nil || n == 0 {
		t.Errorf("%d orders, %v", n, err)
	}
}
