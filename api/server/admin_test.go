package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
)

const adminToken = "an-operator-s-token-of-tests"

func TestOperatorsAPI(t *testing.T) {
	t.Parallel()
	a := start(t, testdb.URI(t), func(cfg *server.Config) { cfg.AdminAddr, cfg.AdminToken = "127.0.0.1:0", adminToken })
	admin := &api{base: "http://" + a.AdminAddr().String()}
	bear := bearer(adminToken)
	for name, headers := range map[string][]string{
		"no token": nil, "another token": bearer("another"), "a longer one": bearer(adminToken + "x"),
		"a tenant's token": bearer(a.token(t, a.provision(t, "zero").ID, "super")), "another scheme": {"Authorization", "Basic " + adminToken},
	} {
		for _, line := range []string{"GET /admin/tenants", "POST /admin/tenants", "GET /debug/pprof/", "GET /debug/pprof/heap", "GET /metrics"} {
			if got := admin.call(t, line, "", headers...); got.status != 401 {
				t.Errorf("%s, %s: %d", name, line, got.status)
			}
		}
	}
	made := admin.call(t, "POST /admin/tenants", `{"name":"one"}`, bear...)
	if made.status != 201 || made.string("state") != "active" || made.header.Get("Location") != "/admin/tenants/one" {
		t.Fatalf("create: %d %s", made.status, made.text)
	}
	testdb.DropAtEnd(made.string("database"))
	// Another process is at it, and alive.
	busy, err := a.Stack().Catalog.Create(t.Context(), "busy", tenant.DefaultCluster)
	if err != nil {
		t.Fatal(err)
	}
	another := tenant.LeaseRequest{Owner: "another process", TTL: time.Hour}
	err = a.Stack().Catalog.WithLease(t.Context(), busy.ID, another, func(context.Context, *tenant.Lease) (tenants.Patch, error) {
		if got := admin.call(t, "POST /admin/tenants", `{"name":"busy"}`, bear...); got.status != 409 || got.code() != "tenant_locked" || !strings.Contains(got.text, "another process") {
			t.Errorf("a tenant that is being made: %d %s", got.status, got.text)
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
		if got := admin.call(t, test.line, test.body, bear...); got.status != test.status {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
	if got := admin.call(t, "GET /admin/tenants", "", bear...); len(got.list("tenants")) != 2 {
		t.Errorf("list: %s", got.text)
	}
	if got := a.call(t, "GET /admin/tenants", "", bear...); got.status != 404 {
		t.Errorf("at the tenants' address: %d", got.status)
	}
	if strings.Contains(a.log.String(), adminToken) {
		t.Error("the token is in the log")
	}
}

func TestOperatorsAPIStaysShut(t *testing.T) {
	t.Parallel()
	if a := start(t, testdb.URI(t), nil); a.AdminAddr() != nil {
		t.Errorf("without a token it listens at %s", a.AdminAddr())
	}
	err := newServer(t, func(cfg *server.Config) { cfg.AdminToken = "short" })
	if err == nil || !strings.Contains(err.Error(), "ADMIN_TOKEN: takes 24 characters") || strings.Contains(err.Error(), "short") {
		t.Errorf("%v", err)
	}
}
