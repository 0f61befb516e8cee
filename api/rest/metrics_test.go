package rest_test

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
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// scrape returns what Prometheus reads: values by name and labels, the number of
// observations for histograms.
func scrape(t *testing.T, a *servertest.Server) map[string]float64 {
	t.Helper()
	admin := a.Operators()
	got := admin.Call(t, "GET /metrics", "", bearer(servertest.AdminToken)...)
	if got.Status != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("%d %v %s", got.Status, got.Header, got.Text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(got.Text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, got.Text)
	}
	problems, err := promlint.New(strings.NewReader(got.Text)).Lint()
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
	a := servertest.Start(t, testdb.URI(t), servertest.WithOperators)
	one := a.Provision(t, "one")
	bring(t, a, one, 0, false, declared)
	super := bearer(a.Token(t, one.ID, "super"))
	made := a.Call(t, "POST /api/users", newUser, super...)
	for _, line := range []string{
		"GET /api/users", "GET /api/users?limit=3", "GET /api/users/" + made.Member("_id"), "GET /api/users/ffffffffffffffffffffffff",
		"GET /api/users/42", "POST /api/users", "PUT /api/users", "GET /healthz",
		"GET /nowhere/1", "GET /nowhere/2", "GET /api/nothing", "BREW /api/users", "STEEP /nowhere",
	} {
		a.Call(t, line, "", super...)
	}
	a.Call(t, "GET /api/users?tenant=one", "")
	values := scrape(t, a)
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
	// One tenant, with its users.
	if got := fmt.Sprint(about(values, "partywall_namespaces "), about(values, "partywall_tenants_unknown_namespaces ")); got !=
		"map[partywall_namespaces default:4] map[partywall_tenants_unknown_namespaces default:0]" {
		t.Errorf("namespaces are %s", got)
	}
	for _, name := range []string{
		"partywall_collection_births_total", "partywall_collection_birth_seconds_total",
		"go_goroutines", "process_resident_memory_bytes", "partywall_mongodb_connections_open default",
		"partywall_mongodb_checkouts_total default", "partywall_mongodb_checkout_wait_seconds_total default",
	} {
		if values[name] <= 0 {
			t.Errorf("%s is %v", name, values[name])
		}
	}
	for name, want := range map[string]float64{
		"partywall_mongodb_checkout_failures_total default": 0, "partywall_tenants_count_failures_total": 0, "partywall_namespaces_count_failures_total": 0, "partywall_collection_birth_failures_total": 0,
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
	if got := a.Call(t, "GET /metrics", "", bearer(servertest.AdminToken)...); got.Status != 404 {
		t.Errorf("at the tenants' address: %d", got.Status)
	}
}

// TestMetricsWithoutCatalog scrapes a server whose catalog is gone: all but the
// tenants is there, and the tenants are once it is back.
func TestMetricsWithoutCatalog(t *testing.T) {
	t.Parallel()
	mongod := testdb.Own(t)
	a := servertest.Start(t, mongod.URI()+"?serverSelectionTimeoutMS=300", func(cfg *server.Config) {
		servertest.WithOperators(cfg)
		cfg.TenantCacheTTL = time.Millisecond
	})
	a.Provision(t, "one")
	if got := about(scrape(t, a), "partywall_tenants "); len(got) != 6 {
		t.Errorf("with a catalog: %v", got)
	}
	mongod.Kill()
	for failures := range 3 {
		values := scrape(t, a)
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
		if len(about(scrape(t, a), "partywall_tenants ")) == 6 {
			return
		}
	}
	t.Error("tenants were never counted again")
}

// TestMetricsToken reads metrics and nothing else.
func TestMetricsToken(t *testing.T) {
	t.Parallel()
	const scraper = "a-scraper-s-token-of-tests"
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
		servertest.WithOperators(cfg)
		cfg.MetricsToken = scraper
	})
	admin := a.Operators()
	for _, token := range []string{scraper, servertest.AdminToken} {
		if got := admin.Call(t, "GET /metrics", "", bearer(token)...); got.Status != 200 {
			t.Errorf("metrics: %d", got.Status)
		}
	}
	for _, line := range []string{"GET /admin/tenants", "POST /admin/tenants", "GET /readyz", "GET /debug/pprof/", "GET /debug/pprof/heap", "GET /metricsx"} {
		if got := admin.Call(t, line, "", bearer(scraper)...); got.Status != 401 {
			t.Errorf("%s: %d", line, got.Status)
		}
	}
	for _, token := range []string{"", scraper[:10], scraper + "x"} {
		if got := admin.Call(t, "GET /metrics", "", bearer(token)...); got.Status != 401 {
			t.Errorf("%q: %d", token, got.Status)
		}
	}
	without := servertest.Start(t, testdb.URI(t), servertest.WithOperators)
	admin = without.Operators()
	if got := admin.Call(t, "GET /metrics", "", "Authorization", "Bearer "); got.Status != 401 {
		t.Errorf("an empty token, where there is none: %d", got.Status)
	}
}
