package rest

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/partywall/partywall/api/fleet"
)

// roomCounter counts what tenants take of each cluster on demand, and caches the count.
type roomCounter struct {
	rooms    *counted[map[string]fleet.Room]
	failures prometheus.Counter
}

// newRoomCounter returns a roomCounter that calls count, and caches the result for ttl.
func newRoomCounter(count func(context.Context) (map[string]fleet.Room, error), ttl time.Duration, log *slog.Logger) *roomCounter {
	failures := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "partywall_namespaces_count_failures_total",
		Help: "Counts of tenants' collections and indexes that failed because the catalog did not answer.",
	})
	return &roomCounter{failures: failures, rooms: newCounted(count, "namespaces were not counted", failures, ttl, log)}
}

var (
	namespacesDesc = prometheus.NewDesc("partywall_namespaces",
		"Collections and indexes of the cluster's tenants, as the catalog knows them. A cluster takes only so many.", []string{"cluster"}, nil)
	unknownDesc = prometheus.NewDesc("partywall_tenants_unknown_namespaces",
		"Tenants of the cluster whose collections the catalog does not know. They are not among partywall_namespaces.", []string{"cluster"}, nil)
)

// Describe implements prometheus.Collector.
func (c *roomCounter) Describe(ch chan<- *prometheus.Desc) {
	ch <- namespacesDesc
	ch <- unknownDesc
	c.failures.Describe(ch)
}

// Collect implements prometheus.Collector. It leaves out what the catalog does not answer.
func (c *roomCounter) Collect(ch chan<- prometheus.Metric) {
	rooms, err := c.rooms.Get(context.Background(), struct{}{}, struct{}{})
	c.failures.Collect(ch)
	if err != nil {
		return
	}
	for cluster, room := range rooms {
		ch <- prometheus.MustNewConstMetric(namespacesDesc, prometheus.GaugeValue, float64(room.Namespaces), cluster)
		ch <- prometheus.MustNewConstMetric(unknownDesc, prometheus.GaugeValue, float64(room.Unknown), cluster)
	}
}

// birthMetrics are the metrics of collections that come with their first document.
func birthMetrics(births func() fleet.Births) []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "partywall_collection_births_total",
			Help: "Collections that this process made with their indexes, each before its first document.",
		}, func() float64 { return float64(births().Made) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "partywall_collection_birth_failures_total",
			Help: "Collections that could not be made, so that their first document was refused.",
		}, func() float64 { return float64(births().Failed) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "partywall_collection_birth_seconds_total",
			Help: "How long the collections that were made took, while their first documents waited.",
		}, func() float64 { return births().Took.Seconds() }),
	}
}
