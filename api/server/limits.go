package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/tenant"
)

// limits compares the connections that this process may come to with those that a
// cluster's servers take: of the catalog's cluster when the server starts, of others when
// the first of their tenants is looked up, once each. A server of the cluster is asked,
// which knows its own limit and how many connections others have; whoever may not ask it
// goes without.
type limits struct {
	clusters *tenant.Clusters
	log      *slog.Logger
	queue    chan string
	noted    sync.Map // of names
}

// newLimits has the catalog's cluster looked at.
func newLimits(clusters *tenant.Clusters, log *slog.Logger) *limits {
	l := &limits{clusters: clusters, log: log, queue: make(chan string, len(clusters.Names()))}
	l.note(tenant.DefaultCluster)
	return l
}

// note has a cluster looked at that was not yet. It does not wait.
func (l *limits) note(cluster string) {
	if _, known := l.noted.LoadOrStore(cluster, nil); known {
		return
	}
	select {
	case l.queue <- cluster:
	default: // there are no more clusters than there is room for
	}
}

// run looks at the clusters that are noted, until ctx ends.
func (l *limits) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case cluster := <-l.queue:
			l.look(ctx, cluster)
		}
	}
}

// lookTimeout is how long a server may take to say how it is.
const lookTimeout = 10 * time.Second

func (l *limits) look(ctx context.Context, cluster string) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	node, err := l.clusters.Node(ctx, cluster)
	if err != nil || node.Limit() == 0 {
		l.log.DebugContext(ctx, "how many connections the cluster's servers take is not known", "cluster", cluster, "error", err)
		return
	}
	pool := int(l.clusters.MaxPool(cluster))
	others := max(*node.Connections-l.own(cluster, pool), 0)
	budget := capacity.Budget(node.Limit())
	figures := []any{"cluster", cluster, "server", node.Address, "takes", node.Limit(), "budget", budget, "others", others, "pool", pool}
	if others+capacity.Connections(1, pool) <= budget {
		l.log.DebugContext(ctx, "the cluster's servers take the connections that there may be", figures...)
		return
	}
	l.log.WarnContext(ctx, "with this process's pool full, more than 80 % of the connections that a server of the cluster takes would be taken; "+
		"set MAX_POOL_SIZE lower, run fewer processes or take larger servers: tenantctl capacity --live says how far they go", figures...)
}

// own is about how many connections of this process a server of the cluster has: those of
// the pool, and the monitors'.
func (l *limits) own(cluster string, pool int) int {
	for _, p := range l.clusters.Pools() {
		if p.Cluster == cluster {
			return capacity.Connections(1, min(int(p.Open), pool))
		}
	}
	return 0
}
