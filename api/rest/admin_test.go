package rest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
)

func TestOperatorsAPI(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.AdminAddr, cfg.AdminToken = "127.0.0.1:0", servertest.AdminToken })
	admin := a.Operators()
	bear := bearer(servertest.AdminToken)
	for name, headers := range map[string][]string{
		"no token": nil, "another token": bearer("another"), "a longer one": bearer(servertest.AdminToken + "x"),
		"a tenant's token": bearer(a.Token(t, a.Provision(t, "zero").ID, "super")), "another scheme": {"Authorization", "Basic " + servertest.AdminToken},
	} {
		for _, line := range []string{"GET /admin/tenants", "POST /admin/tenants", "GET /debug/pprof/", "GET /debug/pprof/heap", "GET /metrics"} {
			if got := admin.Call(t, line, "", headers...); got.Status != 401 {
				t.Errorf("%s, %s: %d", name, line, got.Status)
			}
		}
	}
	made := admin.Call(t, "POST /admin/tenants", `{"name":"one"}`, bear...)
	if made.Status != 201 || made.Member("state") != "active" || made.Header.Get("Location") != "/admin/tenants/one" {
		t.Fatalf("create: %d %s", made.Status, made.Text)
	}
	testdb.DropAtEnd(made.Member("database"))
	if _, err := a.Stack().Fleet.Materialize(t.Context(), "one", nil); err != nil {
		t.Fatal(err)
	}
	there := admin.Call(t, "GET /admin/tenants/one", "", bear...)
	if !strings.Contains(made.Text, `"collections":[]`) || !strings.Contains(there.Text, `"collections":["users"]`) {
		t.Errorf("the collections: %s, then %s", made.Text, there.Text)
	}
	// Another process is at it, and alive.
	busy, err := a.Stack().Catalog.Create(t.Context(), "busy", tenant.DefaultCluster, tenant.Beginning{})
	if err != nil {
		t.Fatal(err)
	}
	another := tenant.LeaseRequest{Owner: "another process", TTL: time.Hour}
	err = a.Stack().Catalog.WithLease(t.Context(), busy.ID, another, func(context.Context, *tenant.Lease) (tenants.Patch, error) {
		if got := admin.Call(t, "POST /admin/tenants", `{"name":"busy"}`, bear...); got.Status != 409 || got.Code() != "tenant_locked" || !strings.Contains(got.Text, "another process") {
			t.Errorf("a tenant that is being made: %d %s", got.Status, got.Text)
		}
		return tenants.Patch{State: store.Set(tenants.StateDeleted)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		line, body string
		status     int
	}{
		"again":              {"POST /admin/tenants", `{"name":"one"}`, 409},
		"a bad name":         {"POST /admin/tenants", `{"name":"../x"}`, 422},
		"an unknown cluster": {"POST /admin/tenants", `{"name":"two","cluster":"mars"}`, 422},
		"no name":            {"POST /admin/tenants", `{}`, 422},
		"one":                {"GET /admin/tenants/one", "", 200},
		"nobody":             {"GET /admin/tenants/nobody", "", 404},
		"the heap":           {"GET /debug/pprof/heap?debug=1", "", 200},
		"the profiles":       {"GET /debug/pprof/", "", 200},
		"the tenants' API":   {"GET /api/users", "", 404},
	} {
		if got := admin.Call(t, test.line, test.body, bear...); got.Status != test.status {
			t.Errorf("%s: %d %s", name, got.Status, got.Text)
		}
	}
	if got := admin.Call(t, "GET /admin/tenants", "", bear...); len(got.List("tenants")) != 2 {
		t.Errorf("list: %s", got.Text)
	}
	if got := a.Call(t, "GET /admin/tenants", "", bear...); got.Status != 404 {
		t.Errorf("at the tenants' address: %d", got.Status)
	}
	if strings.Contains(a.Log.String(), servertest.AdminToken) {
		t.Error("the token is in the log")
	}
}
