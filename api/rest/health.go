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

// alive reports that the process answers. It asks nobody.
func alive(c echo.Context) error {
	return sendJSON(c, http.StatusOK, map[string]string{"status": "ok"})
}

// ready reports whether requests can be served: a load balancer asks. Tenants that
// are behind are no reason to take a server away, and nobody's business but the
// operators'.
func (a *api) ready(c echo.Context) error {
	if err := a.Ready(); err != nil {
		return notReady(err)
	}
	return sendJSON(c, http.StatusOK, map[string]string{"status": "ready"})
}

func notReady(reason error) error {
	return refuse(http.StatusServiceUnavailable, "not_ready", "Requests cannot be served: "+reason.Error())
}

// NewStarting answers while there is nothing else yet: that the process is alive, and
// that requests cannot be served. trusted are the networks whose X-Forwarded-For counts.
func NewStarting(trusted []netip.Prefix, log *slog.Logger) *echo.Echo {
	a := &api{Config: Config{Log: log}}
	e := echo.New()
	e.HTTPErrorHandler = a.fail
	e.IPExtractor = proxies(trusted).client
	e.Pre(a.observe, a.recoverPanics(), securityHeaders, uniqueHeaders, canonicalPath, parameters)
	e.GET("/healthz", alive)
	e.HEAD("/healthz", alive)
	e.RouteNotFound("/*", func(echo.Context) error {
		return refuse(http.StatusServiceUnavailable, "not_ready", "The server is starting; try again")
	})
	return e
}

// detail is what operators are told about whether requests can be served, and how.
type detail struct {
	Status   string          `json:"status"`
	Reason   string          `json:"reason,omitempty"`
	Clusters []clusterDetail `json:"clusters"`
	Tenants  *fleet.Standing `json:"tenants,omitempty"`
	// Unguarded is how many unique indexes tenants lack that are served, and Findings are
	// the first of them.
	Unguarded int               `json:"unguarded"`
	Findings  []indexes.Finding `json:"findings,omitempty"`
}

type clusterDetail struct {
	Name string `json:"name"`
	// AwaySeconds is for how long it has had no server to go to.
	AwaySeconds float64 `json:"awaySeconds"`
}

// maxFindings bounds how many findings a detail names.
const maxFindings = 100

// countTimeout is how long a detail waits for tenants to be counted.
const countTimeout = 500 * time.Millisecond

// ready answers with all there is to say, in time for a probe.
func (cfg *AdminConfig) ready(c echo.Context) error {
	d := detail{Status: "ready", Clusters: []clusterDetail{}}
	status := http.StatusOK
	if err := cfg.Ready(); err != nil {
		d.Status, d.Reason, status = "not ready", err.Error(), http.StatusServiceUnavailable
		c.Response().Header().Set(echo.HeaderRetryAfter, seconds(0))
	}
	for _, p := range cfg.Clusters.Pools() {
		d.Clusters = append(d.Clusters, clusterDetail{p.Cluster, p.Away.Seconds()})
	}
	found := cfg.Watch.Findings()
	d.Unguarded, d.Findings = len(found), found[:min(len(found), maxFindings)]
	ctx, cancel := context.WithTimeout(c.Request().Context(), countTimeout)
	defer cancel()
	if standing, err := cfg.Metrics.census.count(ctx); err == nil {
		d.Tenants = &standing
	}
	return sendJSON(c, status, d)
}
