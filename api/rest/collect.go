package rest

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/internal/cache"
	"github.com/partywall/partywall/api/tenant"
)

// tenantCounter counts tenants on demand, and caches the count.
type tenantCounter struct {
	counts   *counted[fleet.Counts]
	failures prometheus.Counter
}

// catalogTimeout is how long the catalog may take: half of Prometheus's default
// timeout for all metrics.
const catalogTimeout = 5 * time.Second

// newTenantCounter returns a tenantCounter that calls count, and caches the result
// for ttl.
func newTenantCounter(count func(context.Context) (fleet.Counts, error), ttl time.Duration, log *slog.Logger) *tenantCounter {
	failures := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "partywall_tenants_count_failures_total",
		Help: "Counts of tenants that failed because the catalog did not answer.",
	})
	return &tenantCounter{failures: failures, counts: newCounted(count, "tenants were not counted", failures, ttl, log)}
}

// counted is a count of the catalog's entries that is cached.
type counted[T any] = cache.Cache[struct{}, struct{}, T]

// newCounted returns a counted that calls count. It counts failures, and logs them as failed.
func newCounted[T any](count func(context.Context) (T, error), failed string, failures prometheus.Counter, ttl time.Duration, log *slog.Logger) *counted[T] {
	return cache.New(cache.Config[struct{}, struct{}, T]{
		Load: func(ctx context.Context, _, _ struct{}) (T, error) {
			n, err := count(ctx)
			if err != nil {
				failures.Inc()
				log.WarnContext(ctx, failed, "error", err)
			}
			return n, err
		},
		Keep: func(error) bool { return false },
		TTL:  ttl, Timeout: catalogTimeout, Size: 1,
	})
}

// count returns the cached count, or starts a new one, which continues if ctx ends.
func (c *tenantCounter) count(ctx context.Context) (fleet.Counts, error) {
	return c.counts.Get(ctx, struct{}{}, struct{}{})
}

var tenantsDesc = prometheus.NewDesc("partywall_tenants",
	"Tenants by state, compared with this server's migrations and indexes. Each is in one state.", []string{"state"}, nil)

// Describe implements prometheus.Collector.
func (c *tenantCounter) Describe(ch chan<- *prometheus.Desc) {
	ch <- tenantsDesc
	c.failures.Describe(ch)
}

// Collect implements prometheus.Collector. If the catalog does not answer it leaves
// out the tenants: a missing figure is noticed, a wrong one is not.
func (c *tenantCounter) Collect(ch chan<- prometheus.Metric) {
	s, err := c.count(context.Background())
	c.failures.Collect(ch)
	if err != nil {
		return
	}
	for state, n := range map[string]int64{
		"current": s.Current, "behind": s.Behind, "dirty": s.Dirty, "ahead": s.Ahead, "provisioning": s.Provisioning, "unusable": s.Unusable,
	} {
		ch <- prometheus.MustNewConstMetric(tenantsDesc, prometheus.GaugeValue, float64(n), state)
	}
}

// pools collects metrics of the connections to clusters.
type pools struct{ clusters *tenant.Clusters }

// poolFigures are the metrics of a cluster's connections.
var poolFigures = []struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(tenant.Pool) float64
}{
	{ofCluster("connections_open", "Connections to the cluster, including those being made."),
		prometheus.GaugeValue, func(p tenant.Pool) float64 { return float64(p.Open) }},
	{ofCluster("connections_in_use", "Connections to the cluster that are in use."),
		prometheus.GaugeValue, func(p tenant.Pool) float64 { return float64(p.InUse) }},
	{ofCluster("operations_waiting", "Operations waiting for a connection."),
		prometheus.GaugeValue, func(p tenant.Pool) float64 { return float64(p.Waiting) }},
	{ofCluster("checkouts_total", "Operations that got a connection."),
		prometheus.CounterValue, func(p tenant.Pool) float64 { return float64(p.Taken) }},
	{ofCluster("checkout_failures_total", "Operations that got no connection."),
		prometheus.CounterValue, func(p tenant.Pool) float64 { return float64(p.Failed) }},
	{ofCluster("checkout_wait_seconds_total", "How long operations waited for a connection."),
		prometheus.CounterValue, func(p tenant.Pool) float64 { return p.Waited.Seconds() }},
	{ofCluster("away_seconds", "How long the cluster has had no server to use; 0 while it has one."),
		prometheus.GaugeValue, func(p tenant.Pool) float64 { return p.Away.Seconds() }},
	{ofCluster("refused_operations_total", "Operations that failed at once because the cluster was away for longer than an election takes."),
		prometheus.CounterValue, func(p tenant.Pool) float64 { return float64(p.Refused) }},
}

func ofCluster(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("partywall_mongodb_"+name, help, []string{"cluster"}, nil)
}

// Describe implements prometheus.Collector.
func (p pools) Describe(ch chan<- *prometheus.Desc) {
	for _, figure := range poolFigures {
		ch <- figure.desc
	}
}

// Collect implements prometheus.Collector.
func (p pools) Collect(ch chan<- prometheus.Metric) {
	for _, pool := range p.clusters.Pools() {
		for _, figure := range poolFigures {
			ch <- prometheus.MustNewConstMetric(figure.desc, figure.kind, figure.of(pool), pool.Cluster)
		}
	}
}
