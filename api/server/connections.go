package server

import (
	"net"
	"net/http"
	"sync/atomic"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/tenant"
)

// connections counts those of clients, and closes at once what would be too many.
type connections struct {
	most    int64 // 0 for any number
	open    atomic.Int64
	refused atomic.Int64
}

// note is told what a connection does.
func (c *connections) note(conn net.Conn, state http.ConnState) {
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
	// spare are descriptors that are neither clients' nor pools': files, standard
	// streams, the listeners, profiles.
	spare = 64
	// members are how many servers of a deployment each has connections of a pool, and
	// the monitors': replica sets have three as a rule.
	members = 3
)

// clientsAtMost is how many connections clients may have, so that the clusters' pools
// always find a descriptor: of limit that there are in all, those that pools can come
// to need are left. short says that this leaves fewer than a quarter, which clients
// get nevertheless.
func clientsAtMost(limit int64, clusters *tenant.Clusters) (most int64, short bool) {
	var reserved int64 = spare
	for _, name := range clusters.Names() {
		reserved += members * int64(capacity.Connections(1, int(clusters.MaxPool(name))))
	}
	if rest := limit - reserved; rest >= limit/4 {
		return rest, false
	}
	return limit / 4, true
}
