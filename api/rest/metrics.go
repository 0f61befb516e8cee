package rest

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/tenant"
)

// Metrics are a server's metrics for Prometheus. They name no tenant but those few that wait
// most, so that their number does not grow with the tenants.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	problems *prometheus.CounterVec
	inFlight prometheus.Gauge
	refusals prometheus.Counter
	tenants  *tenantCounter
	rooms    *roomCounter
	log      *slog.Logger
}

// MetricsConfig has the sources of metrics other than requests.
type MetricsConfig struct {
	Fleet     *fleet.Fleet
	Clusters  *tenant.Clusters
	Passwords *auth.Passwords
	// Connections returns the number of clients' open connections, and of those
	// refused so far.
	Connections func() (open, refused int64)
	// TTL is how long the numbers of tenants, and of their collections and indexes, are cached.
	TTL time.Duration
	Log *slog.Logger
}

// NewMetrics returns metrics of requests, connections, hashing and, on demand, the
// states of tenants and what they take of each cluster. Close must follow.
func NewMetrics(cfg MetricsConfig) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "partywall_http_request_duration_seconds",
			Help:    "How long requests to the API took.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route", "status"}),
		problems: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "partywall_http_problems_total",
			Help: "Requests to the API that were answered with a problem, by its code: query_invalid, invalid_credentials, too_many_attempts, unavailable …; own for those of custom handlers.",
		}, []string{"code"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "partywall_http_requests_in_flight",
			Help: "Requests to the API that are in flight.",
		}),
		refusals: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "partywall_tenant_behind_refusals_total",
			Help: "Requests that were refused because their tenant is behind and REQUIRE_CURRENT is set.",
		}),
		tenants: newTenantCounter(cfg.Fleet.Count, cfg.TTL, cfg.Log),
		rooms:   newRoomCounter(cfg.Fleet.Room, cfg.TTL, cfg.Log),
		log:     cfg.Log,
	}
	version := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "partywall_schema_version",
		Help: "The version of the newest migration of this server, 0 if it has none.",
	}, func() float64 { return float64(cfg.Fleet.Latest()) })
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.problems, m.inFlight, m.refusals, m.tenants, m.rooms, version, pools{cfg.Clusters}, pressure{cfg.Clusters},
	)
	m.registry.MustRegister(hashingMetrics(cfg.Passwords)...)
	m.registry.MustRegister(birthMetrics(cfg.Fleet.Births)...)
	m.registry.MustRegister(ofClients(cfg.Connections)...)
	return m
}

// ofClients are the metrics of clients' connections.
func ofClients(connections func() (open, refused int64)) []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "partywall_client_connections",
			Help: "Connections of clients to the API.",
		}, func() float64 { open, _ := connections(); return float64(open) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "partywall_client_connections_refused_total",
			Help: "Connections of clients that were closed at once, because the process has no descriptors for more.",
		}, func() float64 { _, refused := connections(); return float64(refused) }),
	}
}

// Close cancels counts in progress.
func (m *Metrics) Close() {
	m.tenants.counts.Close()
	m.rooms.rooms.Close()
}

// handler serves the metrics that can be collected; those that cannot are left out
// and logged.
func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError,
		ErrorLog:      slog.NewLogLogger(m.log.Handler(), slog.LevelWarn),
	})
}

// methods are the methods that a metric names. A client may send any other.
var methods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true,
	http.MethodPatch: true, http.MethodDelete: true, http.MethodOptions: true,
}

// measure records how long a request took, by labels that clients cannot choose
// freely: each value is a further time series.
func (a *api) measure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		a.Metrics.inFlight.Inc()
		defer a.Metrics.inFlight.Dec()
		err := next(c)
		method, route := c.Request().Method, a.patterns[c.Path()]
		if !methods[method] {
			method = "other"
		}
		if route == "" {
			route = "none"
		}
		a.Metrics.requests.WithLabelValues(method, route, strconv.Itoa(c.Response().Status)).Observe(time.Since(start).Seconds())
		return err
	}
}
