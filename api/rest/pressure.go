package rest

import (
	"cmp"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/partywall/partywall/api/tenant"
)

// pressure collects which tenants wait for connections, and which are refused: the ten with most of each, by name.
type pressure struct{ clusters *tenant.Clusters }

// others stands for all other tenants. No tenant can be called so.
const others = "(others)"

var (
	waitingDesc = prometheus.NewDesc("partywall_tenant_operations_waiting",
		"Operations of the tenant that wait for a connection to the cluster: of the ten tenants with most, and of "+others+".", []string{"cluster", "tenant"}, nil)
	crowdedDesc = prometheus.NewDesc("partywall_tenant_operations_refused_total",
		"Operations that were refused because too many of the same tenant waited: of the ten tenants with most, and of "+others+".", []string{"cluster", "tenant"}, nil)
	overloadedDesc = ofCluster("overloaded_operations_total", "Operations that were refused because too many of all tenants waited.")
)

// Describe implements prometheus.Collector.
func (p pressure) Describe(ch chan<- *prometheus.Desc) {
	ch <- waitingDesc
	ch <- crowdedDesc
	ch <- overloadedDesc
}

// Collect implements prometheus.Collector.
func (p pressure) Collect(ch chan<- prometheus.Metric) {
	for _, pool := range p.clusters.Pools() {
		for _, c := range pool.Pressure.Waiting {
			ch <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(c.N), pool.Cluster, cmp.Or(c.Name, others))
		}
		for _, c := range pool.Pressure.Crowded {
			ch <- prometheus.MustNewConstMetric(crowdedDesc, prometheus.CounterValue, float64(c.N), pool.Cluster, cmp.Or(c.Name, others))
		}
		ch <- prometheus.MustNewConstMetric(overloadedDesc, prometheus.CounterValue, float64(pool.Pressure.Full), pool.Cluster)
	}
}
