package rest

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
)

// alive responds that the process is alive, without asking the database.
func alive(c echo.Context) error {
	return sendJSON(c, http.StatusOK, map[string]string{"status": "ok"})
}

// ready responds whether requests can be served, for load balancers. Tenants that
// are behind are no reason to take a server out of service, and concern only
// operators.
func (a *api) ready(c echo.Context) error {
	if err := a.Ready(); err != nil {
		return notReady(err)
	}
	return sendJSON(c, http.StatusOK, map[string]string{"status": "ready"})
}

func notReady(reason error) error {
	return refuseFor(retryDelay, http.StatusServiceUnavailable, "not_ready", "Requests cannot be served: "+reason.Error())
}

// NewStarting returns a handler for the time before the API is assembled: it
// responds that the process is alive but not ready. X-Forwarded-For of the networks
// trusted is trusted.
func NewStarting(trusted []netip.Prefix, log *slog.Logger) *echo.Echo {
	a := &api{Config: Config{Log: log}}
	e := echo.New()
	e.HTTPErrorHandler = a.fail
	e.IPExtractor = proxies(trusted).client
	e.Pre(a.observe, a.recoverPanics(), securityHeaders, uniqueHeaders, canonicalPath, parameters)
	e.GET("/healthz", alive)
	e.HEAD("/healthz", alive)
	e.RouteNotFound("/*", func(echo.Context) error {
		return refuseFor(retryDelay, http.StatusServiceUnavailable, "not_ready", "The server is starting; try again")
	})
	return e
}

// detail describes to operators whether requests can be served.
type detail struct {
	Status   string          `json:"status"`
	Reason   string          `json:"reason,omitempty"`
	Clusters []clusterDetail `json:"clusters"`
	Tenants  *fleet.Counts   `json:"tenants,omitempty"`
	// Unguarded is the number of unique indexes that served tenants lack, and
	// Findings are the first of them.
	Unguarded int               `json:"unguarded"`
	Findings  []indexes.Finding `json:"findings,omitempty"`
}

type clusterDetail struct {
	Name string `json:"name"`
	// AwaySeconds is how long the cluster has had no server to use.
	AwaySeconds float64 `json:"awaySeconds"`
}

// maxFindings limits the number of findings in a detail.
const maxFindings = 100

// countTimeout is how long a detail waits for the count of tenants.
const countTimeout = 500 * time.Millisecond

// ready responds with all details, in time for a probe.
func (cfg *AdminConfig) ready(c echo.Context) error {
	d := detail{Status: "ready", Clusters: []clusterDetail{}}
	status := http.StatusOK
	if err := cfg.Ready(); err != nil {
		d.Status, d.Reason, status = "not ready", err.Error(), http.StatusServiceUnavailable
		c.Response().Header().Set(echo.HeaderRetryAfter, seconds(retryDelay))
	}
	for _, p := range cfg.Clusters.Pools() {
		d.Clusters = append(d.Clusters, clusterDetail{p.Cluster, p.Away.Seconds()})
	}
	found := cfg.Watch.Findings()
	d.Unguarded, d.Findings = len(found), found[:min(len(found), maxFindings)]
	ctx, cancel := context.WithTimeout(c.Request().Context(), countTimeout)
	defer cancel()
	if standing, err := cfg.Metrics.tenants.count(ctx); err == nil {
		d.Tenants = &standing
	}
	return sendJSON(c, status, d)
}
