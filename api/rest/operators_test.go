package rest_test

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestOperatorsAreToldWhy has a row for each refusal of the operators' API, and looks
// at what is listed then: a refusal makes no tenant.
func TestOperatorsAreToldWhy(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	a := servertest.Start(t, s.URI(), servertest.WithOperators)
	admin, bear := a.Operators(), bearer(servertest.AdminToken)
	one := a.Provision(t, "one")
	for name, test := range map[string]struct {
		line, body string
		want       string // the problem, and what is wrong where
	}{
		"one that is there":    {"POST /admin/tenants", `{"name":"one"}`, `409 duplicate: there already is a tenant of that name: "one" is active`},
		"a name that is none":  {"POST /admin/tenants", `{"name":"../x"}`, `422 validation_failed: not a tenant's name: "../x"; write 1 to 63 of a-z, 0-9, - and _, the first a letter or digit`},
		"an unknown cluster":   {"POST /admin/tenants", `{"name":"two","cluster":"mars"}`, `422 validation_failed: unknown cluster: "mars"; there are [default]`},
		"no name":              {"POST /admin/tenants", `{"cluster":"default"}`, `422 validation_failed: Some fields are invalid; /name required must be given`},
		"a name that is wrong": {"POST /admin/tenants", `{"name":7,"cluster":null,"x":1}`, `422 validation_failed: Some fields are invalid; /name type must be a string; /x unknown_field is not a field of this object`},
		"half a body":          {"POST /admin/tenants", `{"name":`, `400 body_invalid: the body is not a JSON object: expected a value at byte 8`},
		"nobody":               {"GET /admin/tenants/nobody", "", `404 not_found: There is no such tenant`},
		"a name of nobody":     {"GET /admin/tenants/..%2Fx", "", `404 not_found: There is no such tenant`},
		"no profile":           {"GET /debug/pprof/nothing", "", `404 : `},
	} {
		got := admin.Call(t, test.line, test.body, bear...)
		said := fmt.Sprint(got.Status, " ", got.Code(), ": ", got.Member("message"))
		for _, e := range got.List("errors") {
			said += fmt.Sprint("; ", e["pointer"], " ", e["code"], " ", e["message"])
		}
		if said != test.want {
			t.Errorf("%s: %s, want %s", name, said, test.want)
		}
	}
	list := func() servertest.Response { return admin.Call(t, "GET /admin/tenants", "", bear...) }
	if got, shown := list(), admin.Call(t, "GET /admin/tenants/one", "", bear...); got.Status != 200 || got.Text != `{"refused":[],"tenants":[`+shown.Text+`]}` || shown.Member("name") != "one" || shown.Status != 200 {
		t.Errorf("%s\n%s", got.Text, shown.Text)
	}
	if _, err := testdb.Connect(t, s.URI()).Database(a.AdminDB).Collection("tenants").UpdateByID(t.Context(), one.ID, bson.D{{Key: "$set", Value: bson.D{{Key: "cluster", Value: "mars"}}}}); err != nil {
		t.Fatal(err)
	}
	if got := list(); got.Status != 200 || got.Text != `{"refused":["tenant \"one\" is on cluster \"mars\", which is not among CLUSTERS"],"tenants":[]}` {
		t.Errorf("one on a cluster that is not there: %d %s", got.Status, got.Text)
	}
	s.On().Where(func(c scripted.Command) bool { return c.Database == a.AdminDB }).Always().Fail(scripted.Error{Code: 50})
	for line, body := range map[string]string{"GET /admin/tenants": "", "GET /admin/tenants/two": "", "POST /admin/tenants": `{"name":"two"}`} {
		got := admin.Call(t, line, body, bear...)
		if got.Status != 503 || got.Code() != "unavailable" {
			t.Errorf("%s, unanswered: %d %s", line, got.Status, got.Text)
		}
	}
	s.Reset()
}
