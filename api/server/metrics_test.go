package server_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/testdb"
)

// withMetrics serves the operators' API, too.
func withMetrics(cfg *server.Config) { cfg.AdminAddr, cfg.AdminToken = "127.0.0.1:0", adminToken }

// scrape returns what Prometheus reads: values by name and labels, the number of
// observations for histograms.
func (a *api) scrape(t *testing.T) map[string]float64 {
	t.Helper()
	admin := &api{base: "http://" + a.AdminAddr().String()}
	got := admin.call(t, "GET /metrics", "", bearer(adminToken)...)
	if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("%d %v %s", got.status, got.header, got.text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(got.text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, got.text)
	}
	problems, err := promlint.New(strings.NewReader(got.text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "partywall_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	values := map[string]float64{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			key := name
			for _, label := range m.GetLabel() {
				key += " " + label.GetValue()
			}
			values[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return values
}

// about returns those whose name begins with prefix.
func about(values map[string]float64, prefix string) map[string]float64 {
	found := maps.Clone(values)
	maps.DeleteFunc(found, func(name string, _ float64) bool { return !strings.HasPrefix(name, prefix) })
	return found
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	a := start(t, testdb.URI(t), withMetrics)
	one := a.provision(t, "one")
	a.bring(t, one, 0, false, declared)
	super := bearer(a.token(t, one.ID, "super"))
	made := a.call(t, "POST /api/users", newUser, super...)
	for _, line := range []string{
		"GET /api/users", "GET /api/users?limit=3", "GET /api/users/" + made.string("_id"), "GET /api/users/ffffffffffffffffffffffff",
		"GET /api/users/42", "POST /api/users", "PUT /api/users", "GET /healthz",
		"GET /nowhere/1", "GET /nowhere/2", "GET /api/nothing", "BREW /api/users", "STEEP /nowhere",
	} {
		a.call(t, line, "", super...)
	}
	a.call(t, "GET /api/users?tenant=one", "")
	values := a.scrape(t)
	const requests = "partywall_http_request_duration_seconds "
	want := map[string]float64{
		"GET /api/users 200":      2,
		"GET /api/users 401":      1,
		"GET /api/users/{id} 200": 1,
		"GET /api/users/{id} 400": 1,
		"GET /api/users/{id} 404": 1,
		"GET /healthz 200":        1,
		"GET none 404":            3,
		"POST /api/users 201":     1,
		"POST /api/users 415":     1,
		"PUT /api/users 405":      1,
		"other /api/users 405":    1,
		"other none 404":          1,
	}
	if got := about(values, requests); len(got) != len(want) {
		t.Errorf("requests are %v", got)
	}
	for name, n := range want {
		if values[requests+name] != n {
			t.Errorf("%s: %v, want %v", name, values[requests+name], n)
		}
	}
	if got := fmt.Sprint(about(values, "partywall_tenants ")); got !=
		"map[partywall_tenants ahead:0 partywall_tenants behind:0 partywall_tenants current:1 partywall_tenants dirty:0 partywall_tenants provisioning:0 partywall_tenants unusable:0]" {
		t.Errorf("tenants are %s", got)
	}
	for _, name := range []string{
		"go_goroutines", "process_resident_memory_bytes", "partywall_mongodb_connections_open default",
		"partywall_mongodb_checkouts_total default", "partywall_mongodb_checkout_wait_seconds_total default",
	} {
		if values[name] <= 0 {
			t.Errorf("%s is %v", name, values[name])
		}
	}
	for name, want := range map[string]float64{
		"partywall_mongodb_checkout_failures_total default": 0, "partywall_tenants_count_failures_total": 0,
		"partywall_tenant_behind_refusals_total": 0, "partywall_schema_version": float64(a.Stack().Fleet.Latest()),
	} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for name := range values {
		if strings.Contains(name, " one") {
			t.Errorf("%s names a tenant", name)
		}
	}
	if got := a.call(t, "GET /metrics", "", bearer(adminToken)...); got.status != 404 {
		t.Errorf("at the tenants' address: %d", got.status)
	}
}

// TestMetricsWithoutCatalog scrapes a server whose catalog is gone: all but the
// tenants is there, and the tenants are once it is back.
func TestMetricsWithoutCatalog(t *testing.T) {
	t.Parallel()
	mongod := testdb.Own(t)
	a := start(t, mongod.URI()+"?serverSelectionTimeoutMS=300", func(cfg *server.Config) {
		withMetrics(cfg)
		cfg.TenantCacheTTL = time.Millisecond
	})
	a.provision(t, "one")
	if got := about(a.scrape(t), "partywall_tenants "); len(got) != 6 {
		t.Errorf("with a catalog: %v", got)
	}
	mongod.Kill()
	for failures := range 3 {
		values := a.scrape(t)
		if got := about(values, "partywall_tenants "); len(got) != 0 {
			t.Errorf("without a catalog: %v", got)
		}
		if got := values["partywall_tenants_count_failures_total"]; got != float64(failures+1) {
			t.Errorf("%v failures, want %d", got, failures+1)
		}
		if _, ok := values["partywall_mongodb_connections_open default"]; !ok || values["go_goroutines"] == 0 {
			t.Errorf("without a catalog there is only %v", values)
		}
	}
	mongod.Restart()
	for range 100 {
		if len(about(a.scrape(t), "partywall_tenants ")) == 6 {
			return
		}
	}
	t.Error("tenants were never counted again")
}
