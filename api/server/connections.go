package server

import (
	"net"
	"net/http"
	"sync/atomic"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/tenant"
)

// connections counts clients' connections and closes excess ones at once.
type connections struct {
	most    int64 // 0: no limit
	open    atomic.Int64
	refused atomic.Int64
}

// track is the server's ConnState hook.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if c.open.Add(1) > c.most && c.most > 0 {
			c.refused.Add(1)
			_ = conn.Close()
		}
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

const (
	// otherDescriptors is the number of descriptors that are neither clients' nor
	// pools': files, standard streams, the listeners, profiles.
	otherDescriptors = 64
	// replicaSetMembers is how many servers of a deployment have connections of a
	// pool and its monitors: replica sets usually have three.
	replicaSetMembers = 3
)

// maxClients returns how many connections clients may have so that the clusters'
// pools always find a descriptor: the limit less those that pools can need. If
// fewer than a quarter would be left, clients get a quarter nevertheless, and short
// is true.
func maxClients(limit int64, clusters *tenant.Clusters) (most int64, short bool) {
	var reserved int64 = otherDescriptors
	for _, name := range clusters.Names() {
		reserved += replicaSetMembers * int64(capacity.Connections(1, int(clusters.MaxPool(name))))
	}
	if rest := limit - reserved; rest >= limit/4 {
		return rest, false
	}
	return limit / 4, true
}
