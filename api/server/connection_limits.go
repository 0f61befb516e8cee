package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/tenant"
)

// connectionLimits compares the connections that this process may open with those
// that a cluster's servers accept: for the catalog's cluster when the server
// starts, for others when the first of their tenants is looked up, once each. It
// asks a server of the cluster, which knows its limit and how many connections
// others have; without the privilege to ask, nothing is compared.
type connectionLimits struct {
	clusters *tenant.Clusters
	log      *slog.Logger
	queue    chan string
	noted    sync.Map // of cluster names
}

// newLimits returns connectionLimits with the catalog's cluster queued.
func newLimits(clusters *tenant.Clusters, log *slog.Logger) *connectionLimits {
	l := &connectionLimits{clusters: clusters, log: log, queue: make(chan string, len(clusters.Names()))}
	l.note(tenant.DefaultCluster)
	return l
}

// note queues a cluster that has not been compared yet. It does not block.
func (l *connectionLimits) note(cluster string) {
	if _, known := l.noted.LoadOrStore(cluster, nil); known {
		return
	}
	select {
	case l.queue <- cluster:
	default: // the queue has room for all clusters
	}
}

// run compares the queued clusters until ctx ends.
func (l *connectionLimits) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case cluster := <-l.queue:
			l.compare(ctx, cluster)
		}
	}
}

// lookTimeout is how long a server may take to answer.
const lookTimeout = 10 * time.Second

func (l *connectionLimits) compare(ctx context.Context, cluster string) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	node, err := l.clusters.Node(ctx, cluster)
	if err != nil || node.Limit() == 0 {
		l.log.DebugContext(ctx, "the connection limit of the cluster's servers is not known", "cluster", cluster, "error", err)
		return
	}
	pool := int(l.clusters.MaxPool(cluster))
	others := max(*node.Connections-l.own(cluster, pool), 0)
	budget := capacity.Budget(node.Limit())
	figures := []any{"cluster", cluster, "server", node.Address, "takes", node.Limit(), "budget", budget, "others", others, "pool", pool}
	if others+capacity.Connections(1, pool) <= budget {
		l.log.DebugContext(ctx, "the cluster's servers accept all connections of this process's pool", figures...)
		return
	}
	l.log.WarnContext(ctx, "with this process's pool full, more than 80 % of the connections that a server of the cluster accepts would be in use; "+
		"lower MAX_POOL_SIZE, run fewer processes or use larger servers: tenantctl capacity --live shows how far they go", figures...)
}

// own returns about how many connections a server of the cluster has from this
// process: those of the pool and the monitors.
func (l *connectionLimits) own(cluster string, pool int) int {
	for _, p := range l.clusters.Pools() {
		if p.Cluster == cluster {
			return capacity.Connections(1, min(int(p.Open), pool))
		}
	}
	return 0
}
